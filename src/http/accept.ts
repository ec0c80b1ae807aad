/** Content negotiation by the Accept header (RFC 9110, 12.5.1). As in upstream, malformed headers are accepted. */

const JSON_TYPE = "application/json";

/** Whether the client accepts JSON. An absent or empty header accepts everything. */
export function admitsJson(accept: string | null): boolean {
  if (accept === null || accept === "" || accept === "*/*" || accept === JSON_TYPE) return true;
  return qualityOf(JSON_TYPE, parseAccept(accept)) > 0;
}

/** The media types of errors. The first is preferred among those of equal quality. */
const ERROR_FORMS = [
  [JSON_TYPE, "json"],
  ["text/xml", "xml"],
  ["application/xml", "xml"],
] as const;

export type ErrorForm = "json" | "xml";

/** The form of an error's body; null: the client accepts none of them, so the body stays empty. */
export function preferredErrorForm(accept: string | null): ErrorForm | null {
  if (accept === null || accept === "") return "json";
  const ranges = parseAccept(accept);
  let preferred: ErrorForm | null = null;
  let best = 0;
  for (const [type, form] of ERROR_FORMS) {
    const quality = qualityOf(type, ranges);
    if (quality > best) [preferred, best] = [form, quality];
  }
  if (preferred !== null) return preferred;
  // Upstream quirk: for a subtype such as `…+json` or `…+xml` the error is plain JSON or XML.
  const names = accept.toLowerCase();
  if (names.includes("+json")) return "json";
  return names.includes("+xml") ? "xml" : null;
}

/** Prometheus asks for OpenMetrics. Whoever does not name it gets the older text, also by a range that covers both. */
export function preferredMetricsForm(accept: string | null): "openmetrics" | "classic" {
  const ranges = parseAccept(accept ?? "");
  const quality = (type: string): number => qualityOf(type, ranges);
  const isNamed = ranges.some(({ type }) => type === OPENMETRICS_TYPE);
  return isNamed && quality(OPENMETRICS_TYPE) >= quality("text/plain") && quality(OPENMETRICS_TYPE) > 0
    ? "openmetrics"
    : "classic";
}

const OPENMETRICS_TYPE = "application/openmetrics-text";

/** Whether a file may be compressed by gzip, by Accept-Encoding. Every client takes a file as it is. */
export function takesGzip(encodings: string | null): boolean {
  return parseAccept(encodings ?? "").some(({ type, quality }) => type === "gzip" && quality > 0);
}

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

function parseAccept(accept: string): readonly MediaRange[] {
  return accept.split(",").map((text) => {
    const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    // Old Python clients send `*` instead of `*/*`.
    return { type: type === "*" ? "*/*" : type, quality: quality === undefined ? 1 : toQuality(quality.slice(2)) };
  });
}

/** An invalid quality counts as 1. */
function toQuality(text: string): number {
  const quality = Number(text);
  return text !== "" && quality >= 0 && quality <= 1 ? quality : 1;
}

/** The quality of the most specific range that covers the type; 0: no range covers it. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  for (const covering of [type, `${type.slice(0, type.indexOf("/"))}/*`, "*/*"]) {
    const matching = ranges.filter((range) => range.type === covering);
    if (matching.length > 0) return matching.reduce((best, { quality }) => Math.max(best, quality), 0);
  }
  return 0;
}
