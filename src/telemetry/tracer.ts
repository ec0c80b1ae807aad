/**
 * Makes spans of a share of the requests, frames and webhooks: of those whose `traceparent` says so, and of those without one as
 * many as the setting says (parent-based sampling). Their attributes have the names of OpenTelemetry's conventions, where there
 * is one, and contain no more than lines of the log.
 */
import { oncePerConfig } from "../config/config-cache.ts";
import type { TraceConfig } from "../config/traces.ts";
import { randomFraction } from "../domain/random.ts";
import { isSampled, newSpan, newTrace, spanOf, traceOf, type Traceparent } from "../domain/traceparent.ts";
import type { RequestEvent } from "./event.ts";
import { CLIENT, SERVER } from "./span.ts";
import { SpanExporter, type Background } from "./span-exporter.ts";

/** An answered request over HTTP. */
export interface AnsweredRequest {
  readonly method: string;
  /** Its path with variables, such as `/v2/queues/{queue}`; null: it has none. */
  readonly route: string | null;
  readonly status: number;
}

/** A request to a webhook. */
export interface AnsweredAttempt {
  /** That of the post of the message. */
  readonly parent: Traceparent;
  /** The span that was sent to the receiver. */
  readonly span: string;
  readonly project: string;
  readonly place: string;
  /** `webhook-id`. */
  readonly notification: string;
  readonly start: number;
  readonly end: number;
  readonly outcome: string;
  /** null: there was no answer. */
  readonly status: number | null;
}

export class Tracer {
  private readonly exporter: SpanExporter;
  private readonly ratio: number;

  constructor(config: TraceConfig) {
    this.exporter = new SpanExporter(config);
    this.ratio = config.ratio;
  }

  /** Whether a request is sampled. The wish of a caller without a project, such as one without a credential, does not count. */
  samples({ traceparent, project }: Pick<RequestEvent, "traceparent" | "project">): boolean {
    if (traceparent !== null && project !== null) return isSampled(traceparent);
    return this.ratio > 0 && randomFraction() < this.ratio;
  }

  recordRequest(event: RequestEvent, { method, route, status }: AnsweredRequest, background: Background): void {
    const http = { "http.request.method": method, "http.route": route, "http.response.status_code": status };
    this.record(event, { name: route === null ? method : `${method} ${route}`, status, attributes: http }, background);
  }

  /** `status`: that of the reply. */
  recordFrame(event: RequestEvent, status: number, background: Background): void {
    const name = event.operation === null ? "frame" : `frame ${event.operation}`;
    this.record(event, { name, status, attributes: { "sukkal.status": status } }, background);
  }

  recordAttempt(attempt: AnsweredAttempt, background: Background): void {
    const { parent, span: id, start, end, outcome, status } = attempt;
    if (!isSampled(parent)) return;
    const isError = outcome !== "delivered";
    const attributes = {
      "http.request.method": "POST",
      "http.response.status_code": status,
      "error.type": isError ? outcome : null,
      "messaging.destination.name": attempt.place,
      "sukkal.project": attempt.project,
      "sukkal.notification": attempt.notification,
    };
    const ids = { trace: traceOf(parent), id, parent: spanOf(parent) };
    this.exporter.add({ ...ids, name: "webhook", kind: CLIENT, start, end, isError, attributes }, background);
  }

  private record(
    { traceparent, request, operation, project, place, code, elapsed }: RequestEvent,
    answered: {
      readonly name: string;
      readonly status: number;
      readonly attributes: Readonly<Record<string, string | number | null>>;
    },
    background: Background,
  ): void {
    const { name, status } = answered;
    const isError = status >= 500;
    const attributes = {
      ...answered.attributes,
      "error.type": isError ? (code ?? String(status)) : null,
      "messaging.destination.name": place?.name ?? null,
      "sukkal.project": project,
      "sukkal.operation": operation,
      "sukkal.code": code,
      "sukkal.request": request,
    };
    const end = background.now();
    const ids =
      traceparent === null
        ? { trace: newTrace(), parent: null }
        : { trace: traceOf(traceparent), parent: spanOf(traceparent) };
    const times = { start: end - elapsed(), end };
    this.exporter.add({ ...ids, id: newSpan(), name, kind: SERVER, ...times, isError, attributes }, background);
  }
}

interface Tracing {
  /** null: no spans are made. */
  readonly tracer: Tracer | null;
}

const tracing = oncePerConfig(({ traces }): Tracing => ({ tracer: traces === null ? null : new Tracer(traces) }));

/** The tracer of this isolate under these settings; null: no spans are made. */
export function tracerOf(config: Parameters<typeof tracing>[0]): Tracer | null {
  return tracing(config).tracer;
}
