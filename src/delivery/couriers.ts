/** The courier of each kind of subscriber. */
import type { Target } from "../domain/delivery.ts";
import { parseSubscriber, type SubscriberKind } from "../domain/subscriber.ts";
import type { EpochMs } from "../domain/time.ts";
import { toResult, type AttemptRequest, type AttemptResult, type Courier } from "./courier.ts";
import { SLOT_WAIT_MS_MAX } from "./circuit-breaker.ts";
import { MAIL_MS_MAX, MailCourier, type MailDeps } from "./mail.ts";
import { TOKEN_MS_MAX, TrustCourier, type TrustDeps } from "./trust.ts";
import { ANSWER_MS_MAX, WebhookCourier, type WebhookDeps } from "./webhook.ts";

export type Couriers = Readonly<Record<SubscriberKind, Courier>>;

export interface CourierDeps {
  readonly webhook: WebhookDeps;
  readonly mail: MailDeps;
  readonly trust: TrustDeps;
}

export function toCouriers(deps: CourierDeps): Couriers {
  const webhook = new WebhookCourier(deps.webhook);
  const trust = new TrustCourier(deps.trust);
  const mailto = new MailCourier(deps.mail);
  return { http: webhook, https: webhook, mailto, "trust+http": trust, "trust+https": trust };
}

/** Milliseconds that an attempt lasts at most: a token, a slot at a busy host, the answer. */
export const ATTEMPT_MS_MAX = TOKEN_MS_MAX + SLOT_WAIT_MS_MAX + Math.max(ANSWER_MS_MAX, MAIL_MS_MAX);

/**
 * Sends by the courier of the subscriber's kind. An unknown kind fails, but is retried: during a rollout, or after a rollback, a
 * subscriber may be of a kind that only the next version knows.
 */
export async function sendBy(
  couriers: Couriers,
  target: Target,
  request: AttemptRequest,
  now: EpochMs,
): Promise<AttemptResult> {
  const kind = parseSubscriber(target.subscriber)?.kind;
  return kind === undefined ? toResult("invalid", "subscriber") : couriers[kind].send(target, request, now);
}
