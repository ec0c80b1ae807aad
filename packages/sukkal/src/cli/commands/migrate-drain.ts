/** `sukkal migrate drain`. */
import { flag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, exitCodeOf, Failure, type ExitCode } from "../exit-code.ts";
import { JOURNAL } from "../migrate/journal.ts";
import { drainQueue, type DrainTally } from "../migrate/drain-queue.ts";
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
import type { Column } from "../terminal/table.ts";
import { counted, number } from "../terminal/units.ts";
import { pause } from "../../time.ts";

type Flags = MigrationFlags & { readonly follow?: boolean };

const COLUMNS: readonly Column<DrainTally>[] = [
  { title: "QUEUE", value: labelOf },
  { title: "MOVED", value: ({ moved }) => moved, shown: ({ moved }) => number(moved), align: "right" },
  { title: "BEFORE", value: ({ known }) => known, shown: ({ known }) => number(known), align: "right" },
  {
    title: "LEFT",
    value: ({ left }) => left,
    shown: ({ left }) => (left === null ? "?" : number(left)),
    align: "right",
  },
  { title: "STATE", value: ({ state }) => state, style: ({ state }) => (state === "done" ? "good" : "bad") },
];

export const MIGRATE_DRAIN_COMMAND = command({
  brief: "Move messages, and what arrives meanwhile, until the source is empty",
  description: `Claims messages at the source, posts them to the target, and deletes them at the source. What copy has
posted is only deleted. It waits for messages that others have claimed, or that are delayed. Ctrl-C
leaves nothing claimed. Queues that the target does not have are created with their metadata.`,
  examples: [
    ["migrate drain --from zaqar --to sukkal", "until the queues of the source are empty"],
    ["migrate drain --from zaqar --follow", "until Ctrl-C, while some clients still use the source"],
  ],
  flags: { ...MIGRATION_FLAGS, follow: flag("go on when the source is empty") },
  async run(session: Session, flags: Flags) {
    const { output } = session;
    const tallies = new Map<string, DrainTally>();
    try {
      await drainAll(session, flags, tallies);
    } catch (error) {
      await output.list(tallies.values(), COLUMNS, {});
      // Another credential helps, and not the same once more.
      if (tallies.size > 0 && exitCodeOf(error) !== EXIT.notAllowed)
        output.hint("Repeat the command: what was moved is not moved twice.");
      throw error;
    }
    await output.list(tallies.values(), COLUMNS, { empty: "The source has no queues." });
    if (sumOf(tallies, takenBy) > 0)
      output.hint(`When nobody uses the source any more, delete the journal: sukkal queue delete ${JOURNAL}`);
  },
});

function newTally({ project, queue }: Job): DrainTally {
  return { project, queue, moved: 0, known: 0, left: null, state: "unfinished" };
}

/** Milliseconds between two rounds through all queues. */
const ROUND_MS = 2000;

async function drainAll(session: Session, flags: Flags, tallies: Map<string, DrainTally>): Promise<void> {
  const { cli, output, signal } = session;
  using progress = output.progress({ unit: "message", done: "moved", total: null });
  const projects = await projectsOf(session, flags);
  nameServices(session, projects);
  let waitingFor = 0;
  let failed = 0;
  let exitCode: ExitCode = EXIT.refused;
  for (;;) {
    // Each round again: a client that still uses the source may create a queue there.
    const jobs = await jobsOf(projects, flags, signal);
    for (const job of jobs) if (!tallies.has(labelOf(job))) tallies.set(labelOf(job), newTally(job));
    const tallyOf = (job: Job): DrainTally => tallies.get(labelOf(job)) ?? newTally(job);
    const before = sumOf(tallies, takenBy);
    const open = jobs.filter((job) => tallyOf(job).state !== "failed");
    const failures = await runJobs(session, open, flags, async (job) => {
      const tally = tallyOf(job);
      tally.state = "failed";
      tally.left = null;
      await drainQueue(job, tally, { signal, forced: cli.forced, onMessages: (count) => progress.add(count) });
      tally.state = tally.left === 0 ? "done" : "unfinished";
    });
    failed += failures.count;
    if (failures.count > 0) ({ exitCode } = failures);
    const left = sumOf(tallies, (tally) => tally.left ?? 0);
    if (flags.follow !== true && left === 0 && sumOf(tallies, takenBy) === before) break;
    if (left > 0 && left !== waitingFor)
      output.hint(
        `${counted(left, "message")} of the source cannot be claimed yet: others have claimed them, or they are delayed.`,
      );
    waitingFor = left;
    await pause(ROUND_MS, signal);
    signal.throwIfAborted();
  }
  progress.finish(movedOf([...tallies.values()]));
  if (failed > 0) throw new Failure(`${counted(failed, "queue")} could not be drained.`, { exitCode });
}

function sumOf(tallies: ReadonlyMap<string, DrainTally>, count: (tally: DrainTally) => number): number {
  return [...tallies.values()].reduce((sum, tally) => sum + count(tally), 0);
}

function takenBy({ moved, known }: DrainTally): number {
  return moved + known;
}
