/** All projects in use, for operators: what needs somebody, and the figures of each. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { CopyLine } from "../../components/copy-line.tsx";
import { Count } from "../../components/figure.tsx";
import { Head } from "../../components/head.tsx";
import { Name } from "../../components/name.tsx";
import { Bones, Failure, Nothing } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { Sign } from "../../components/sign.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { Needs } from "../../components/verdict.tsx";
import { perMinute, type Change } from "../../state/changes.ts";
import { projects } from "../../state/projects.ts";
import { client } from "../../state/session.ts";
import { most } from "../../text/amounts.ts";
import { bytes } from "../../text/bytes.ts";
import { rate } from "../../text/numbers.ts";
import { hrefOf } from "../../text/routes.ts";
import { capital, inWords } from "../../text/words.ts";
import { verdictOnProjects } from "../../verdict/projects.ts";

const NEEDS_MAX = 5;

export function ProjectsPage(): JSX.Element {
  const { value: signedIn } = client;
  useEffect(() => projects.start(), [signedIn]);
  const changes = projects.answer.value;
  const findings = verdictOnProjects(changes ?? []);
  const severities = new Map(findings.map(({ subject, severity }) => [subject, severity]));
  const needs = findings.slice(0, NEEDS_MAX).map(({ route, ...rest }) => ({ ...rest, href: hrefOf(route) }));
  return (
    <>
      <Head
        title={changes === null ? "Projects" : titleOf(findings.length)}
        name="Projects"
        actions={<CopyCurl path="v2/projects?limit=100" />}
        lead="The projects that had news last, up to 100. Rates are those since this page was opened, at most of the last 5 min."
      />
      {projects.failure.value !== null && <Failure what="The projects were not read" error={projects.failure.value} />}
      {needs.length > 0 && <Needs needs={needs} />}
      <Panel title="Projects" isTitleUnseen>
        {changes === null ? (
          <Bones rows={4} />
        ) : changes.length === 0 ? (
          <Nothing>
            <p>No project has posted a message yet. A key of a project lets its owner begin:</p>
            <CopyLine text="sukkal key create --project demo" />
          </Nothing>
        ) : (
          <Table
            caption="Projects, those that need somebody first"
            rows={changes.toSorted((a, b) => rankOf(a, severities) - rankOf(b, severities) || free(b) - free(a))}
            keyOf={({ usage }) => usage.project_id}
            hrefOf={({ usage }) => hrefOf({ page: "project", name: usage.project_id })}
            nameLabel="Project"
            nameMeaning="A project in use. It opens its page"
            name={({ usage: { project_id: name } }) => ({
              before: <Sign kind={severities.get(name) ?? null} />,
              link: <Name name={name} />,
            })}
            columns={COLUMNS}
          />
        )}
      </Panel>
    </>
  );
}

function titleOf(length: number): string {
  if (length === 0) return "No project needs you";
  return `${capital(inWords(length))} ${length === 1 ? "project needs" : "projects need"} you`;
}

function rankOf({ usage }: Change, severities: ReadonlyMap<string, "act" | "watch">): number {
  const severity = severities.get(usage.project_id);
  return severity === "act" ? 0 : severity === "watch" ? 1 : 2;
}

function free({ usage }: Change): number {
  return most(usage.messages.free) ?? 0;
}

const COLUMNS: readonly Column<Change>[] = [
  {
    id: "places",
    label: "Queues and topics",
    meaning: "Those that exist",
    isWide: true,
    sortBy: ({ usage }) => usage.places,
    cell: ({ usage }) => <Count value={usage.places} />,
  },
  {
    id: "free",
    label: "Free",
    meaning: "Messages that claims can get now, in all queues",
    cardLabel: "Free",
    sortBy: free,
    cell: ({ usage }) => <Count value={usage.messages.free} />,
  },
  {
    id: "claimed",
    label: "Claimed",
    meaning: "Messages under live claims",
    cardLabel: "Claimed",
    sortBy: ({ usage }) => most(usage.messages.claimed),
    cell: ({ usage }) => <Count value={usage.messages.claimed} />,
  },
  ...(
    [
      ["posted", "Posted /min"],
      ["deleted", "Deleted /min"],
      ["dead_lettered", "Dead letters /min"],
      ["expired", "Expired /min"],
    ] as const
  ).map(([counter, label]): Column<Change> => ({
    id: counter,
    label,
    meaning: "Messages since this page was opened, at most of the last 5 min",
    isWide: counter === "posted" || counter === "deleted",
    sortBy: (change) => perMinute(change, counter),
    tone: (change) =>
      (counter === "dead_lettered" || counter === "expired") && (perMinute(change, counter) ?? 0) > 0
        ? "act"
        : undefined,
    cell: (change) => <Count value={perMinute(change, counter)} write={rate} />,
  })),
  {
    id: "bytes",
    label: "Stored",
    meaning: "With the tables of the service",
    cardLabel: "Stored",
    sortBy: ({ usage }) => most(usage.bytes),
    cell: ({ usage }) => <Count value={usage.bytes} write={bytes} />,
  },
];
