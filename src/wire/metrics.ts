/**
 * The text in which Prometheus reads metrics: OpenMetrics 1.0, or the older format 0.0.4 for monitors that do not ask for it.
 * They differ in the names of the families of counters and infos, the unit, when a counter began, and the end.
 */
import type { EpochMs } from "../domain/time.ts";

export type Labels = Readonly<Record<string, string>>;

export interface Point {
  readonly labels: Labels;
  readonly value: number;
  /** When a counter began at 0. */
  readonly since?: EpochMs;
}

export interface HistogramPoint {
  readonly labels: Labels;
  /** The observations up to each bound and above the one before; the last number is of those above all bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly since?: EpochMs;
}

interface Named {
  /** Without the suffix of its samples (`_total`, `_info`). The unit is its last word, if it has one. */
  readonly name: string;
  /** One line without a backslash or a quotation mark. */
  readonly help: string;
  readonly unit?: "seconds" | "bytes";
}

export type Family =
  | (Named & { readonly type: "counter" | "gauge" | "info"; readonly points: readonly Point[] })
  | (Named & {
      readonly type: "histogram";
      readonly bounds: readonly number[];
      readonly points: readonly HistogramPoint[];
    });

export type MetricsForm = "openmetrics" | "classic";

export const METRICS_TYPES: Readonly<Record<MetricsForm, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  classic: "text/plain; version=0.0.4; charset=utf-8",
};

/** Families without points are left out: a figure that is not known has no sample, because 0 would be a statement. */
export function encodeMetrics(families: readonly Family[], form: MetricsForm): string {
  const lines: string[] = [];
  for (const family of families) {
    if (family.points.length > 0) lines.push(...headOf(family, form), ...samplesOf(family, form));
  }
  if (form === "openmetrics") lines.push("# EOF");
  return lines.map((line) => `${line}\n`).join("");
}

const SUFFIXES = { counter: "_total", info: "_info", gauge: "", histogram: "" } as const;

function headOf({ name, type, help, unit }: Family, form: MetricsForm): string[] {
  if (form === "classic") {
    const sampled = name + SUFFIXES[type];
    return [`# HELP ${sampled} ${help}`, `# TYPE ${sampled} ${type === "info" ? "gauge" : type}`];
  }
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
  ];
}

function samplesOf(family: Family, form: MetricsForm): string[] {
  const created = (labels: Labels, since: EpochMs | undefined): string[] =>
    since === undefined || form === "classic" ? [] : [sample(`${family.name}_created`, labels, since / 1000)];
  if (family.type !== "histogram") {
    const name = family.name + SUFFIXES[family.type];
    return family.points.flatMap(({ labels, value, since }) => [
      sample(name, labels, value),
      ...created(labels, since),
    ]);
  }
  const { name, bounds, points } = family;
  return points.flatMap(({ labels, counts, sum, since }) => {
    let count = 0;
    const buckets = [...bounds.map(boundText), "+Inf"].map((le, index) => {
      count += counts[index] ?? 0;
      return sample(`${name}_bucket`, { ...labels, le }, count);
    });
    return [
      ...buckets,
      sample(`${name}_count`, labels, count),
      sample(`${name}_sum`, labels, sum),
      ...created(labels, since),
    ];
  });
}

/** `10.0` and not `10`: the label's text is then the same in every version of Prometheus, which may rewrite it. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

function escape(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? "");
}
