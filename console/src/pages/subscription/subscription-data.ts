/** What the page of one subscription shows: four requests at most, which are asked together. */
import type { DeliveryReport, List, Subscription, UndeliveredNotification } from "sukkal/client";
import { usePoll } from "../../components/use-poll.ts";
import { unlessMissing } from "../../state/missing.ts";
import type { Poll } from "../../state/poll.ts";
import { clientOfPlace, type PlaceId } from "../place/place-data.ts";

/** Notifications of a list that are shown. */
export const LISTED_MAX = 20;
/** Milliseconds. */
const PERIOD = 3000;

export interface SubscriptionId extends PlaceId {
  readonly id: string;
}

export interface SubscriptionData {
  /** null: it does not exist any more. */
  readonly subscription: Subscription | null;
  readonly report: DeliveryReport;
  /** The first ones that wait for an attempt, and that were given up. */
  readonly pending: readonly UndeliveredNotification[];
  readonly failed: readonly UndeliveredNotification[];
}

const NONE: SubscriptionData = {
  subscription: null,
  report: { delivered: 0, failed: 0, pending: 0, redeliverable: 0, next_attempt_at: null, attempts: [] },
  pending: [],
  failed: [],
};

export function useSubscription(target: SubscriptionId): Poll<SubscriptionData> {
  const { kind, name, id } = target;
  return usePoll<SubscriptionData>(`${kind}/${name}/${id}`, {
    period: PERIOD,
    ask: async ({ signal }) => {
      const { subscriptions } = clientOfPlace(target);
      const subscription = await unlessMissing(subscriptions.get(id, { signal }));
      if (subscription === null) return NONE;
      const report = await subscriptions.deliveries(id, { signal });
      const list = (state: "pending" | "failed"): List<UndeliveredNotification> =>
        subscriptions.undelivered(id, { state, limit: LISTED_MAX, signal });
      const pending = report.pending > 0 ? await firstOf(list("pending")) : [];
      const failed = report.redeliverable > 0 ? await firstOf(list("failed")) : [];
      return { subscription, report, pending, failed };
    },
    newsOf: ({ subscription, report }) => [subscription && { ...subscription, age: 0 }, report],
  });
}

async function firstOf<T>(list: List<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const each of list) {
    found.push(each);
    if (found.length === LISTED_MAX) break;
  }
  return found;
}
