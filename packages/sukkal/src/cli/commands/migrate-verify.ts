/** `sukkal migrate verify`. */
import { flag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { Failure } from "../exit-code.ts";
import {
  jobsOf,
  labelOf,
  MIGRATION_FLAGS,
  projectsOf,
  runJobs,
  type Job,
  type MigrationFlags,
} from "../migrate/jobs.ts";
import { verifyQueue, type Verdict } from "../migrate/verify-queue.ts";
import type { Column } from "../terminal/table.ts";
import { counted, number } from "../terminal/units.ts";

type Flags = MigrationFlags & { readonly ignoreExtra?: boolean };

const amount = (
  title: string,
  of: (verdict: Verdict) => number,
  isGood: (count: number) => boolean,
): Column<Verdict> => ({
  title,
  value: of,
  shown: (verdict) => number(of(verdict)),
  align: "right",
  style: (verdict) => (isGood(of(verdict)) ? null : "bad"),
});
const any = (): boolean => true;
const none = (count: number): boolean => count === 0;

const COLUMNS: readonly Column<Verdict>[] = [
  { title: "QUEUE", value: labelOf },
  amount("SOURCE", ({ source }) => source, any),
  amount("TARGET", ({ target }) => target, any),
  amount("MISSING", ({ missing }) => missing, none),
  amount("EXTRA", ({ extra }) => extra, none),
  {
    title: "METADATA",
    value: ({ metadata }) => (metadata.length === 0 ? "same" : metadata.join(",")),
    style: ({ metadata }) => (metadata.length === 0 ? null : "bad"),
  },
  {
    title: "SUBSCRIPTIONS",
    value: ({ subscriptions }) => (subscriptions === 0 ? "same" : `${subscriptions} missing`),
    style: ({ subscriptions }) => (subscriptions === 0 ? null : "bad"),
  },
];

export const MIGRATE_VERIFY_COMMAND = command({
  brief: "Compare the queues of both services",
  description: `Compares metadata, subscriptions, and the bodies of messages, each as often as it is there. The exit code
is 1 if something differs. It reads all messages of both, and takes none: it is for the time between
copy and drain, in which neither service is used.`,
  examples: [
    ["migrate verify --from zaqar --to sukkal", "all queues of the source"],
    ["migrate verify --from zaqar --ignore-extra", "the target is in use already"],
  ],
  flags: { ...MIGRATION_FLAGS, ignoreExtra: flag("messages that only the target has are no difference") },
  async run(session: Session, flags: Flags) {
    const { output, signal } = session;
    const jobs = await jobsOf(await projectsOf(session, flags), flags, session.signal);
    const verdicts = new Map<Job, Verdict>();
    using progress = output.progress({ unit: "queue", done: "compared", total: jobs.length });
    const failures = await runJobs(session, jobs, flags, async (job) => {
      verdicts.set(job, await verifyQueue(job, signal));
      progress.add(1);
    });
    progress[Symbol.dispose]();
    const rows = jobs.flatMap((job) => verdicts.get(job) ?? []);
    await output.list(rows, COLUMNS, { empty: "The source has no queues." });
    for (const verdict of rows)
      if (!verdict.exists) output.failed(`${labelOf(verdict)}: the target has no such queue.`);
    for (const verdict of rows) if (verdict.isUncertain) output.warn(`${labelOf(verdict)}: ${UNCERTAIN}`);
    const different = rows.filter((verdict) => isDifferent(verdict, flags)).length;
    if (failures.count > 0)
      throw new Failure(`${counted(failures.count, "queue")} could not be compared.`, { exitCode: failures.exitCode });
    if (different > 0) {
      // As after a drain.
      const isExtraOnly = !rows.some((verdict) => isDifferent(verdict, { ignoreExtra: true }));
      throw new Failure(
        `${counted(different, "queue")} of ${number(rows.length)} differ${different === 1 ? "s" : ""}.`,
        isExtraOnly ? { hint: EXTRA_ONLY } : {},
      );
    }
    output.done(`${counted(rows.length, "queue")}: the target has all that the source has.`);
  },
});

function isDifferent(
  { missing, extra, metadata, subscriptions, exists }: Verdict,
  { ignoreExtra }: Pick<Flags, "ignoreExtra">,
): boolean {
  const count = missing + metadata.length + subscriptions + (ignoreExtra === true ? 0 : extra);
  return !exists || count > 0;
}

const EXTRA_ONLY = "After a drain, or when the target is in use, it has more than the source: add --ignore-extra.";

const UNCERTAIN = `the source counts more messages than it lists, or cannot count them: what has expired there can hide others, \
which only drain finds`;
