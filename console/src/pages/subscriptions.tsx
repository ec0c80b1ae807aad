/** All subscriptions of the project: those that fail, and the queues and topics that have some. */
import type { JSX } from "preact";
import type { PlaceFigures, SubscriptionFigures } from "sukkal/client";
import { CopyLine } from "../components/copy-line.tsx";
import { Count } from "../components/figure.tsx";
import { Head } from "../components/head.tsx";
import { Name } from "../components/name.tsx";
import { Bones, Nothing } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { Sign } from "../components/sign.tsx";
import { Table, type Column } from "../components/table.tsx";
import { Tag } from "../components/tag.tsx";
import { Distance } from "../components/time.tsx";
import { usePoll } from "../components/use-poll.ts";
import { now } from "../state/clock.ts";
import { keyOf } from "../state/figures.ts";
import { overview, places } from "../state/overview.ts";
import { most } from "../text/amounts.ts";
import { exact } from "../text/numbers.ts";
import { hrefOf } from "../text/routes.ts";
import { unlessMissing } from "../state/missing.ts";
import { isFailing } from "../verdict/subscribers.ts";
import { clientOfPlace } from "./place/place-data.ts";

const LEAD = "Webhooks, mailboxes and services that get a copy of every message. Those that fail come first.";
/** Subscribers that are asked for by name. */
const NAMES_MAX = 20;

type Failing = SubscriptionFigures["failing"][number] & { readonly place: PlaceFigures };

export function SubscriptionsPage(): JSX.Element {
  const failing = failingOnes();
  const rows = places.value
    .filter(({ subscriptions }) => (subscriptions?.count ?? 0) > 0)
    .toSorted((a, b) => givenUp(b) - givenUp(a));
  return (
    <>
      <Head title="Subscriptions" name="Subscriptions" lead={LEAD} />
      {failing.length > 0 && <FailingTable failing={failing} />}
      <Panel title="Queues and topics with subscriptions">
        {overview.answer.value === null ? (
          <Bones rows={4} />
        ) : rows.length === 0 ? (
          <Nothing>
            <p>Nothing has a subscription yet. The tab Subscriptions of a queue or topic adds one, or a terminal:</p>
            <CopyLine text="sukkal sub add jobs https://receiver.example/hook --ttl 365d" />
          </Nothing>
        ) : (
          <Table
            caption="Queues and topics with subscriptions"
            rows={rows}
            keyOf={keyOf}
            hrefOf={({ kind, name }) => hrefOf({ page: "place", kind, name, tab: "subscriptions" })}
            nameLabel="Name"
            nameMeaning="A queue or topic. It opens its subscriptions"
            name={({ kind, name }) => ({ link: <Name name={name} />, after: kind === "topic" && <Tag>topic</Tag> })}
            columns={COLUMNS}
          />
        )}
      </Panel>
    </>
  );
}

/** How many subscribers do not take what is sent to them. */
export function SubscriptionBadge(): JSX.Element | null {
  const { length } = failingOnes().filter((each) => isFailing(each, now.value));
  return length === 0 ? null : <Tag tone="watch">{exact(length)}</Tag>;
}

function failingOnes(): readonly Failing[] {
  return places.value
    .flatMap((place) => (place.subscriptions?.failing ?? []).map((each) => ({ ...each, place })))
    .toSorted((a, b) => b.failed - a.failed || sinceOf(a) - sinceOf(b) || b.pending - a.pending);
}

function sinceOf({ since }: Failing): number {
  return since === null ? Number.MAX_VALUE : Date.parse(since);
}

function givenUp({ subscriptions }: PlaceFigures): number {
  return subscriptions?.given_up ?? 0;
}

