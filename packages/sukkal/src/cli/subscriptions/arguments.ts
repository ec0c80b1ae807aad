/** The arguments of commands for one subscription. */
import type { Subscriptions } from "../../subscriptions.ts";
import { QUEUE, text } from "../arguments.ts";
import type { Session } from "../command.ts";
import { placeOf, type TopicFlag } from "../place.ts";

export const SUBSCRIPTION_ARGS = {
  kind: "tuple",
  parameters: [QUEUE, { brief: "id of the subscription", placeholder: "id", parse: text }],
} as const;

export async function subscriptionsOf({ sukkal }: Session, name: string, flags: TopicFlag): Promise<Subscriptions> {
  return placeOf(await sukkal(), name, flags).subscriptions;
}
