/** Six figures of a queue, or those of a topic. */
import type { JSX } from "preact";
import type { FigureTime, PlaceFigures } from "sukkal/client";
import { Figure, Figures } from "../../../components/figure.tsx";
import { now } from "../../../state/clock.ts";
import { earliest, growthPerMinute } from "../../../state/figures.ts";
import { service } from "../../../state/service.ts";
import { most } from "../../../text/amounts.ts";
import { byteLimit, bytes as writeBytes, bytesPart } from "../../../text/bytes.ts";
import { durationParts, type Part } from "../../../text/durations.ts";
import { instant } from "../../../text/instants.ts";
import { count, percent, rate } from "../../../text/numbers.ts";
import { counted } from "../../../text/words.ts";
import { THRESHOLDS } from "../../../verdict/thresholds.ts";

interface FiguresProps {
  readonly figures: PlaceFigures;
}

export function PlaceFiguresRow({ figures }: FiguresProps): JSX.Element {
  return figures.kind === "queue" ? <QueueFigures figures={figures} /> : <TopicFigures figures={figures} />;
}

function QueueFigures({ figures }: FiguresProps): JSX.Element {
  const { messages, consumers = [] } = figures;
  const growth = growthPerMinute(figures) ?? 0;
  const claims = consumers.reduce((total, each) => total + (each.claims ?? 0), 0);
  const isGrowing = Math.round(growth) >= 60 * THRESHOLDS.growthAtLeast && (most(messages.free) ?? 1) > 0;
  return (
    <Figures>
      <Figure
        label="Free"
        value={messages.free}
        why={isGrowing ? `${count(Math.round(growth))} more a minute` : "can be claimed now"}
      />
      <Age figures={figures} />
      <Expiry figures={figures} />
      <Figure
        label="Claimed"
        value={messages.claimed}
        why={claims === 0 ? "leased to consumers" : `under ${counted(claims, "claim")}`}
      />
      <Figure label="Delayed" value={messages.delayed} why="cannot be claimed yet" />
      <Stored figures={figures} />
    </Figures>
  );
}

function TopicFigures({ figures }: FiguresProps): JSX.Element {
  const { messages, rates, subscriptions } = figures;
  return (
    <Figures>
      <Figure label="Kept" value={messages.total} why="until they expire" />
      <Age figures={figures} />
      <Expiry figures={figures} />
      <Figure label="Posted" value={rates && rates.posted} unit="/s" write={rate} why="mean of the last minute" />
      <Figure
        label="Notifications to send"
        value={subscriptions === null ? 0 : subscriptions.pending}
        why={`to ${counted(subscriptions?.count ?? 0, "subscriber")}`}
      />
      <Stored figures={figures} />
    </Figures>
  );
}

const NONE: readonly Part[] = [{ value: "none", unit: "" }];

/** Without messages there is none; null: it is not known whether there are. */
function noneOf({ messages }: PlaceFigures): readonly Part[] | null {
  return most(messages.total) === 0 ? NONE : null;
}

/** Of a time that is not exact the worse bound is shown. */
function bounded(time: FigureTime, ms: number): readonly Part[] {
  const [first, ...rest] = durationParts(ms);
  if (typeof time === "string" || first === undefined) return durationParts(ms);
  return [{ ...first, value: `≤ ${first.value}` }, ...rest];
}

function Age({ figures }: FiguresProps): JSX.Element {
  const { oldest } = figures.messages;
  if (oldest === null) return <Figure label="Oldest" value={noneOf(figures)} why="no message waits" />;
  const at = earliest(oldest.created);
  return (
    <Figure
      label="Oldest"
      value={bounded(oldest.created, Math.max(0, now.value - at))}
      why={`posted ${instant(at, now.value)}`}
    />
  );
}

function Expiry({ figures }: FiguresProps): JSX.Element {
  const { first_expiry: expiry } = figures.messages;
  if (expiry === null) return <Figure label="First to expire" value={noneOf(figures)} why="nothing is lost" />;
  const at = earliest(expiry);
  const parts = durationParts(Math.max(0, at - now.value));
  return <Figure label="First to expire" value={parts} why={`at ${instant(at, now.value)}, unless deleted first`} />;
}

/** A smaller part of a quota would be written as 0.0 %. */
const SHARE_MIN = 0.001;
/** A queue with a smaller load is far from any limit. */
const LOAD_SHOWN = 0.05;

/** On how many objects a queue is, if it is spread, and how much of one its load is, if that is something. */
function whereOf({ spread, load = 0 }: PlaceFigures): string {
  const share = spread === undefined ? load : spread.load;
  const loaded = share === null || share < LOAD_SHOWN ? "" : `, load ${percent(share, 1)} of one object`;
  return spread === undefined ? loaded : `, on ${spread.objects} objects (${spread.phase})${loaded}`;
}

function Stored({ figures }: FiguresProps): JSX.Element {
  const { bytes, messages } = figures;
  const where = whereOf(figures);
  const quota = service.value?.quotas?.["bytes_per_queue"] ?? -1;
  const share = bytes !== null && bytes < SHARE_MIN * quota ? "under 0.1 %" : percent(bytes ?? 0, quota);
  // Its tables stay when its messages go.
  if (most(messages.total) === 0)
    return (
      <Figure
        label="Stored"
        value={NONE}
        why={(bytes === null ? "no message" : `its own tables have ${writeBytes(bytes)}`) + where}
      />
    );
  const why = quota > 0 && bytes !== null ? `${share} of the quota of ${byteLimit(quota)}` : "no quota";
  return <Figure label="Stored" value={bytes === null ? null : [bytesPart(bytes)]} why={why + where} />;
}
