/**
 * What the service tells its operator: a line of JSON per request, and one per fault. Never a body, a header's value, a
 * query string or a text that a client sent, except for the names of its project and of the queue or topic.
 */

/** Filled in as the request makes its way. */
export interface RequestEvent {
  /** The X-OpenStack-Request-Id of the answer. */
  readonly request: string;
  /** Milliseconds since the request came in. */
  readonly elapsed: () => number;
  project: string | null;
  /** The queue or topic; null where a request is about none. */
  place: { readonly kind: string; readonly name: string } | null;
  /** Null until a request has got as far as an operation. */
  operation: string | null;
}

export function newEvent(request: string, elapsed: () => number): RequestEvent {
  return { request, elapsed, project: null, place: null, operation: null };
}

/** Of work that no request waits for: an alarm's. */
export function backgroundEvent(project: string, operation: string, place: RequestEvent["place"] = null): RequestEvent {
  return { request: "-", elapsed: () => 0, project, place, operation };
}

export function logRequest(event: RequestEvent, status: number): void {
  console.log(JSON.stringify({ event: "request", ...describe(event, status) }));
}

/** What an operator should know of the deployment itself. */
export function logWarning(warning: string): void {
  console.warn(JSON.stringify({ event: "warning", warning }));
}

/** An exception nobody expected: the client gets the request id, the log gets the rest. */
export function logFault(event: RequestEvent, fault: unknown): void {
  const described =
    fault instanceof Error
      ? { error: `${fault.name}: ${fault.message}`, stack: fault.stack }
      : { error: String(fault) };
  console.error(JSON.stringify({ event: "fault", ...describe(event, FAULT_STATUS), ...described }));
}

/** Faults of one batch of work as one: the first, with the number of the others. */
export function together(first: unknown, others: readonly unknown[]): unknown {
  if (others.length === 0) return first;
  return new Error(`${others.length + 1} of a batch failed, the first because of: ${String(first)}`, { cause: first });
}

/** What a client is told of a fault. */
const FAULT_STATUS = 503;

function describe({ request, project, place, operation, elapsed }: RequestEvent, status: number): object {
  const named = place === null ? {} : { [place.kind]: place.name };
  return { request, project, ...named, operation, status, duration_ms: elapsed() };
}
