/** When subscriptions end. */
import type { Subscription } from "../../subscriptions.ts";

/** Seconds. Of services that do not tell the end: right as long as the ttl has not been changed. */
export function secondsLeft({ ttl, age, expires_at: end }: Pick<Subscription, "ttl" | "age" | "expires_at">): number {
  return end === undefined ? ttl - age : Math.round((Date.parse(end) - Date.now()) / 1000);
}
