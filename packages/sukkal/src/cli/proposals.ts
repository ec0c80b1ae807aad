/** Values that a shell completes. */
import type { CommandContext } from "@stricli/core";

export type ProposalKind = "queues" | "topics" | "contexts";

export interface Proposing extends CommandContext {
  /** The names that begin with a text, while a command line is completed; undefined while one is run. */
  readonly propose?: (kind: ProposalKind, partial: string) => Promise<readonly string[]>;
}

/** The `proposeCompletions` of an argument or flag whose values are names of this kind. */
export function proposalsOf(kind: ProposalKind): (this: Proposing, partial: string) => Promise<readonly string[]> {
  return async function (partial) {
    return (await this.propose?.(kind, partial)) ?? [];
  };
}
