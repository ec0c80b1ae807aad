/** `sukkal overview`. */
import { limitFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { QUEUES } from "../place.ts";
import { NAME_FLAG, placesOf, withProgress } from "../places/listing.ts";
import { OVERVIEW_COLUMNS, overviewOf, SORTS, summaryOf, toOverviewDocument, type Sort } from "../places/overview.ts";

export interface OverviewFlags {
  readonly name?: RegExp;
  readonly sort?: Sort;
  readonly limit?: number;
}

export const OVERVIEW_FLAGS = {
  name: NAME_FLAG,
  sort: { kind: "enum", values: SORTS, optional: true, brief: "what comes first; free by default" },
  limit: limitFlag(),
} as const;

export const OVERVIEW_COMMAND = command({
  brief: "Show all queues with their figures",
  description: `Free messages can be claimed or are delayed. OLDEST is the age of the oldest one that can be claimed, and DEAD
the number of messages in the dead-letter queue of the queue.`,
  examples: [
    ["overview", "the deepest queues first"],
    ["overview --sort oldest --limit 10", "the ten whose consumers are furthest behind"],
    ["overview --name '^order-' --json", "for programs"],
  ],
  flags: OVERVIEW_FLAGS,
  async run(session: Session, { limit, ...choice }: OverviewFlags) {
    const { output } = session;
    const rows = await overviewOf(withProgress(session, QUEUES, placesOf(session, QUEUES, { details: true })), choice);
    await output.list(rows.slice(0, limit), OVERVIEW_COLUMNS, { document: toOverviewDocument });
    output.hint(`${summaryOf(rows)}.`);
  },
});
