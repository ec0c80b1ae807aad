/** The answer of `GET /healthz`. Ours: docs/SELF-HOSTING.md describes it. */

/** `report`: what is wrong, by the check that found it. */
export function encodeReadiness(report: ReadonlyMap<string, string | null>): string {
  const checks = [...report].map(([name, defect]) => [name, defect ?? "ok"] as const);
  const ready = checks.every(([, word]) => word === "ok");
  return JSON.stringify({ ready, checks: Object.fromEntries(checks) });
}
