/**
 * The service's log: one line of JSON per event, as docs/LOGS.md describes them. Lines contain the project id, the name of the
 * queue or topic, ids, and no other data of clients: no bodies, header values, URLs or query strings.
 */
import { traceOf, type Traceparent } from "../domain/traceparent.ts";
import { EVENTS, type EventMembers, type EventName, type Level } from "./events.ts";
import { LogVolume } from "./volume.ts";

/** What the log says about a request, or about background work. The mutable fields are set as soon as they are known. */
export interface RequestEvent {
  /** The X-OpenStack-Request-Id of the answer; null for background work. */
  readonly request: string | null;
  /** Milliseconds since the arrival of the request. */
  readonly elapsed: () => number;
  /** null: the request has none. */
  traceparent: Traceparent | null;
  project: string | null;
  /** The queue or topic of the request; null: none. */
  place: { readonly kind: string; readonly name: string } | null;
  /** The name of the operation; null before the request has reached one. */
  operation: string | null;
  /** The code of the failure in the answer (docs/ERRORS.md); null: there is none. */
  code: string | null;
}

export function newEvent(request: string, elapsed: () => number, traceparent: Traceparent | null = null): RequestEvent {
  return { request, elapsed, traceparent, project: null, place: null, operation: null, code: null };
}

/** The event of background work, such as an alarm, which no request waits for. */
export function backgroundEvent(
  project: string | null,
  operation: string,
  place: RequestEvent["place"] = null,
): RequestEvent {
  return { request: null, elapsed: () => 0, traceparent: null, project, place, operation, code: null };
}

/** Logs a request if it has failed, or if all are to be logged. With all, their number is not limited. */
export function logRequest(event: RequestEvent, status: number, logAll: boolean): void {
  if (!logAll && status < 500) {
    // The next request reports the lines that were left out, whatever it is.
    if (VOLUME.hasSuppressed) reportSuppressed(Date.now());
    return;
  }
  const now = Date.now();
  if (!logAll && !VOLUME.admits("request", event.project, now)) return;
  const level = status >= 500 ? "warn" : EVENTS.request.level;
  write("request", level, now, event, { status, code: event.code ?? undefined, duration_ms: event.elapsed() });
}

/** Logs an event. `about`: the request or the work that it is part of. */
export function logEvent<Name extends EventName>(name: Name, about: RequestEvent, members: EventMembers<Name>): void {
  const now = Date.now();
  if (VOLUME.admits(name, about.project, now)) write(name, EVENTS[name].level, now, about, members);
}

/** Logs how many spans were not sent to the collector, which is about the service as a whole. */
export function logSpansDropped(spans: number, reason: string): void {
  logEvent("spans.dropped", NOTHING, { spans, reason });
}

/** Logs a warning about the deployment, such as a dangerous setting. */
export function logWarning(warning: string, about: RequestEvent = NOTHING): void {
  logEvent("warning", about, { warning });
}

/** Logs an unexpected exception with its stack. The client gets only the request id and a 503. */
export function logFault(event: RequestEvent, fault: unknown, status = 503): void {
  const now = Date.now();
  if (!VOLUME.admits("fault", event.project, now)) return;
  const error = describeError(fault);
  const stack = fault instanceof Error ? framesOf(fault) : undefined;
  write("fault", EVENTS.fault.level, now, event, {
    ...(event.request === null ? {} : { status, code: "unavailable", duration_ms: event.elapsed() }),
    error,
    stack: stack !== undefined && VOLUME.isNewStack(error + stack, now) ? stack : undefined,
  });
}

/** Combines the faults of a batch into one: the first fault with the number of all. */
export function combineFaults(first: unknown, others: readonly unknown[]): unknown {
  if (others.length === 0) return first;
  const count = others.length + 1;
  return new Error(`${count} operations of a batch failed. The first error: ${String(first)}`, { cause: first });
}

const NOTHING: RequestEvent = { ...newEvent("", () => 0), request: null };

/** One for the isolate: its objects share a log. */
const VOLUME = new LogVolume();

/** Characters of an error, and of its stack. */
const ERROR_MAX = 1000;
const STACK_MAX = 4000;

/** An error of JSON.parse quotes the text around the defect, which may be a client's. */
const QUOTED_JSON = /, (?:\.\.\.)?"[^]*" is not valid JSON/;

function describeError(fault: unknown): string {
  const text = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  return text.replace(QUOTED_JSON, ": the text is not valid JSON").slice(0, ERROR_MAX);
}

/** The stack without the message that it begins with. undefined: there is none. */
function framesOf({ name, message, stack = "" }: Error): string | undefined {
  const head = `${name}: ${message}`;
  const frames = stack.slice(stack.startsWith(head) ? head.length : 0);
  const start = frames.search(/^ +at /m);
  return start < 0 ? undefined : frames.slice(start, start + STACK_MAX).trim();
}

function reportSuppressed(now: number): void {
  for (const { of, since, count } of VOLUME.takeSuppressed(now)) {
    const members = { of, since: new Date(since).toISOString(), suppressed: count };
    print("log.suppressed", EVENTS["log.suppressed"].level, now, members);
  }
}

/** Members that are undefined are left out. */
function write(name: EventName, level: Level, now: number, about: RequestEvent, members: object): void {
  if (VOLUME.hasSuppressed) reportSuppressed(now);
  const { request, traceparent, project, place, operation } = about;
  const trace = traceparent === null ? undefined : traceOf(traceparent);
  const caller = { request: request ?? undefined, trace, project: project ?? undefined };
  const named = place === null ? {} : { [place.kind]: place.name };
  print(name, level, now, { ...caller, ...named, operation: operation ?? undefined, ...members });
}

/** Characters that control a terminal, break a line or reorder a text. JSON.stringify escapes some of them only. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** As JSON escapes it: each half of a surrogate pair alone. */
function escape(character: string): string {
  return character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function print(name: EventName, level: Level, now: number, members: object): void {
  const text = JSON.stringify({ time: new Date(now).toISOString(), level, event: name, ...members });
  const line = text.replace(INVISIBLE, escape);
  // Requests are on standard output, whatever their level, so that they are in one place.
  if (level === "info" || name === "request") console.log(line);
  else if (level === "warn") console.warn(line);
  else console.error(line);
}
