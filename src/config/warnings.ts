/** What an operator should know about settings that are valid, and about variables that are none. */
import { nearest } from "../domain/spelling.ts";
import { SHARDS_MIN } from "../domain/spread.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./setting.ts";
import { VARIABLES } from "./settings.ts";

/** Fewer would take variables of other programs for misspelt settings. */
const CHARACTERS_PER_EDIT = 5;

export function warningsOf({ authStrategy, spreadAlways, shards, queueOrder }: Config): readonly string[] {
  const warnings: string[] = [];
  if (authStrategy.includes("none"))
    warnings.push(
      "AUTH_STRATEGY=none trusts X-Project-ID and X-Roles as sent: anyone who can reach this service can act as any project. " +
        "For development and trusted networks only.",
    );
  if (spreadAlways && shards === 1)
    warnings.push(`SPREAD_ALWAYS has no effect while SHARDS is 1: set SHARDS to ${SHARDS_MIN} or more.`);
  else if (spreadAlways && queueOrder === "fifo")
    warnings.push("SPREAD_ALWAYS has no effect while QUEUE_ORDER is fifo: unset QUEUE_ORDER.");
  return warnings;
}

/**
 * Variables that are nearly settings, and have no effect. `others`: further names that have a meaning. The values are not told,
 * because they may be secrets.
 */
export function warningsOfVariables(environment: Environment, others: readonly string[] = []): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    // An object of a Worker, or the JSON of an operator.
    if (typeof value === "object") return [];
    const meant = misspelt(name, others);
    if (meant !== null) return [`${name} is no setting, and has no effect: did you mean ${meant}?`];
    return typeof value !== "string" && NAMES.has(name)
      ? [`${name} has no effect, because it is not a text: put its value into quotes.`]
      : [];
  });
}

/** The setting whose name this one nearly is; null: there is none, or it is a setting. */
export function misspelt(name: string, others: readonly string[] = []): string | null {
  if (NAMES.has(name) || others.includes(name)) return null;
  return nearest(name.toUpperCase(), [...NAMES, ...others], CHARACTERS_PER_EDIT);
}

const NAMES: ReadonlySet<string> = new Set(VARIABLES.map(({ name }) => name));
