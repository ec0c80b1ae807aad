/** `sukkal top`: the overview, again and again. */
import { SukkalError } from "../../error.ts";
import { pause } from "../../time.ts";
import { seconds, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { Interrupted } from "../exit-code.ts";
import {
  columnsFor,
  OVERVIEW_COLUMNS,
  overviewOf,
  summaryOf,
  toOverviewDocument,
  type Overview,
  type OverviewRow,
} from "../places/overview.ts";
import { OverviewSource } from "../places/overview-source.ts";
import { pauseAfter, Rates, type RatedRow } from "../places/rates.ts";
import { cut, onOneLine } from "../terminal/display-text.ts";
import type { Output } from "../terminal/output.ts";
import { Screen } from "../terminal/screen.ts";
import { tableOf, type Column } from "../terminal/table.ts";
import { duration, number } from "../terminal/units.ts";
import { OVERVIEW_FLAGS, type OverviewFlags } from "./overview.ts";

type Flags = OverviewFlags & { readonly interval?: number };

/** Seconds. */
const INTERVAL = 2;
const CTRL_C = "\u0003";

export const TOP_COMMAND = command({
  brief: "Watch all queues",
  description: `The overview, every two seconds, with the change of each queue: how many more messages a second it
has, or fewer. The queues are not asked, so a figure may be 20 seconds old. On a terminal in place: q or Ctrl-C ends it.
In a pipe every line begins with the time.`,
  examples: [
    ["top", "the deepest queues first"],
    ["top --sort oldest --interval 10s", "every ten seconds"],
    ["top --json --name jobs >> jobs.log", "a document a queue, every two seconds"],
  ],
  flags: {
    ...OVERVIEW_FLAGS,
    interval: valueFlag(interval, "time", "2s by default"),
  },
  async run(session: Session, flags: Flags) {
    const { output, signal } = session;
    const leaving = new AbortController();
    const ending = AbortSignal.any([signal, leaving.signal]);
    let screen: Screen | null = null;
    try {
      for await (const reading of readingsOf({ ...session, signal: ending }, flags)) {
        if (!output.isTerminal) await print(output, reading, flags);
        else {
          // Not before: an address without a service is an error that stays readable.
          screen ??= openScreen(session, leaving);
          screen.draw(await frameOf(session, reading, { ...flags, rows: screen.rows }));
        }
      }
    } finally {
      screen?.[Symbol.dispose]();
    }
    signal.throwIfAborted();
    if (leaving.signal.reason === CTRL_C) throw new Interrupted();
  },
});

function interval(input: string): number {
  const given = seconds(input);
  if (given === 0) throw new SyntaxError("it must be at least 1s");
  return given;
}

function openScreen({ cli }: Session, leaving: AbortController): Screen {
  return new Screen(cli.process.stdout, cli.stdin, (key) => {
    if (key === CTRL_C || key.toLowerCase() === "q") leaving.abort(key);
  });
}

interface Reading extends Overview {
  readonly at: Date;
  readonly rows: readonly RatedRow[];
  /** null: it is fresh. Otherwise the service has not answered since. */
  readonly stale: { readonly seconds: number; readonly reason: string } | null;
}

/** A reading every interval, until the signal aborts. While the service does not answer, the last one again. */
async function* readingsOf(session: Session, flags: Flags): AsyncGenerator<Reading, void, undefined> {
  const { signal } = session;
  const rates = new Rates();
  const source = new OverviewSource(session);
  let last: Reading | null = null;
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      const overview = await overviewOf(source, { ...flags, fresh: false });
      last = { ...overview, at: new Date(), rows: rates.of(overview.rows, startedAt), stale: null };
    } catch (error) {
      if (signal.aborted) return;
      if (last === null || !(error instanceof SukkalError && error.isRetryable)) throw error;
      last = { ...last, stale: { seconds: (Date.now() - last.at.getTime()) / 1000, reason: error.message } };
    }
    yield last;
    const tookMs = performance.now() - startedAt;
    await pause(pauseAfter({ tookMs, intervalMs: (flags.interval ?? INTERVAL) * 1000 }), signal);
  }
}

const CHANGE: Column<RatedRow> = {
  title: "CHANGE",
  value: ({ change }) => (change === null ? null : Math.round(change * 10) / 10),
  shown: ({ change }) => (change === null ? null : perSecond(change)),
  style: ({ change }) => ((change ?? 0) === 0 ? "quiet" : null),
  align: "right",
};

/** After the figures whose change it is. */
const COLUMNS = OVERVIEW_COLUMNS.toSpliced(3, 0, CHANGE as Column<OverviewRow>) as readonly Column<RatedRow>[];

function perSecond(change: number): string {
  const rounded = Math.abs(change) >= 10 ? Math.round(change) : Math.round(change * 10) / 10;
  return `${rounded > 0 ? "+" : ""}${rounded.toLocaleString("en-US")}/s`;
}

async function frameOf(
  { connection, output }: Session,
  { at, rows, hidden: unread, stale }: Reading,
  { limit, rows: height }: Flags & { readonly rows: number },
): Promise<readonly string[]> {
  const { columns, paint } = output;
  const { url } = await connection();
  const time = at.toTimeString().slice(0, 8);
  const head = `${time}  ${summaryOf({ rows, hidden: unread })}  q ends  ${url}`;
  const state =
    stale === null
      ? paint("strong", cut(head, columns))
      : paint("bad", cut(`${time}  ${onOneLine(describeStale(stale))}`, columns));
  const shown = rows.slice(0, Math.min(limit ?? Infinity, height - HEAD_LINES));
  const hidden = rows.length - shown.length;
  const more =
    hidden === 0 || limit !== undefined ? [] : [paint("quiet", cut(`… ${number(hidden + 1)} more`, columns))];
  const table = more.length === 0 ? shown : shown.slice(0, -1);
  return [state, "", ...tableOf(table, columnsFor(table, COLUMNS, columns), { columns, paint }), ...more];
}

function describeStale({ seconds: age, reason }: NonNullable<Reading["stale"]>): string {
  return `No figures for ${duration(age)}: ${reason}`;
}

/** The lines above the rows: the state, a blank, and the titles. */
const HEAD_LINES = 3;

async function print(output: Output, { at, rows, stale }: Reading, { limit }: Flags): Promise<void> {
  if (stale !== null) return output.warn(describeStale(stale));
  const time = at.toISOString();
  const columns: readonly Column<RatedRow>[] = [{ title: "TIME", value: () => time }, ...COLUMNS];
  const document = (row: RatedRow): object => ({ at: time, ...toOverviewDocument(row), change: row.change });
  await output.list(rows.slice(0, limit), columns, { document });
}
