/** `sukkal migrate plan`: what a migration would do. */
import { flag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { Failure } from "../exit-code.ts";
import { findingsOfAccess } from "../migrate/access.ts";
import {
  jobsOf,
  labelOf,
  MIGRATION_FLAGS,
  nameServices,
  projectsOf,
  runJobs,
  type MigrationFlags,
  type Project,
} from "../migrate/jobs.ts";
import { planQueue, type QueuePlan } from "../migrate/plan-queue.ts";
import type { Column } from "../terminal/table.ts";
import { counted, named, number } from "../terminal/units.ts";

type Flags = MigrationFlags & { readonly quick?: boolean };

const COLUMNS: readonly Column<QueuePlan>[] = [
  { title: "QUEUE", value: labelOf },
  {
    title: "MESSAGES",
    value: ({ messages }) => messages,
    shown: ({ messages }) => shownCount(messages),
    align: "right",
  },
  { title: "CLAIMED", value: ({ claimed }) => claimed, shown: ({ claimed }) => shownCount(claimed), align: "right" },
  { title: "SUBSCRIPTIONS", value: ({ subscriptions }) => subscriptions, align: "right" },
  { title: "AT THE TARGET", value: ({ target }) => target },
  {
    title: "FINDINGS",
    value: ({ findings }) => findings.length,
    shown: ({ findings }) => (findings.length === 0 ? null : String(findings.length)),
    style: ({ findings }) =>
      findings.length === 0 ? null : findings.some(({ severity }) => severity === "refused") ? "bad" : "warning",
  },
];

function shownCount(count: number | null): string | null {
  return count === null ? null : number(count);
}

export const MIGRATE_PLAN_COMMAND = command({
  brief: "Show what would be moved, and what the target would refuse",
  description: `Changes nothing. It reads all messages, because their sizes and lives may exceed the limits of the target;
--quick leaves that out. The exit code is 1 if something would be refused.`,
  examples: [
    ["migrate plan --from zaqar --to sukkal", "all queues, both services by their contexts"],
    ["migrate plan --from http://127.0.0.1:8888 --queue 'orders-*'", "some queues of a Zaqar without Keystone"],
    ["migrate plan --from zaqar --projects 3f9c…,51ab…", "queues of several projects"],
  ],
  flags: { ...MIGRATION_FLAGS, quick: flag("do not read messages") },
  async run(session: Session, flags: Flags) {
    const { output, signal } = session;
    const projects = await projectsOf(session, flags);
    nameServices(session, projects);
    const unfit = await compareServices(session, projects);
    const jobs = await jobsOf(projects, flags, signal);
    const plans = new Map<(typeof jobs)[number], QueuePlan>();
    using progress = output.progress({ unit: "queue", done: "read", total: jobs.length });
    const failures = await runJobs(session, jobs, flags, async (job) => {
      const { project, source, target, sides } = job;
      const { limits, caller } = sides.service;
      const prefix = caller.queue_prefix;
      const planning = { project, source, target, limits, prefix, isThorough: flags.quick !== true, signal };
      plans.set(job, await planQueue(job.queue, planning));
      progress.add(1);
    });
    progress[Symbol.dispose]();
    const rows = jobs.flatMap((job) => plans.get(job) ?? []);
    await output.list(rows, COLUMNS, { empty: "The source has no queues." });
    report(session, rows);
    const refusals = rows.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "refused").length;
    if (failures.count > 0)
      throw new Failure(`${counted(failures.count, "queue")} could not be read.`, { exitCode: failures.exitCode });
    if (unfit + refusals > 0) throw new Failure(`The target would refuse what is marked with ✗.`);
  },
});

/** Findings that several queues have come once. */
function report({ output }: Session, plans: readonly QueuePlan[]): void {
  const queues = new Map<string, string[]>();
  const refusals = new Set<string>();
  for (const plan of plans) {
    for (const { severity, text } of plan.findings) {
      if (severity === "refused") refusals.add(text);
      queues.set(text, [...(queues.get(text) ?? []), labelOf(plan)]);
    }
  }
  for (const [text, names] of queues) {
    const line = `${named(names)}: ${text}`;
    if (refusals.has(text)) output.failed(line);
    else output.warn(line);
  }
  const total = (count: (plan: QueuePlan) => number | null): number =>
    plans.reduce((sum, plan) => sum + (count(plan) ?? 0), 0);
  const claimed = total((plan) => plan.claimed);
  const [messages, subscriptions] = [total((plan) => plan.messages), total((plan) => plan.subscriptions)];
  const claims = claimed === 0 ? "" : `: ${counted(claimed, "message")} can be claimed at once at the target`;
  output.hint(
    `${counted(plans.length, "queue")}, ${counted(messages, "message")}, ${counted(subscriptions, "subscription")}. ` +
      `Ids, ages and claims are not moved${claims}.`,
  );
}

const DEFAULTS: Readonly<Record<string, string>> = {
  _default_message_ttl: "DEFAULT_MESSAGE_TTL",
  _max_messages_post_size: "MAX_MESSAGES_POST_SIZE",
  _default_message_delay: "DEFAULT_MESSAGE_DELAY",
};

/** What concerns all queues. Several projects have mostly the same. Returns how much would be refused. */
async function compareServices({ output, signal }: Session, projects: readonly Project[]): Promise<number> {
  const warnings = new Set<string>();
  const refusals = new Set<string>();
  for (const { source, target, sides } of projects) {
    const { caller } = sides.service;
    for (const { text } of findingsOfAccess(caller)) refusals.add(text);
    const [own, others] = [await source.defaults(signal), await target.defaults(signal, caller.queue_prefix)];
    for (const [name, setting] of Object.entries(DEFAULTS)) {
      const [one, other] = [own.get(name), others.get(name)];
      if (one !== undefined && one !== other)
        warnings.add(
          `queues without ${name} have ${one} at the source, ${other ?? "none"} at the target: set ${setting}=${one}`,
        );
    }
    const left: string[] = [];
    for (const list of ["pools", "flavors", "topics"] as const) {
      const count = await source.countOf(list, signal);
      if (count !== null && count > 0) left.push(list);
    }
    if (left.length > 0) warnings.add(`${left.join(", ")} of the source are not moved`);
  }
  for (const warning of warnings) output.warn(warning);
  for (const refusal of refusals) output.failed(refusal);
  return refusals.size;
}
