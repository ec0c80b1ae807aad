/** Which courier serves which kind of subscriber. */
import type { Target } from "../domain/delivery.ts";
import { parseSubscriber, type SubscriberKind } from "../domain/subscriber.ts";
import type { EpochMs } from "../domain/time.ts";
import { unanswered, type AttemptResult, type Courier, type Shipment } from "./courier.ts";
import { MailCourier, type MailMeans } from "./mail.ts";
import { TrustCourier, type TrustMeans } from "./trust.ts";
import { WebhookCourier, type WebhookMeans } from "./webhook.ts";

export type Couriers = Readonly<Record<SubscriberKind, Courier>>;

export interface CourierMeans {
  readonly webhook: WebhookMeans;
  readonly mail: MailMeans;
  readonly trust: TrustMeans;
}

export function toCouriers(means: CourierMeans): Couriers {
  const webhook = new WebhookCourier(means.webhook);
  const trust = new TrustCourier(means.trust);
  const mailto = new MailCourier(means.mail);
  return { http: webhook, https: webhook, mailto, "trust+http": trust, "trust+https": trust };
}

/**
 * Sends by the courier of the subscriber's kind. One that is not known fails, but not for good: while a version is rolled
 * out, or after it was taken back, there may be subscribers of a kind that the next version knows.
 */
export async function sendBy(
  couriers: Couriers,
  target: Target,
  shipment: Shipment,
  now: EpochMs,
): Promise<AttemptResult> {
  const kind = parseSubscriber(target.subscriber)?.kind;
  return kind === undefined ? unanswered("invalid", "subscriber") : couriers[kind].send(target, shipment, now);
}
