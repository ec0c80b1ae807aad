/** One project, as an operator sees it: its sums, what it has done, its quotas, and the way into it. */
import type { JSX } from "preact";
import type { MessageCounts, ProjectUsage, QuotaReport } from "sukkal/client";
import { CopyCurl } from "../../components/copy-curl.tsx";
import { CopyLine } from "../../components/copy-line.tsx";
import { Count, Figure, Figures } from "../../components/figure.tsx";
import { Head } from "../../components/head.tsx";
import { Bones, Failure } from "../../components/notice.tsx";
import { Panel } from "../../components/panel.tsx";
import { Instant } from "../../components/time.tsx";
import { usePoll } from "../../components/use-poll.ts";
import { signedIn } from "../../state/session.ts";
import { most } from "../../text/amounts.ts";
import { bytesPart } from "../../text/bytes.ts";
import { limit } from "../../text/limits.ts";
import { exact } from "../../text/numbers.ts";
import { hrefOf } from "../../text/routes.ts";
import { counted } from "../../text/words.ts";
import { LookInside } from "./look-inside.tsx";

/** Milliseconds. */
const PERIOD = 10_000;

const COUNTERS: readonly (readonly [keyof MessageCounts, string])[] = [
  ["posted", "Posted"],
  ["claimed", "Claimed, each time again"],
  ["deleted", "Deleted: done, popped or purged"],
  ["released", "Released by their consumers"],
  ["lapsed", "Released because a lease was over"],
  ["dead_lettered", "Became dead letters"],
  ["expired", "Expired before they were deleted"],
];

interface Answer {
  readonly usage: ProjectUsage;
  readonly quotas: QuotaReport;
}

export function ProjectPage({ name }: { readonly name: string }): JSX.Element {
  const poll = usePoll<Answer>(`project/${name}`, {
    period: PERIOD,
    ask: async ({ signal }) => {
      const [usage, quotas] = await Promise.all([
        signedIn().usage({ project_id: name, signal }),
        signedIn().quotas.get(name, { signal }),
      ]);
      return { usage, quotas };
    },
    newsOf: ({ usage: { at: _, ...usage }, quotas }) => [usage, quotas],
  });
  const { value: answer } = poll.answer;
  return (
    <>
      <Head
        title={<bdi>{name}</bdi>}
        name={name}
        crumbs={[{ text: "Projects", href: hrefOf({ page: "projects" }) }, { text: name }]}
        lead="The sums over its queues and topics. Which of them need somebody can be seen from the inside."
      />
      {poll.failure.value !== null && <Failure what="The project was not read" error={poll.failure.value} />}
      {answer === null ? <Bones rows={4} /> : <Known name={name} {...answer} />}
    </>
  );
}

function Known({ name, usage, quotas }: Answer & { readonly name: string }): JSX.Element {
  return (
    <>
      <Sums usage={usage} />
      <div class="two">
        <Done usage={usage} />
        <div class="stack beside">
          <LookInside project={name} />
          <Panel title="Quotas">
            <dl class="facts panel-body">
              {Object.entries(quotas).map(([quota, { limit: allowed, used }]) => (
                <>
                  <dt>
                    <span class="id">{quota}</span>
                  </dt>
                  <dd>
                    {used !== undefined && `${exact(used)}${allowed === -1 ? ", " : " of "}`}
                    {limit(quota, allowed)}
                  </dd>
                </>
              ))}
            </dl>
          </Panel>
          <Panel
            title="From a terminal"
            tools={
              <div class="push">
                <CopyCurl path={`v2/usage?project_id=${encodeURIComponent(name)}`} />
              </div>
            }
          >
            <div class="panel-body">
              <CopyLine text={`sukkal usage --project ${name}\nsukkal quota set queues=200 --project ${name}`} />
            </div>
          </Panel>
        </div>
      </div>
    </>
  );
}

function Sums({ usage }: { readonly usage: ProjectUsage }): JSX.Element {
  const { messages, places, unknown, unconfirmed, waiting_claims: waiting, bytes } = usage;
  const stored = most(bytes);
  const unclear = unknown + unconfirmed;
  return (
    <Figures>
      <Figure
        label="Queues and topics"
        value={places}
        why={unclear === 0 ? "all are known" : `${exact(unclear)} of them not known of now`}
      />
      <Figure label="Free" value={messages.free} why="can be claimed now" />
      <Figure label="Claimed" value={messages.claimed} why="leased to consumers" />
      <Figure label="Delayed" value={messages.delayed} why="cannot be claimed yet" />
      <Figure label="Waiting claims" value={waiting} why="consumers without work, at most" />
      <Figure
        label="Stored"
        value={stored === null ? null : [bytesPart(stored)]}
        why={`in ${counted(places, "queue or topic", "queues and topics")}`}
      />
    </Figures>
  );
}

function Done({ usage: { counters } }: { readonly usage: ProjectUsage }): JSX.Element {
  return (
    <Panel
      title="What was done"
      tools={
        <span class="label">
          messages since <Instant at={Date.parse(counters.since)} />
        </span>
      }
    >
      <table class="table">
        <caption class="unseen">Messages by what happened to them</caption>
        <tbody>
          {COUNTERS.map(([counter, text]) => (
            <tr key={counter}>
              <th scope="row">{text}</th>
              <td class="n">
                <Count value={counters.exact ? counters[counter] : { min: counters[counter] }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
