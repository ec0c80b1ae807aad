/**
 * What the service tells its operator: a line of JSON per request, and one per fault. Never a body, a header's value, a
 * query string or a text that a client sent, except for the project it named.
 */

/** Filled in as the request makes its way. */
export interface RequestEvent {
  /** The X-OpenStack-Request-Id of the answer. */
  readonly request: string;
  project: string | null;
  /** Null until a request has got as far as an operation. */
  operation: string | null;
}

export function newEvent(request: string): RequestEvent {
  return { request, project: null, operation: null };
}

export function logRequest(
  event: RequestEvent,
  answer: { readonly status: number; readonly durationMs: number },
): void {
  console.log(
    JSON.stringify({
      event: "request",
      request: event.request,
      project: event.project,
      operation: event.operation,
      status: answer.status,
      duration_ms: answer.durationMs,
    }),
  );
}

/** An exception nobody expected: the client gets the request id, the log gets the rest. */
export function logFault(event: RequestEvent, fault: unknown): void {
  const described =
    fault instanceof Error
      ? { error: `${fault.name}: ${fault.message}`, stack: fault.stack }
      : { error: String(fault) };
  console.error(JSON.stringify({ event: "fault", request: event.request, operation: event.operation, ...described }));
}
