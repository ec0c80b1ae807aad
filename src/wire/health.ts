/** The health report, in the format of upstream's Redis driver, which has no message volume. */
import type { Health } from "../domain/health.ts";

export function encodeHealth(outcomes: Health): string {
  const isReachable = outcomes.get("create_queue")?.succeeded === true;
  return JSON.stringify({ storage_reachable: isReachable, operation_status: Object.fromEntries(outcomes) });
}
