/** The answer of `GET /healthz`. Ours: docs/SELF-HOSTING.md describes it. */

/** `report`: for each check its defect, or null when it has passed. */
export function encodeReadiness(report: ReadonlyMap<string, string | null>): string {
  const checks = [...report].map(([name, defect]) => [name, defect ?? "ok"] as const);
  const ready = checks.every(([, word]) => word === "ok");
  return JSON.stringify({ ready, checks: Object.fromEntries(checks) });
}
