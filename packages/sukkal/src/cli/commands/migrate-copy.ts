/** `sukkal migrate copy`. */
import { flag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, exitCodeOf, Failure } from "../exit-code.ts";
import { copyQueue, type CopyTally } from "../migrate/copy-queue.ts";
import { JOURNAL } from "../migrate/journal.ts";
import {
  jobsOf,
  labelOf,
  MIGRATION_FLAGS,
  movedOf,
  nameServices,
  projectsOf,
  runJobs,
  type Job,
  type MigrationFlags,
} from "../migrate/jobs.ts";
import { hiddenFindings } from "../migrate/plan-queue.ts";
import type { Counts } from "../migrate/reader.ts";
import { endsAll } from "../migrate/sides.ts";
import type { Column } from "../terminal/table.ts";
import { counted, number } from "../terminal/units.ts";

type Skipped = "messages" | "subscriptions";
type Flags = MigrationFlags & { readonly overwrite?: boolean; readonly skip?: readonly Skipped[] };

const COLUMNS: readonly Column<CopyTally>[] = [
  { title: "QUEUE", value: labelOf },
  { title: "COPIED", value: ({ moved }) => moved, shown: ({ moved }) => number(moved), align: "right" },
  { title: "BEFORE", value: ({ known }) => known, shown: ({ known }) => number(known), align: "right" },
  {
    title: "REFUSED",
    value: ({ refused }) => refused,
    shown: ({ refused }) => number(refused),
    align: "right",
    style: ({ refused }) => (refused > 0 ? "bad" : null),
  },
  { title: "SUBSCRIPTIONS", value: ({ subscriptions }) => subscriptions, align: "right" },
  { title: "STATE", value: ({ state }) => state, style: ({ state }) => (state === "done" ? "good" : "bad") },
];

/** Refused messages of a queue that are named. */
const REFUSED_SHOWN = 3;

export const MIGRATE_COPY_COMMAND = command({
  brief: "Copy queues with their metadata, messages and subscriptions",
  description: `Takes nothing from the source. Messages keep their order, their bodies byte for byte, and the life
that is left, at least a minute; claimed ones are copied too. Subscriptions come last, so that their
receivers do not get again what they have had. A repeated or interrupted copy adds only what is
missing: the queue ${JOURNAL} of the target keeps what was copied.`,
  examples: [
    ["migrate copy --from zaqar --to sukkal", "everything"],
    ["migrate copy --from zaqar --skip messages", "only metadata and subscriptions, and drain moves the messages"],
    ["migrate copy --from zaqar --queue orders --overwrite", "a queue that the target has with other metadata"],
  ],
  flags: {
    ...MIGRATION_FLAGS,
    overwrite: flag("give queues that the target has the metadata of the source"),
    skip: {
      kind: "enum",
      values: ["messages", "subscriptions"],
      variadic: true,
      optional: true,
      brief: "what is not copied",
    },
  },
  async run(session: Session, flags: Flags) {
    const { output } = session;
    const projects = await projectsOf(session, flags);
    nameServices(session, projects);
    const jobs = await jobsOf(projects, flags, session.signal);
    const tallies = new Map(jobs.map((job) => [job, newTally(job)]));
    const list = (): Promise<void> => output.list(tallies.values(), COLUMNS, { empty: "The source has no queues." });
    try {
      await copyAll(session, flags, tallies);
    } catch (error) {
      output.warn("Not everything was copied.");
      await list();
      // Another credential helps, and not the same once more.
      if (exitCodeOf(error) !== EXIT.notAllowed)
        output.hint("Repeat the command: what was copied is not copied again.");
      throw error;
    }
    await list();
  },
});

function newTally({ project, queue }: Job): CopyTally {
  return {
    project,
    queue,
    moved: 0,
    known: 0,
    refused: 0,
    subscriptions: 0,
    subscriptionsRefused: 0,
    state: "unfinished",
  };
}

async function copyAll(session: Session, flags: Flags, tallies: ReadonlyMap<Job, CopyTally>): Promise<void> {
  const { output, signal } = session;
  const skip = new Set(flags.skip);
  const counts = new Map<Job, Counts | null>();
  using progress = output.progress({ unit: "message", done: "copied", total: null });
  const jobs = [...tallies.keys()];
  if (!skip.has("messages")) {
    await runJobs(session, jobs, flags, async (job) => {
      counts.set(job, await countsOf(job, signal));
    });
    progress.set(0, totalOf([...counts.values()]));
  }
  const failures = await runJobs(session, jobs, flags, async (job) => {
    const tally = tallies.get(job) ?? newTally(job);
    const label = labelOf(job);
    let shown = 0;
    await copyQueue(job, tally, {
      overwrite: flags.overwrite === true,
      skip,
      signal,
      onMessages: (count) => progress.add(count),
      warn: (text) => output.warn(`${label}: ${text}`),
      onRefused: (text) => {
        if (shown++ < REFUSED_SHOWN) output.failed(`${label}: ${text}`);
      },
    });
    const read = tally.moved + tally.known + tally.refused;
    if (!skip.has("messages"))
      for (const { text } of hiddenFindings(counts.get(job) ?? null, read)) output.warn(`${label}: ${text}`);
  });
  progress.finish(movedOf([...tallies.values()]));
  const refused = [...tallies.values()].reduce((sum, each) => sum + each.refused + each.subscriptionsRefused, 0);
  if (failures.count > 0)
    throw new Failure(`${counted(failures.count, "queue")} could not be copied.`, { exitCode: failures.exitCode });
  if (refused > 0)
    throw new Failure(`The target has refused ${number(refused)} messages or subscriptions.`, {
      hint: "sukkal migrate plan shows why.",
    });
}

/** null: not known. If the queue cannot be read at all, its copy says so. */
async function countsOf({ source, queue }: Job, signal: AbortSignal): Promise<Counts | null> {
  try {
    return await source.counts(queue, signal);
  } catch (error) {
    if (endsAll(error)) throw error;
    return null;
  }
}

/** null: the source cannot count all. */
function totalOf(counts: readonly (Counts | null)[]): number | null {
  return counts.reduce<number | null>((sum, each) => (sum === null || each === null ? null : sum + each.total), 0);
}
