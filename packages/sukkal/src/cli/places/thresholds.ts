/** States of monitoring plugins, and the limits that decide about them. https://www.monitoring-plugins.org/doc/guidelines.html */
import { onOneLine } from "../terminal/display-text.ts";

/** The exit codes. */
export const STATES = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;

export type State = keyof typeof STATES;

/** The worst first. What is not known may be bad, but hides nothing that is. */
const BY_SEVERITY: readonly State[] = ["CRITICAL", "WARNING", "UNKNOWN", "OK"];

export function bySeverity(one: { readonly state: State }, other: { readonly state: State }): number {
  return BY_SEVERITY.indexOf(one.state) - BY_SEVERITY.indexOf(other.state);
}

/** The largest values that are good, and not critical. */
export interface Limits {
  readonly warn?: number | undefined;
  readonly max?: number | undefined;
}

/** As in the guidelines: a limit of 10 is exceeded by 11, not by 10. */
export function stateOf(value: number, { warn, max }: Limits): State {
  if (max !== undefined && value > max) return "CRITICAL";
  return warn !== undefined && value > warn ? "WARNING" : "OK";
}

/** `label=value[unit];[warn];[crit];min`. The label has no blank, quote or equals sign. */
export function performanceData(
  label: string,
  value: number,
  { warn, max, unit = "" }: Limits & { readonly unit?: string },
): string {
  return `${label}=${value}${unit};${warn ?? ""};${max ?? ""};0`;
}

/** The line of a plugin, without performance data: a bar would begin them. */
export function toLine(state: State, texts: readonly string[]): string {
  return onOneLine(`SUKKAL ${state} - ${texts.join("; ")}`).replaceAll("|", "/");
}
