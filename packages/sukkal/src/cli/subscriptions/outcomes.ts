/** Outcomes of deliveries, as people read them. docs/NOTIFICATIONS.md has the same table. */
import type { DeliveryAttempt } from "../../subscriptions.ts";
import type { Style } from "../terminal/style.ts";

export type Outcome = Pick<DeliveryAttempt, "outcome" | "reason" | "status">;

/** Such as `delivered 204`, `unreachable dns` and `refused 525 tls`. */
export function outcomeText({ outcome, status, reason }: Outcome): string {
  return [outcome, status, reason].filter((part) => part !== null).join(" ");
}

export function outcomeStyle({ outcome }: Outcome): Style {
  if (outcome === "delivered") return "good";
  return outcome === "skipped" ? "warning" : "bad";
}

/** What an outcome means and what helps; null: it speaks for itself, or is that of a newer service. */
export function explanationOf({ outcome, reason }: Outcome): string | null {
  return EXPLANATIONS[`${outcome} ${reason ?? "-"}`] ?? null;
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  "refused connection": "A proxy in front of the receiver could not reach it.",
  "refused silence": "A proxy in front of the receiver got no answer from it.",
  "refused tls": "A proxy in front of the receiver got an invalid certificate from it.",
  "refused dns": "A proxy in front of the receiver found no address of it.",
  "gone -": "The receiver has answered 410, so it gets nothing more until the subscription is changed or confirmed.",
  "timeout -": "The receiver has not answered within 10 seconds.",
  "unreachable connection": "The connection was refused, or broke off before an answer.",
  "unreachable dns": "The host's name does not resolve, or resolves to an address that the service may not call.",
  "unreachable tls": "The receiver has no TLS, or no certificate that can be trusted.",
  "unreachable dns-or-tls":
    "The host's name does not resolve, or its certificate is not trusted: the service's log says which.",
  "unreachable keystone": "Keystone has issued no token for the trust.",
  "unreachable mail-server": "The mail server of the service (SMTP_URL) could not be used.",
  "blocked private": "The address is private. The service calls such with ALLOW_PRIVATE_SUBSCRIBERS=true only.",
  "blocked closed": "The service never calls this address.",
  "blocked port": "The service never calls this port: it is one of another protocol.",
  "blocked untrusted": "The service sends tokens only to hosts and ports in TRUSTED_SUBSCRIBERS.",
  "blocked trust": "The trust is of another project.",
  "blocked hops": "Queues have passed the message on to each other five times.",
  "blocked unconfirmed": "The subscriber has not confirmed: sukkal sub confirm does so for it.",
  "skipped silent-host": "The host has not answered several times, so it is left alone for a moment.",
  "skipped busy-host": "64 requests to the host are in progress.",
  "invalid subscriber": "The subscriber can never be called.",
  "invalid options": "The options post_data, post_headers or the trust are invalid: sukkal sub set changes them.",
  "invalid sender": "The mail has no sender: set MAIL_FROM in the service, or the option from.",
  "invalid no-mail-server": "The service has no mail server (SMTP_URL).",
};
