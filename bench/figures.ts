/** Formats figures for the tables. A dash is a figure that is not known on this system, or of no request. */
import type { PairRatio } from "./statistics.ts";

/** The difference of the fastest and the slowest round, divided by the median. */
export function spread(rounds: readonly number[], middle: number): string {
  return percent((Math.max(...rounds) - Math.min(...rounds)) / middle);
}

export function whole(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "-";
  return Math.round(value).toLocaleString("en");
}

/** A figure of an aim, which may be a ratio or some thousand bytes. */
export function figure(value: number): string {
  return Math.abs(value) < 100 ? value.toFixed(3) : whole(value);
}

export function milliseconds(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : "-";
}

/** A ratio and its standard error. */
export function withError({ mean, error }: PairRatio): string {
  return `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : "-";
}

export function mebibytes(bytes: number | null): string {
  return bytes === null ? "-" : (bytes / 1024 / 1024).toFixed(0);
}

export function kibibytes(bytes: number | null): string {
  return bytes === null ? "-" : (bytes / 1024).toFixed(0);
}
