/** `sukkal usage` and `sukkal project list`: what projects store and have done. */
import type { ProjectUsage } from "../../figures.ts";
import { limitFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { group } from "../group.ts";
import { figureColumn, figureText, figureValue } from "../places/figure-text.ts";
import type { Field } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { counted, instant, number } from "../terminal/units.ts";
import { foreignProject } from "./foreign-project.ts";
import { explained } from "./operator-errors.ts";

const NO_FIGURES = { failure: "The service has no figures.", hint: "It has them with METER=on." };

export const USAGE_COMMAND = command({
  brief: "Show what a project stores and has done",
  description: "For admins of the project, and for operators. The messages are counted since the time that is shown.",
  examples: [
    ["usage", "of the credential's project"],
    ["usage --project shop --json", "of another project, for operators"],
  ],
  isForOperators: true,
  async run(session: Session) {
    const { output, signal } = session;
    const client = await session.sukkal();
    const project = await foreignProject(session);
    const usage = await explained(session, () => client.usage({ project_id: project, signal }), NO_FIGURES);
    await output.record(usage, fieldsOf(usage));
    hintUnknown(session, usage);
  },
});

function fieldsOf({ project_id: project, places, messages, waiting_claims, bytes, counters }: ProjectUsage): Field[] {
  const { since, exact, ...counts } = counters;
  const figures = { messages: messages.total, ...messages, waiting_claims, bytes };
  const { total: _, ...shown } = figures;
  return [
    ["project", project],
    ["queues_and_topics", places, number(places)],
    ...Object.entries(shown).map(([name, figure]): Field => [name, figureValue(figure), figureText(figure)]),
    ["since", since, `${instant(new Date(since))}${exact ? "" : " (at least)"}`],
    ...Object.entries(counts).map(([name, count]): Field => [name, count, number(count)]),
  ];
}

/** `unconfirmed`: older services do not tell it. */
function hintUnknown({ output }: Session, { unknown, unconfirmed = 0 }: Partial<ProjectUsage>): void {
  if (unknown !== undefined && unknown > 0)
    output.hint(`Without ${counted(unknown, "queue")} that nobody has used since the service has figures.`);
  if (unconfirmed > 0) output.hint(`Without ${counted(unconfirmed, "queue")} whose last changes may be lost.`);
}

const COLUMNS: readonly Column<ProjectUsage>[] = [
  { title: "PROJECT", value: ({ project_id: project }) => project },
  figureColumn("QUEUES", ({ places }) => places),
  figureColumn("MESSAGES", ({ messages }) => messages.total),
  figureColumn("WAITING", ({ waiting_claims: waiting }) => waiting),
  figureColumn("BYTES", ({ bytes }) => bytes),
  figureColumn("POSTED", ({ counters }) => counters.posted),
  figureColumn("CLAIMED", ({ counters }) => counters.claimed),
  figureColumn("DELETED", ({ counters }) => counters.deleted),
  { title: "SINCE", value: ({ counters }) => counters.since, shown: ({ counters }) => counters.since.slice(0, 10) },
];

const list = command({
  brief: "List the projects in use",
  description: "For operators. The projects whose queues changed last come first. QUEUES counts topics too.",
  examples: [
    ["project list", "the last twenty"],
    ["project list --limit 100 --json", "for programs"],
  ],
  isForOperators: true,
  flags: { limit: limitFlag("20") },
  async run(session: Session, { limit }: { readonly limit?: number }) {
    const { output, signal } = session;
    const client = await session.sukkal();
    const read = async (): Promise<readonly ProjectUsage[]> => {
      const projects: ProjectUsage[] = [];
      for await (const project of client.projects({ limit, signal })) projects.push(project);
      return projects;
    };
    const rows = await explained(session, read, NO_FIGURES);
    await output.list(rows, COLUMNS, { empty: "No project has been used since the service has figures." });
  },
});

export const PROJECT_COMMANDS = group({
  brief: "Projects in use, for operators",
  commands: { COMMANDS: { list } },
});
