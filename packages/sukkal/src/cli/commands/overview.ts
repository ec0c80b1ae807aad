/** `sukkal overview`. */
import { limitFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { NAME_FLAG } from "../places/listing.ts";
import {
  columnsFor,
  OVERVIEW_COLUMNS,
  overviewOf,
  SORTS,
  summaryOf,
  toOverviewDocument,
  type Sort,
} from "../places/overview.ts";
import { OverviewSource } from "../places/overview-source.ts";

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
  description: `Free messages can be claimed now. OLDEST is the age of the oldest message, IN and OUT the messages a second that
come and that leave, WAITING the claims that wait for messages, DEAD the messages in the dead-letter queue of the queue, and
OBJECTS on how many objects a queue is spread.
A terminal leaves out columns without a figure. "3–7" and "≤7" are bounds, "?" is not known, and "~" may have changed.`,
  examples: [
    ["overview", "the deepest queues first"],
    ["overview --sort oldest --limit 10", "the ten whose consumers are furthest behind"],
    ["overview --name '^order-' --json", "for programs"],
  ],
  flags: OVERVIEW_FLAGS,
  async run(session: Session, { limit, ...choice }: OverviewFlags) {
    const { output } = session;
    const overview = await overviewOf(new OverviewSource(session), { ...choice, fresh: true });
    const rows = overview.rows.slice(0, limit);
    const columns = output.isTerminal ? columnsFor(rows, OVERVIEW_COLUMNS, output.columns) : OVERVIEW_COLUMNS;
    await output.list(rows, columns, { document: toOverviewDocument });
    output.hint(`${summaryOf(overview)}.`);
  },
});
