/**
 * The service's log: one line of JSON per request, per warning and per fault. Log lines contain the project id, the name of
 * the queue or topic, and no other data of clients: no bodies, header values or query strings.
 */

/** What the log says about a request. The mutable fields are set as soon as they are known. */
export interface RequestEvent {
  /** The X-OpenStack-Request-Id of the answer; `-` for background work. */
  readonly request: string;
  /** Milliseconds since the arrival of the request. */
  readonly elapsed: () => number;
  project: string | null;
  /** The queue or topic of the request; null: none. */
  place: { readonly kind: string; readonly name: string } | null;
  /** The name of the operation; null before the request has reached one. */
  operation: string | null;
}

export function newEvent(request: string, elapsed: () => number): RequestEvent {
  return { request, elapsed, project: null, place: null, operation: null };
}

/** The event of background work, such as an alarm, which no request waits for. */
export function backgroundEvent(
  project: string | null,
  operation: string,
  place: RequestEvent["place"] = null,
): RequestEvent {
  return { request: "-", elapsed: () => 0, project, place, operation };
}

export function logRequest(event: RequestEvent, status: number): void {
  console.log(JSON.stringify({ event: "request", ...describe(event, status) }));
}

/** Logs a warning about the deployment, such as a dangerous setting. */
export function logWarning(warning: string): void {
  console.warn(JSON.stringify({ event: "warning", warning }));
}

/** Logs an unexpected exception with its stack. The client gets only the request id and a 503. */
export function logFault(event: RequestEvent, fault: unknown): void {
  const error =
    fault instanceof Error
      ? { error: `${fault.name}: ${fault.message}`, stack: fault.stack }
      : { error: String(fault) };
  console.error(JSON.stringify({ event: "fault", ...describe(event, FAULT_STATUS), ...error }));
}

/** Combines the faults of a batch into one: the first fault with the number of all. */
export function combineFaults(first: unknown, others: readonly unknown[]): unknown {
  if (others.length === 0) return first;
  const count = others.length + 1;
  return new Error(`${count} operations of a batch failed. The first error: ${String(first)}`, { cause: first });
}

/** The status of the answer to a request with a fault. */
const FAULT_STATUS = 503;

function describe({ request, project, place, operation, elapsed }: RequestEvent, status: number): object {
  const named = place === null ? {} : { [place.kind]: place.name };
  return { request, project, ...named, operation, status, duration_ms: elapsed() };
}
