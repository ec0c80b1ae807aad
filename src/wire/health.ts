/** The health report, in the format of upstream's Redis driver, which has no message volume. */
import type { Health, HealthReport } from "../domain/health.ts";

export function encodeHealth(report: HealthReport): string {
  if ("outcomes" in report) return JSON.stringify(toStorage(report.outcomes));
  const pools = [...(report.pools ?? [])].map(([name, outcomes]) => [name, toStorage(outcomes)] as const);
  return JSON.stringify({ catalog_reachable: report.pools !== null, ...Object.fromEntries(pools) });
}

function toStorage(outcomes: Health): object {
  const isReachable = outcomes.get("create_queue")?.succeeded === true;
  return { storage_reachable: isReachable, operation_status: Object.fromEntries(outcomes) };
}
