/** `sukkal quota …`: the quotas of a project. */
import type { QuotaReport } from "../../quotas.ts";
import { count, QUEUE, TOPIC } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import type { Column } from "../terminal/table.ts";
import { number } from "../terminal/units.ts";
import { foreignProject } from "./foreign-project.ts";
import { explained } from "./operator-errors.ts";
import { group } from "../group.ts";

const UNLIMITED = -1;

type Row = QuotaReport[string] & { readonly name: string };

const COLUMNS: readonly Column<Row>[] = [
  { title: "QUOTA", value: ({ name }) => name },
  { title: "USED", value: ({ used }) => used ?? null, shown: ({ used }) => shown(used), align: "right" },
  { title: "LIMIT", value: ({ limit }) => limit, shown: ({ limit }) => shown(limit), align: "right" },
];

const show = command({
  brief: "Show the quotas of a project, and what is used of them",
  description: "What a queue or topic uses is known of one at a time.",
  examples: [
    ["quota show", "of the credential's project"],
    ["quota show --queue jobs", "with what the queue uses"],
    ["quota show --project shop", "of another project, for operators"],
  ],
  isForOperators: true,
  flags: {
    queue: { ...QUEUE, kind: "parsed", optional: true, brief: "with what this queue uses" },
    topic: { ...TOPIC, kind: "parsed", optional: true, brief: "with what this topic uses" },
  },
  async run(session: Session, { queue, topic }: { readonly queue?: string; readonly topic?: string }) {
    const { quotas } = await session.sukkal();
    const options = { queue, topic, signal: session.signal };
    const report = await explained(session, async () => quotas.get(await foreignProject(session), options));
    const rows = Object.entries(report).map(([name, quota]) => ({ name, ...quota }));
    await session.output.list(rows, COLUMNS);
  },
});

const set = command({
  brief: "Set quotas of a project",
  description:
    "For operators. Quotas that are not named get the limits of the service. A change takes effect everywhere within 60 s.",
  examples: [
    ["quota set queues=100 messages_per_queue=50000 --project shop", "two of them"],
    ["quota set queues=none --project shop", "no limit"],
  ],
  isForOperators: true,
  args: {
    kind: "array",
    minimum: 1,
    parameter: { parse: toQuota, placeholder: "quota=limit", brief: "name of the quota, and a number or none" },
  },
  async run(session: Session, _: object, ...limits: (readonly [string, number])[]) {
    const project = await ownProject(session);
    const { quotas } = await session.sukkal();
    const known = Object.keys(await explained(session, () => quotas.get(project, { signal: session.signal })));
    for (const [name] of limits) if (!known.includes(name)) throw unknownQuota(name, known);
    await quotas.set(project, Object.fromEntries(limits), { signal: session.signal });
    session.output.done(`The quotas of ${project} are set.`);
  },
});

const reset = command({
  brief: "Give a project the quotas of the service again",
  description: "For operators.",
  examples: [["quota reset --project shop", "the limits are those of the settings again"]],
  isForOperators: true,
  async run(session: Session) {
    const project = await ownProject(session);
    await (await session.sukkal()).quotas.reset(project, { signal: session.signal });
    session.output.done(`The quotas of ${project} are those of the service.`);
  },
});

async function ownProject({ connection, sukkal, signal }: Session): Promise<string> {
  const { project } = await connection();
  if (project !== null) return project;
  const { caller } = await (await sukkal()).service({ signal });
  if (caller.project !== null) return caller.project;
  throw new Failure("The credential belongs to no project.", { exitCode: EXIT.usage, hint: "Say --project ID." });
}

function toQuota(input: string): readonly [string, number] {
  const [, name, limit] = /^([a-z_]+)=(.+)$/.exec(input) ?? [];
  if (name === undefined || limit === undefined) throw new SyntaxError(`"${input}" is no quota: write queues=100`);
  if (limit !== "none" && !/^\d{1,15}$/.test(limit))
    throw new SyntaxError(`${name} is a whole number or none, not "${limit}"`);
  return [name, limit === "none" ? UNLIMITED : count(limit)];
}

function unknownQuota(name: string, known: readonly string[]): Failure {
  const similar = known.find((each) => each.startsWith(name) || name.startsWith(each));
  const meant = similar === undefined ? "" : ` Did you mean ${similar}?`;
  return new Failure(`There is no quota ${name}.${meant}`, {
    exitCode: EXIT.usage,
    hint: `Quotas: ${known.join(", ")}`,
  });
}

function shown(amount: number | undefined): string | null {
  if (amount === undefined) return null;
  return amount === UNLIMITED ? "none" : number(amount);
}

export const QUOTA_COMMANDS = group({
  brief: "Quotas of a project",
  commands: { COMMANDS: { show, set, reset } },
});
