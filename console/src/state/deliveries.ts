/** How notifications fare, in words (docs/NOTIFICATIONS.md has the outcomes and reasons), and since when they fail. */
import type { DeliveryAttempt, Subscription } from "sukkal/client";
import { exact } from "../text/numbers.ts";

type Result = Pick<DeliveryAttempt, "outcome" | "reason" | "status">;

const REASONS: Readonly<Record<string, string>> = {
  "unreachable connection": "refused or broke the connection",
  "unreachable dns": "has a name without an address that may be called",
  "unreachable tls": "has no certificate that can be trusted",
  "unreachable dns-or-tls": "has a wrong name or certificate",
  "unreachable keystone": "gets no token from Keystone",
  "unreachable mail-server": "got no mail: the mail server could not be used",
  "blocked private": "is in a private network, which the operator has to allow",
  "blocked closed": "has an address that is never called",
  "blocked port": "is never called: its port is one of another protocol",
  "blocked untrusted": "is not a host that gets tokens",
  "blocked trust": "has a trust of another project",
  "blocked hops": "was not called: queues have passed the message on too often",
  "blocked unconfirmed": "has not confirmed",
  "skipped silent-host": "was not tried: its host has not answered",
  "skipped busy-host": "was not tried: too many attempts at its host",
  "invalid subscriber": "can never be called",
  "invalid options": "has options that are not valid",
  "invalid sender": "got no mail: it has no sender",
  "invalid no-mail-server": "got no mail: there is no mail server",
};

/** `answered 503`, `gave no answer in 10 s`. The subject is the receiver. */
export function outcomeText({ outcome, reason, status }: Result): string {
  if (outcome === "delivered") return status === null ? "arrived" : `arrived, ${status}`;
  if (outcome === "refused") return status === null ? "refused it" : `answered ${status}`;
  if (outcome === "gone") return "answered 410, and gets nothing more";
  if (outcome === "timeout") return "gave no answer in 10 s";
  const known = REASONS[`${outcome} ${reason}`];
  return known ?? (reason === null ? outcome : `${outcome}, ${reason}`);
}

/** When the last attempts began to fail; null: the last one arrived. `isExact` false: earlier ones are not known. */
export function failsSince(
  attempts: readonly DeliveryAttempt[],
): { readonly at: number; readonly isExact: boolean } | null {
  const arrived = attempts.findIndex(({ outcome }) => outcome === "delivered");
  const first = attempts[(arrived < 0 ? attempts.length : arrived) - 1];
  return first === undefined ? null : { at: Date.parse(first.at), isExact: arrived >= 0 };
}

/** Whether the receiver was called. Otherwise nothing has taken time. */
export function wasCalled({ outcome }: Pick<DeliveryAttempt, "outcome">): boolean {
  return outcome !== "blocked" && outcome !== "skipped" && outcome !== "invalid";
}

/** `86 ms`, `10.0 s`. */
export function tookText(ms: number): string {
  return ms < 1000 ? `${exact(Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Half of them took longer; null: there are none. */
export function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

/** By which a person knows a subscriber: the host, or the mailbox. */
export function hostOf({ subscriber }: Pick<Subscription, "subscriber">): string {
  try {
    const { host, pathname } = new URL(subscriber.replace(/^trust\+/, ""));
    return host === "" ? pathname : host;
  } catch {
    return subscriber;
  }
}
