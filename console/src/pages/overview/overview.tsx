/** The overview: what needs somebody, five figures, and all queues and topics. */
import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { later } from "../../components/later.tsx";
import { Head } from "../../components/head.tsx";
import { Bones, Notice, Refusals } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { Needs } from "../../components/verdict.tsx";
import type { Overview } from "sukkal/client";
import { overview, seen, trends } from "../../state/overview.ts";
import { mayWrite, refusalOf, roles, service } from "../../state/service.ts";
import { hrefOf } from "../../text/routes.ts";
import { capital, inWords } from "../../text/words.ts";
import type { Finding } from "../../verdict/finding.ts";
import { verdictOn } from "../../verdict/verdict.ts";
import { CreateQueue } from "./create-queue.tsx";
import { leadOf } from "./lead.ts";
import { OverviewFigures } from "./overview-figures.tsx";
import { PlaceTable } from "./place-table.tsx";

const FirstMessage = later(async () => (await import("../further.ts")).FirstMessage);

/** More lines would hide the rest of the page. */
const NEEDS_MAX = 5;

export function OverviewPage(): JSX.Element {
  const [isCreating, setCreating] = useState(false);
  const findings = useComputed(() => {
    const { value: answer } = overview.answer;
    if (answer === null) return [];
    const quotas = service.value?.quotas ?? null;
    return verdictOn({ overview: answer, seen: seen.value, trends: trends.value, quotas, now: Date.parse(answer.at) });
  }).value;
  const answer = overview.answer.value;
  const refusal = refusalOf("queues:create", null);
  const create = mayWrite.value && (
    <Button icon="plus" refusal={refusal} onPress={() => setCreating(true)}>
      Create queue
    </Button>
  );
  return (
    <>
      {answer?.totals.places === 0 ? (
        <FirstMessage
          onCreate={mayWrite.value && refusal === null ? () => setCreating(true) : null}
          mayPost={mayWrite.value && refusalOf("messages:create", null) === null}
        />
      ) : (
        <>
          <Head
            title={titleOf(answer, findings)}
            name="Queues"
            lead={answer && leadOf(answer, findings)}
            actions={create}
          />
          {mayWrite.value ? <Refusals reasons={[refusal]} /> : <ReadOnly />}
          {answer === null ? <Loading /> : <Known answer={answer} findings={findings} />}
        </>
      )}
      {isCreating && <CreateQueue onClose={() => setCreating(false)} />}
    </>
  );
}

function Known({
  answer,
  findings,
}: {
  readonly answer: Overview;
  readonly findings: readonly Finding[];
}): JSX.Element {
  const needs = findings.slice(0, NEEDS_MAX).map(({ route, ...rest }) => ({ ...rest, href: hrefOf(route) }));
  const more = findings.length - needs.length;
  return (
    <>
      {needs.length > 0 && <Needs needs={needs} />}
      {more > 0 && <p class="second">And {inWords(more)} more, which the table marks.</p>}
      <OverviewFigures overview={answer} />
      <PlaceTable overview={answer} findings={findings} />
    </>
  );
}

function Loading(): JSX.Element {
  return (
    <Panel title="Queues and topics" isTitleUnseen>
      <Bones rows={8} />
    </Panel>
  );
}

function ReadOnly(): JSX.Element {
  return (
    <Notice>
      Your credential may read here, and nothing else: {roleText()}. Buttons that change something are left out.
    </Notice>
  );
}

function titleOf(answer: Overview | null, findings: readonly Finding[]): string {
  if (answer === null) return "Queues and topics";
  if (answer.totals.unknown === answer.totals.places) return "No figures yet";
  const { length } = findings;
  if (length === 0) return "Nothing needs you";
  return `${capital(inWords(length))} ${length === 1 ? "thing needs" : "things need"} you`;
}

function roleText(): string {
  return roles.value.length === 0 ? "it has no role" : `it has the role ${roles.value.join(" and ")}`;
}
