/** The health report, in the format of upstream's Redis driver, which has no message volume. */

interface Outcome {
  readonly succeeded: boolean;
  readonly seconds: number;
  readonly ref: string | null;
}

export function encodeHealth(outcomes: ReadonlyMap<string, Outcome>): string {
  const isReachable = outcomes.get("create_queue")?.succeeded === true;
  return JSON.stringify({ storage_reachable: isReachable, operation_status: Object.fromEntries(outcomes) });
}
