/** The number of requests by operation, status and duration. */

export const TRANSPORTS = ["http", "websocket"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** The operation of requests that were answered before theirs was known, and of those that have none. */
export const NO_OPERATION = "none";

/** Upper bounds of the durations that are counted together, in seconds. A further number counts those above the last. */
export const DURATION_BOUNDS = [0.005, 0.025, 0.1, 0.5, 2.5, 10] as const;

/** The requests of an operation. */
export interface RequestCounts {
  readonly transport: Transport;
  readonly operation: string;
  readonly statuses: readonly (readonly [status: number, count: number])[];
  /** By DURATION_BOUNDS. */
  readonly durations: readonly number[];
  /** The sum of all durations. */
  readonly durationMs: number;
}

/** Operations whose requests are counted: more than there are. Those of others are not. */
const OPERATIONS_MAX = 500;

export class RequestCounter {
  private readonly operations: Readonly<Record<Transport, Map<string, OperationCounter>>> = {
    http: new Map(),
    websocket: new Map(),
  };

  /** Nothing is allocated, unless it is the first request of its operation. */
  count(transport: Transport, operation: string | null, status: number, durationMs: number): void {
    const counter = this.counterOf(transport, operation ?? NO_OPERATION);
    if (counter === null) return;
    counter.statuses.set(status, (counter.statuses.get(status) ?? 0) + 1);
    // The clock may have been set back, and the sum of a histogram must not fall.
    const elapsedMs = Math.max(0, durationMs);
    let index = 0;
    while (elapsedMs > (DURATION_BOUNDS[index] ?? Infinity) * 1000) index += 1;
    counter.durations[index] = (counter.durations[index] ?? 0) + 1;
    counter.durationMs += elapsedMs;
  }

  add(counts: readonly RequestCounts[]): void {
    for (const { transport, operation, statuses, durations, durationMs } of counts) {
      const counter = this.counterOf(transport, operation);
      if (counter === null) continue;
      for (const [status, count] of statuses) counter.statuses.set(status, (counter.statuses.get(status) ?? 0) + count);
      for (const [index, count] of durations.entries())
        counter.durations[index] = (counter.durations[index] ?? 0) + count;
      counter.durationMs += durationMs;
    }
  }

  all(): readonly RequestCounts[] {
    return TRANSPORTS.flatMap((transport) =>
      [...this.operations[transport]].map(([operation, { statuses, durations, durationMs }]) => ({
        transport,
        operation,
        statuses: [...statuses],
        durations: [...durations],
        durationMs,
      })),
    );
  }

  clear(): void {
    for (const transport of TRANSPORTS) this.operations[transport].clear();
  }

  private counterOf(transport: Transport, operation: string): OperationCounter | null {
    const operations = this.operations[transport];
    const known = operations.get(operation);
    if (known !== undefined || operations.size >= OPERATIONS_MAX) return known ?? null;
    const counter = { statuses: new Map<number, number>(), durations: NO_DURATIONS.slice(), durationMs: 0 };
    operations.set(operation, counter);
    return counter;
  }
}

interface OperationCounter {
  readonly statuses: Map<number, number>;
  readonly durations: number[];
  durationMs: number;
}

const NO_DURATIONS: readonly number[] = Array.from({ length: DURATION_BOUNDS.length + 1 }, () => 0);
