/** What an operator should know about settings that are valid. */
import { SHARDS_MIN } from "../domain/spread.ts";
import type { Config } from "./config.ts";

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
