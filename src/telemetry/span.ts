/** Spans, and their form on the way to a collector: OTLP/JSON (opentelemetry-proto, trace.proto). */
import { VERSION } from "../config/version.ts";

/** `SpanKind`. */
export const SERVER = 2;
export const CLIENT = 3;
/** `Status.code`. */
const ERROR = 2;

export interface TraceSpan {
  readonly trace: string;
  readonly id: string;
  /** null: it is the first of its trace. */
  readonly parent: string | null;
  readonly name: string;
  readonly kind: typeof SERVER | typeof CLIENT;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly isError: boolean;
  /** Those without a value are left out. */
  readonly attributes: Attributes;
}

type Attributes = Readonly<Record<string, string | number | null>>;

/** A request of the collector's `/v1/traces`. */
export function encodeSpans(serviceName: string, spans: readonly TraceSpan[]): string {
  const resource = { attributes: toKeyValues({ "service.name": serviceName, "service.version": VERSION }) };
  const scope = { name: "sukkal", version: VERSION };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans: spans.map(toSpan) }] }] });
}

function toSpan({ trace, id, parent, name, kind, start, end, isError, attributes }: TraceSpan): object {
  return {
    traceId: trace,
    spanId: id,
    ...(parent === null ? {} : { parentSpanId: parent }),
    name,
    kind,
    startTimeUnixNano: `${start}000000`,
    endTimeUnixNano: `${end}000000`,
    attributes: toKeyValues(attributes),
    status: isError ? { code: ERROR } : {},
  };
}

function toKeyValues(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    if (value === null) return [];
    return [{ key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } }];
  });
}
