/** The worst that was found of each name. */
import type { Finding } from "./finding.ts";

export type Severities = ReadonlyMap<string, Finding["severity"]>;

/** Findings come with the worst first. */
export function severitiesOf(findings: readonly Finding[]): Severities {
  return new Map(findings.toReversed().map(({ subject, severity }) => [subject, severity]));
}
