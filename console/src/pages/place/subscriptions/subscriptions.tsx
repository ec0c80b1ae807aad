/** The subscriptions of a queue or topic, those that fail first. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Subscription } from "sukkal/client";
import { Button } from "../../../components/button.tsx";
import { CopyLine } from "../../../components/copy-line.tsx";
import { Count } from "../../../components/figure.tsx";
import { Name } from "../../../components/name.tsx";
import { Bones, Failure, Nothing } from "../../../components/notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { Sign } from "../../../components/sign.tsx";
import { Table, type Column } from "../../../components/table.tsx";
import { Distance } from "../../../components/time.tsx";
import { usePoll } from "../../../components/use-poll.ts";
import { now } from "../../../state/clock.ts";
import { mayWrite, refusalOf } from "../../../state/service.ts";
import { distance } from "../../../text/instants.ts";
import { hrefOf } from "../../../text/routes.ts";
import { isFailing } from "../../../verdict/subscribers.ts";
import { clientOfPlace, type PlaceData } from "../place-data.ts";
import { SubscriptionForm } from "./subscription-form.tsx";

/** More would be many requests. */
const ROWS_MAX = 100;
const PAGE_SIZE = 20;
/** Milliseconds. */
const PERIOD = 5000;

interface Row extends Subscription {
  readonly pending: number | null;
  readonly failed: number | null;
  /** Of a subscriber that takes nothing; null: it takes what it gets, or that is not known. */
  readonly since: string | null;
  readonly fails: boolean;
}

export function SubscriptionsTab({ place }: { readonly place: PlaceData }): JSX.Element {
  const { kind, name, figures } = place;
  const [isAdding, setAdding] = useState(false);
  const poll = usePoll<readonly Subscription[]>(`${kind}/${name}/subscriptions`, {
    period: PERIOD,
    ask: async ({ signal }) => {
      const found: Subscription[] = [];
      for await (const each of clientOfPlace(place).subscriptions.list({ limit: PAGE_SIZE, signal })) {
        found.push(each);
        if (found.length === ROWS_MAX) break;
      }
      return found;
    },
    newsOf: (found) => found.map(({ age: _, ...rest }) => rest),
  });
  const { value: answer } = poll.answer;
  const rows = (answer ?? []).map((each) => rowOf(each, figures)).toSorted((a, b) => badness(b) - badness(a));
  const add = mayWrite.value && (
    <div class="push">
      <Button isSmall icon="plus" refusal={refusalOf("subscription:create", name)} onPress={() => setAdding(true)}>
        Add subscription
      </Button>
    </div>
  );
  return (
    <Panel
      title="Subscriptions"
      tools={add === false ? undefined : add}
      foot={rows.length === ROWS_MAX ? `The first ${ROWS_MAX}, in the order of their creation.` : undefined}
    >
      {poll.failure.value !== null && <Failure what="The subscriptions were not read" error={poll.failure.value} />}
      {answer === null ? (
        <Bones rows={3} />
      ) : rows.length === 0 ? (
        <Nothing>
          <p>Nobody has subscribed. A subscriber gets a copy of every message; the message stays.</p>
          <CopyLine
            text={`sukkal sub add ${name}${kind === "topic" ? " --topic" : ""} https://receiver.example/hook --ttl 365d`}
          />
        </Nothing>
      ) : (
        <Table
          caption={`Subscriptions of ${name}`}
          rows={rows}
          keyOf={({ id }) => id}
          hrefOf={({ id }) => hrefOf({ page: "subscription", kind, name, id })}
          nameLabel="Subscriber"
          nameMeaning="Who gets a copy of every message. It opens the subscription"
          name={({ subscriber, fails }) => ({
            before: <Sign kind={fails ? "watch" : null} />,
            link: <Name name={subscriber} />,
          })}
          columns={COLUMNS}
        />
      )}
      {isAdding && <SubscriptionForm place={place} subscription={null} onClose={() => setAdding(false)} />}
    </Panel>
  );
}

/** Who is not among those that fail has nothing that waits for a retry. */
function rowOf(subscription: Subscription, figures: PlaceData["figures"]): Row {
  const known = figures?.subscriptions ?? null;
  const found = known?.failing.find(({ id }) => id === subscription.id);
  const { pending = 0, failed = 0, since = null } = found ?? {};
  const fails = found !== undefined && isFailing(found, now.value);
  return { ...subscription, pending: known && pending, failed: known && failed, since, fails };
}

function badness({ failed, pending, since }: Row): number {
  return (failed ?? 0) * 1e6 + (since === null ? 0 : 1e5) + (pending ?? 0);
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: "since",
    label: "Fails since",
    meaning: "Since then no attempt has arrived",
    cell: ({ since }) => (since === null ? <Count value={undefined} /> : <Distance at={Date.parse(since)} />),
  },
  {
    id: "pending",
    label: "To send",
    meaning: "Notifications that wait for an attempt",
    cardLabel: "To send",
    cell: ({ pending }) => <Count value={pending} />,
  },
  {
    id: "failed",
    label: "Given up",
    meaning: "Notifications that are kept, and can be sent again",
    cardLabel: "Given up",
    tone: ({ failed }) => ((failed ?? 0) > 0 ? "watch" : undefined),
    cell: ({ failed }) => <Count value={failed} />,
  },
  {
    id: "end",
    label: "Ends",
    meaning: "When its ttl is over. The subscriber gets nothing from then on",
    cardLabel: "Ends",
    cell: ({ expires_at: end }) => (end === undefined ? <Count value={null} /> : distance(Date.parse(end), now.value)),
  },
];
