/** All queues to which dead letters go. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { FigureTime, MessageFigures, PlaceFigures } from "sukkal/client";
import { CopyLine } from "../components/copy-line.tsx";
import { Count } from "../components/figure.tsx";
import { Head } from "../components/head.tsx";
import { Name } from "../components/name.tsx";
import { Bones, Nothing } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { Sign } from "../components/sign.tsx";
import { Table, type Column } from "../components/table.tsx";
import { Tag } from "../components/tag.tsx";
import { now } from "../state/clock.ts";
import { earliest } from "../state/figures.ts";
import { deadLetterQueues, overview, places, seen, sendersTo } from "../state/overview.ts";
import { amount, most, sumOf } from "../text/amounts.ts";
import { distance } from "../text/instants.ts";
import { count, rate } from "../text/numbers.ts";
import { hrefOf } from "../text/routes.ts";
import { inWords } from "../text/words.ts";
import { deadLetters } from "../verdict/dead-letters.ts";

const LEAD =
  "Messages that were claimed more often than their queue allows. They wait here until they are sent back, deleted or expire.";

export function DeadLettersPage(): JSX.Element {
  const rows = deadQueues().toSorted((a, b) => (most(b.messages.total) ?? 0) - (most(a.messages.total) ?? 0));
  const fresh = freshQueues();
  useFiguresOf(rows.filter(({ messages }) => messages.total === null));
  return (
    <>
      <Head title="Dead letters" name="Dead letters" lead={LEAD} />
      <Panel title="Dead-letter queues" isTitleUnseen>
        {overview.answer.value === null ? (
          <Bones rows={4} />
        ) : rows.length === 0 ? (
          <None />
        ) : (
          <Table
            caption="Dead-letter queues, the fullest first"
            rows={rows}
            keyOf={({ name }) => name}
            hrefOf={({ name }) => hrefOf({ page: "place", kind: "queue", name, tab: "dead-letters" })}
            nameLabel="Queue"
            nameMeaning="The queue that has the letters. It opens their page"
            name={({ name }) => ({
              before: <Sign kind={fresh.has(name) ? "act" : null} />,
              link: <Name name={name} />,
            })}
            columns={COLUMNS}
          />
        )}
      </Panel>
    </>
  );
}

/** Asks for the figures of queues that nobody has told of, such as one that its first letter has just created. */
function useFiguresOf(unknown: readonly PlaceFigures[]): void {
  const names = unknown.map(({ name }) => name).join(" ");
  useEffect(() => {
    if (names !== "") overview.askNow({ fresh: true });
  }, [names]);
}

/** How many wait, in the bar. It asks for somebody when some have arrived within the hour. */
export function DeadLetterBadge(): JSX.Element | null {
  const held = sumOf(deadQueues().map(({ messages }) => messages.total));
  if (held === null || most(held) === 0) return null;
  return <Tag tone={freshQueues().size > 0 ? "act" : undefined}>{amount(held, count)}</Tag>;
}

function deadQueues(): readonly PlaceFigures[] {
  return places.value.filter(({ kind, name }) => kind === "queue" && deadLetterQueues.value.has(name));
}

/** Those at which letters have arrived within the hour, by the rule of the verdict. */
function freshQueues(): ReadonlySet<string> {
  const { value: answer } = overview.answer;
  if (answer === null) return new Set();
  const facts = { overview: answer, seen: seen.value, quotas: null, now: Date.parse(answer.at) };
  return new Set(deadLetters(facts).map(({ subject }) => subject));
}

const COLUMNS: readonly Column<PlaceFigures>[] = [
  {
    id: "total",
    label: "Letters",
    meaning: "Messages in this queue, however they came here",
    cardLabel: "Letters",
    sortBy: ({ messages }) => most(messages.total),
    cell: ({ messages }) => <Count value={messages.total} />,
  },
  {
    id: "arrive",
    label: "Arrive /min",
    meaning: "Messages that came from other queues: mean of the last minute",
    cardLabel: "Arrive a minute",
    sortBy: ({ rates }) => rates && rates.adopted,
    cell: ({ rates }) => <Count value={rates && rates.adopted * 60} write={rate} />,
  },
  {
    id: "oldest",
    label: "Oldest",
    meaning: "When the oldest letter was posted: letters keep their age",
    cardLabel: "Oldest",
    cell: ({ messages }) => timeOf(messages.oldest?.created, messages),
  },
  {
    id: "expiry",
    label: "First to expire",
    meaning: "When the first letter is gone, unless it is sent back before",
    isWide: true,
    cell: ({ messages }) => timeOf(messages.first_expiry, messages),
  },
  {
    id: "from",
    label: "From",
    meaning: "The queues whose dead letters go there, the one with most of them first",
    isText: true,
    cell: ({ name }) => <From name={name} />,
  },
];

function timeOf(at: FigureTime | null | undefined, { total }: MessageFigures): JSX.Element | string {
  return at == null ? <Count value={total === 0 ? undefined : null} /> : distance(earliest(at), now.value);
}

/** Names that a row has room for. */
const NAMES_MAX = 2;

function From({ name }: { readonly name: string }): JSX.Element {
  const senders = sendersTo(name).toSorted((a, b) => deadOf(b) - deadOf(a));
  const rest = senders.length - NAMES_MAX;
  return (
    <span class="quiet">
      {senders
        .slice(0, NAMES_MAX)
        .map((sender) => sender.name)
        .join(", ")}
      {rest > 0 && ` and ${inWords(rest)} more`}
    </span>
  );
}

function deadOf({ counters }: PlaceFigures): number {
  return counters?.dead_lettered ?? 0;
}

function None(): JSX.Element {
  return (
    <Nothing>
      <p>
        No dead-letter queue exists: the first dead letter creates it. A queue with the metadata{" "}
        <code>_dead_letter_queue</code> and <code>_max_claim_count</code> moves messages there that are claimed too
        often.
      </p>
      <CopyLine text="sukkal queue set jobs _dead_letter_queue=jobs-dead _max_claim_count=3" />
    </Nothing>
  );
}
