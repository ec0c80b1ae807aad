/** The quotas of the project, and how much of each is used. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { PlaceFigures, QuotaReport } from "sukkal/client";
import { CopyCurl } from "../components/copy-curl.tsx";
import { CopyLine } from "../components/copy-line.tsx";
import { Head } from "../components/head.tsx";
import { Bones, Failure } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { places } from "../state/overview.ts";
import { Poll } from "../state/poll.ts";
import { project } from "../state/service.ts";
import { signedIn } from "../state/session.ts";
import { most, type Amount } from "../text/amounts.ts";
import { bytes } from "../text/bytes.ts";
import { limit } from "../text/limits.ts";
import { exact, percent } from "../text/numbers.ts";
import { hrefOf } from "../text/routes.ts";
import { THRESHOLDS } from "../verdict/thresholds.ts";

interface Quota {
  readonly name: string;
  readonly text: string;
  readonly meaning: string;
  /** Of one queue or topic; absent: it is of the whole project. */
  readonly usedBy?: (place: PlaceFigures) => Amount;
  readonly write?: (value: number) => string;
}

const QUOTAS: readonly Quota[] = [
  { name: "queues", text: "Queues and topics", meaning: "of the project" },
  {
    name: "messages_per_queue",
    text: "Messages",
    meaning: "of each queue or topic",
    usedBy: ({ messages }) => messages.total,
  },
  {
    name: "bytes_per_queue",
    text: "Storage",
    meaning: "of each queue or topic",
    usedBy: ({ bytes: stored }) => stored,
    write: bytes,
  },
  {
    name: "subscriptions_per_queue",
    text: "Subscriptions",
    meaning: "of each queue or topic",
    usedBy: ({ subscriptions }) => subscriptions?.count ?? null,
  },
  {
    name: "requests_per_second",
    text: "Requests a second",
    meaning: "of the project, in each data centre",
  },
];

const quotas = new Poll<QuotaReport>({ ask: ({ signal }) => signedIn().quotas.get(undefined, { signal }) });

export function QuotasPage(): JSX.Element {
  useEffect(() => quotas.start(), []);
  const { answer, failure } = quotas;
  return (
    <>
      <Head
        title="Quotas"
        name="Quotas"
        lead="What goes beyond a quota is refused, and changes nothing."
        actions={<CopyCurl path="v2/quotas" />}
      />
      {failure.value !== null && answer.value === null && (
        <Failure what="The quotas were not read" error={failure.value} />
      )}
      <Panel title="Quotas" isTitleUnseen>
        {answer.value === null ? <Bones rows={QUOTAS.length} /> : <QuotaTable report={answer.value} />}
      </Panel>
      <p class="second">An operator of the service changes them, from a terminal:</p>
      <CopyLine text={`sukkal quota set queues=200 --project ${project.value ?? "PROJECT"}`} />
    </>
  );
}

function QuotaTable({ report }: { readonly report: QuotaReport }): JSX.Element {
  return (
    <table class="table">
      <caption class="unseen">Quotas of the project</caption>
      <thead>
        <tr>
          <th scope="col" title="What is limited">
            Quota
          </th>
          <th scope="col" class="n" title="Of the whole project, or of the queue or topic that uses most">
            Used
          </th>
          <th scope="col" class="n" title="What an operator of the service has set">
            Limit
          </th>
          <th scope="col" class="at-desk" title="The queue or topic that uses most of it">
            Used most by
          </th>
        </tr>
      </thead>
      <tbody>
        {QUOTAS.filter(({ name }) => report[name] !== undefined).map((quota) => (
          <QuotaRow
            key={quota.name}
            quota={quota}
            limit={report[quota.name]?.limit ?? -1}
            used={report[quota.name]?.used}
          />
        ))}
      </tbody>
    </table>
  );
}

function QuotaRow({
  quota: { name, text, meaning, usedBy, write = exact },
  limit: allowed,
  used,
}: {
  readonly quota: Quota;
  readonly limit: number;
  readonly used: number | undefined;
}): JSX.Element {
  const fullest = usedBy === undefined ? null : largest(usedBy);
  const value = used ?? fullest?.value ?? null;
  const isTight = value !== null && allowed > 0 && value > THRESHOLDS.quotaUsed * allowed;
  const share = value === null || allowed <= 0 ? "" : `, ${percent(value, allowed)}`;
  return (
    <tr>
      <th scope="row" class="fill">
        {text} <span class="quiet at-desk">{meaning}</span>
      </th>
      <td class={isTight ? "n is-watch" : "n"}>
        {value === null ? <span class="none">-</span> : write(value) + share}
      </td>
      <td class="n">{limit(name, allowed)}</td>
      <td class="at-desk">
        {fullest !== null && fullest.value > 0 && (
          <a href={hrefOf({ page: "place", kind: fullest.kind, name: fullest.name, tab: "overview" })}>
            {fullest.name}
          </a>
        )}
      </td>
    </tr>
  );
}

/** The queue or topic that uses most; null: none is known. */
function largest(usedBy: (place: PlaceFigures) => Amount): (PlaceFigures & { readonly value: number }) | null {
  return places.value
    .map((place) => ({ ...place, value: most(usedBy(place)) ?? -1 }))
    .reduce<(PlaceFigures & { readonly value: number }) | null>(
      (best, each) => (each.value > (best?.value ?? -1) ? each : best),
      null,
    );
}
