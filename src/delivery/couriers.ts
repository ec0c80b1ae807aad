/** Which courier serves which kind of subscriber. */
import type { Target } from "../domain/delivery.ts";
import { parseSubscriber, type SubscriberKind } from "../domain/subscriber.ts";
import type { EpochMs } from "../domain/time.ts";
import { INVALID, type AttemptResult, type Courier, type Shipment } from "./courier.ts";
import { WebhookCourier, type WebhookMeans } from "./webhook.ts";

export type Couriers = Readonly<Partial<Record<SubscriberKind, Courier>>>;

export function toCouriers(means: WebhookMeans): Couriers {
  const webhook = new WebhookCourier(means);
  return { http: webhook, https: webhook };
}

/** Sends by the courier of the subscriber's kind; without one it cannot be sent. */
export async function sendBy(
  couriers: Couriers,
  target: Target,
  shipment: Shipment,
  now: EpochMs,
): Promise<AttemptResult> {
  const kind = parseSubscriber(target.subscriber)?.kind;
  const courier = kind === undefined ? undefined : couriers[kind];
  return courier?.send(target, shipment, now) ?? INVALID;
}