function FailingTable({ failing }: { readonly failing: readonly Failing[] }): JSX.Element {
  const names = useSubscribers(failing.slice(0, NAMES_MAX));
  return (
    <Panel title="Not everything has arrived">
      <Table
        caption="Subscriptions with notifications that have not arrived"
        rows={failing}
        keyOf={({ id }) => id}
        hrefOf={({ place: { kind, name }, id }) => hrefOf({ page: "subscription", kind, name, id })}
        nameLabel="Subscriber"
        nameMeaning="Who does not take what is sent. It opens the subscription"
        name={(each) => ({
          before: <Sign kind={isFailing(each, now.value) ? "watch" : null} />,
          link: <Name name={names.get(each.id) ?? each.id} />,
        })}
        columns={FAILING_COLUMNS}
      />
    </Panel>
  );
}

/** The addresses of subscribers, by the ids of their subscriptions. */
function useSubscribers(failing: readonly Failing[]): ReadonlyMap<string, string> {
  const key = failing.map(({ id }) => id).join(" ");
  const poll = usePoll<ReadonlyMap<string, string>>(`subscribers/${key}`, {
    ask: async ({ signal }) => {
      const names = await Promise.all(
        failing.map(async ({ place, id }) => {
          // One that has just been deleted leaves the others their names.
          const found = await unlessMissing(clientOfPlace(place).subscriptions.get(id, { signal }));
          return [id, found?.subscriber ?? id] as const;
        }),
      );
      return new Map(names);
    },
    newsOf: (found) => [...found],
  });
  return poll.answer.value ?? new Map<string, string>();
}

const FAILING_COLUMNS: readonly Column<Failing>[] = [
  {
    id: "of",
    label: "Of",
    meaning: "The queue or topic whose messages it gets",
    cardLabel: "Of",
    isText: true,
    cell: ({ place: { name } }) => name,
  },
  {
    id: "since",
    label: "Fails since",
    meaning: "Since then no attempt has arrived",
    cardLabel: "Fails since",
    cell: ({ since }) => (since === null ? <Count value={undefined} /> : <Distance at={Date.parse(since)} />),
  },
  {
    id: "pending",
    label: "To send",
    meaning: "Notifications that wait for an attempt",
    sortBy: ({ pending }) => pending,
    cell: ({ pending }) => <Count value={pending} />,
  },
  {
    id: "failed",
    label: "Given up",
    meaning: "Notifications that are kept, and can be sent again",
    cardLabel: "Given up",
    sortBy: ({ failed }) => failed,
    tone: ({ failed }) => (failed > 0 ? "watch" : undefined),
    cell: ({ failed }) => <Count value={failed} />,
  },
];

const COLUMNS: readonly Column<PlaceFigures>[] = [
  {
    id: "count",
    label: "Subscriptions",
    meaning: "Those that have not ended",
    cardLabel: "Subscriptions",
    sortBy: ({ subscriptions }) => subscriptions?.count ?? null,
    cell: ({ subscriptions }) => <Count value={subscriptions?.count ?? null} />,
  },
  {
    id: "pending",
    label: "To send",
    meaning: "Notifications that wait for an attempt, of all its subscriptions",
    cardLabel: "To send",
    sortBy: ({ subscriptions }) => most(subscriptions?.pending ?? null),
    cell: ({ subscriptions }) => <Count value={subscriptions?.pending ?? null} />,
  },
  {
    id: "given-up",
    label: "Given up",
    meaning: "Notifications that were given up since the service counts, also those that were sent again",
    cardLabel: "Given up",
    sortBy: givenUp,
    cell: (place) => <Count value={givenUp(place)} />,
  },
  {
    id: "arrived",
    label: "Arrived",
    meaning: "Attempts that arrived, since the service counts",
    isWide: true,
    cell: ({ subscriptions }) => <Count value={subscriptions?.attempts.delivered ?? null} />,
  },
  {
    id: "failed",
    label: "Failed attempts",
    meaning: "Attempts that did not arrive, since the service counts",
    isWide: true,
    cell: ({ subscriptions }) => <Count value={subscriptions?.attempts.failed ?? null} />,
  },
];
