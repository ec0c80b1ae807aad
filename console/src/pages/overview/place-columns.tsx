/** The columns of the table of queues and topics. A topic keeps no messages for consumers, so most do not apply to it. */
import { Count } from "../../components/figure.tsx";
import type { Column } from "../../components/table.tsx";
import { Tag } from "../../components/tag.tsx";
import { Trend } from "../../components/trend.tsx";
import { now } from "../../state/clock.ts";
import type { PlaceFigures } from "sukkal/client";
import { earliest, growthPerMinute } from "../../state/figures.ts";
import { deadLetterQueues, trends } from "../../state/overview.ts";
import { trendOf } from "../../state/trends.ts";
import { amount, least, most, type Amount } from "../../text/amounts.ts";
import { briefDuration } from "../../text/durations.ts";
import { change, count, rate } from "../../text/numbers.ts";
import type { Severities } from "../../verdict/severities.ts";

type PlaceColumn = Column<PlaceFigures>;

export function placeColumns(severities: Severities): readonly PlaceColumn[] {
  const isBehind = ({ name }: PlaceFigures): boolean =>
    severities.get(name) === "act" && !deadLetterQueues.value.has(name);
  return [
    trendColumn(severities),
    {
      id: "free",
      label: "Free",
      meaning: "Messages that a claim can get now",
      cardLabel: "Free",
      sortBy: ({ messages }) => most(messages.free),
      cell: (place) => <Count value={ofQueue(place, place.messages.free)} />,
    },
    {
      id: "change",
      label: "Change /min",
      meaning: "Messages that came in, less those that went out, a minute: mean of the last minute",
      cardLabel: "Change a minute",
      sortBy: growthPerMinute,
      tone: (place) => (severities.has(place.name) && (growthPerMinute(place) ?? 0) >= 1 ? "watch" : undefined),
      cell: (place) => <Count value={ofQueue(place, growthPerMinute(place))} write={change} />,
    },
    {
      id: "oldest",
      label: "Oldest",
      meaning: "The age of the oldest message, claimed or not",
      cardLabel: "Oldest",
      sortBy: ({ messages }) => most(messages.oldest?.age ?? null),
      tone: (place) => (isBehind(place) ? "act" : undefined),
      cell: (place) => <Oldest place={place} />,
    },
    {
      id: "claimed",
      label: "Claimed",
      meaning: "Messages under live claims",
      sortBy: ({ messages }) => most(messages.claimed),
      cell: (place) => <Count value={ofQueue(place, place.messages.claimed)} />,
    },
    ...FLOW,
    {
      id: "dead",
      label: "Dead letters",
      meaning: "Messages that have left it for its dead-letter queue, since the service counts",
      sortBy: ({ counters }) => counters && counters.dead_lettered,
      cell: (place) => <Dead place={place} />,
    },
  ];
}

const FLOW: readonly PlaceColumn[] = [
  {
    id: "posted",
    label: "Posted /s",
    meaning: "Messages from clients and from other queues: mean of the last minute",
    isWide: true,
    sortBy: ({ rates }) => rates && rates.posted + rates.adopted,
    cell: ({ rates }) => <Count value={rates && rates.posted + rates.adopted} write={rate} />,
  },
  {
    id: "deleted",
    label: "Deleted /s",
    meaning: "Messages that are done: mean of the last minute",
    isWide: true,
    sortBy: ({ rates }) => rates && rates.deleted,
    cell: (place) => <Count value={ofQueue(place, place.rates && place.rates.deleted)} write={rate} />,
  },
];

function trendColumn(severities: Severities): PlaceColumn {
  return {
    id: "trend",
    label: "Free, last hour",
    meaning: "Free messages at every 5 minutes of the last hour, and now",
    isWide: true,
    isText: true,
    cell: (place) =>
      place.kind === "queue" && (
        <Trend values={trendOf(trends.value, place)} isMarked={severities.get(place.name) === "act"} />
      ),
  };
}

function ofQueue({ kind }: PlaceFigures, value: Amount): Amount | undefined {
  return kind === "queue" ? value : undefined;
}

/** The age grows by itself between two answers. */
function Oldest({ place: { kind, messages, certainty } }: { readonly place: PlaceFigures }) {
  if (kind === "topic") return <span class="none">-</span>;
  if (certainty === "unknown") return <span class="none">?</span>;
  if (messages.oldest === null)
    return <span class="none">{least(messages.total) > 0 || messages.total === null ? "?" : "none"}</span>;
  return <>{briefDuration(Math.max(0, now.value - earliest(messages.oldest.created)))}</>;
}

/** How many have left it for its dead-letter queue, since the service counts. */
function Dead({ place: { kind, name, counters, rates, dead_letter_queue: target } }: { readonly place: PlaceFigures }) {
  if (kind === "topic" || deadLetterQueues.value.has(name)) return <span class="none">-</span>;
  if (counters === null) return <span class="none">?</span>;
  const { dead_lettered: dead, exact: isExact } = counters;
  if (dead === 0 || target == null) return <Count value={dead} />;
  const text = amount(isExact ? dead : { min: dead }, count);
  return <Tag tone={(rates?.dead_lettered ?? 0) > 0 ? "act" : undefined}>{text}</Tag>;
}
