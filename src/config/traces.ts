/** Where spans are sent. The variables are those of OpenTelemetry's exporters, as far as they are read. */
import { secret, textWithDefault, optionalText, decoded, type SettingGroup, type SettingValues } from "./setting.ts";
import { BASE_URL } from "./url-forms.ts";

const RATIO = /^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/;

export const TRACE_SETTINGS = {
  otelExporterOtlpEndpoint: optionalText({ form: BASE_URL }),
  otelExporterOtlpHeaders: decoded(secret(), toHeaders),
  otelServiceName: textWithDefault("sukkal"),
  otelTracesSamplerArg: decoded(
    textWithDefault("0.01", { form: { words: "a number from 0 to 1", pattern: RATIO } }),
    Number,
  ),
} satisfies SettingGroup;

export interface TraceConfig {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  /** From 0 to 1. */
  readonly ratio: number;
}

/** null: no spans are made. */
export function toTraces(values: SettingValues<typeof TRACE_SETTINGS>): TraceConfig | null {
  const { otelExporterOtlpEndpoint: endpoint, otelExporterOtlpHeaders: headers } = values;
  if (endpoint === null) return null;
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  return { url, headers, serviceName: values.otelServiceName, ratio: values.otelTracesSamplerArg };
}

/** `name=value` pairs with commas between them; the values are percent-encoded. The error does not contain the text. */
function toHeaders(text: string | null): Readonly<Record<string, string>> {
  const pairs = (text ?? "").split(",").filter((pair) => pair.trim() !== "");
  try {
    return Object.fromEntries(new Headers(pairs.map(toPair)));
  } catch {
    throw new Error("OTEL_EXPORTER_OTLP_HEADERS is invalid: it must be name=value pairs, with commas between them.");
  }
}

/** Throws for a pair without a name, and for a value whose encoding is broken. */
function toPair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf("=");
  const name = pair.slice(0, Math.max(equals, 0)).trim();
  if (name === "") throw new TypeError("A header has no name.");
  return [name, decodeURIComponent(pair.slice(equals + 1).trim())];
}
