/** The verdict on a project: what needs somebody, the worst first. A rule is a function of the facts, and one finding a place. */
import { deadLetters } from "./dead-letters.ts";
import type { Facts } from "./facts.ts";
import { fallsBehind } from "./falls-behind.ts";
import type { Finding } from "./finding.ts";
import { grows } from "./grows.ts";
import { quotas } from "./quotas.ts";
import { subscribers } from "./subscribers.ts";

/** In the order in which their findings come among those of the same severity. */
const RULES: readonly ((facts: Facts) => readonly Finding[])[] = [
  fallsBehind,
  deadLetters,
  subscribers,
  growsOnly,
  quotas,
];

export function verdictOn(facts: Facts): readonly Finding[] {
  const found = RULES.flatMap((rule) => rule(facts).toSorted((a, b) => a.rank - b.rank));
  return [
    ...found.filter(({ severity }) => severity === "act"),
    ...found.filter(({ severity }) => severity === "watch"),
  ];
}

/** What falls behind grows too, which needs no second line. */
function growsOnly(facts: Facts): readonly Finding[] {
  const behind = new Set(fallsBehind(facts).map(({ subject }) => subject));
  return grows(facts).filter(({ subject }) => !behind.has(subject));
}
