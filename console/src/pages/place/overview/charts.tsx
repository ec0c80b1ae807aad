/** How many messages wait, and how many come and go, over an hour, a day or a week. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Series } from "sukkal/client";
import { Chart, type Line, type Note } from "../../../components/chart.tsx";
import { Choice } from "../../../components/field.tsx";
import { Bones, Failure } from "../../../components/notice.tsx";
import { Panel } from "../../../components/panel.tsx";
import { minute } from "../../../text/instants.ts";
import { count, rate } from "../../../text/numbers.ts";
import type { PlaceKind } from "../../../text/routes.ts";
import { rates, sumOf, timesOf, values } from "../../../text/series.ts";

/** Seconds. */
export const RANGES = {
  hour: { text: "1 hour", seconds: 3600, step: 10, every: "10 s" },
  day: { text: "24 hours", seconds: 86_400, step: 300, every: "5 min" },
  week: { text: "7 days", seconds: 604_800, step: 300, every: "5 min" },
} as const;
export type Range = keyof typeof RANGES;

interface ChartsProps {
  readonly kind: PlaceKind;
  /** null: not known yet. */
  readonly series: Series | null;
  readonly failure: unknown;
  readonly range: Range;
  readonly onRange: (range: Range) => void;
  /** Where the verdict begins. */
  readonly note: Note | null;
}

export function Charts({ kind, series, failure, range, onRange, note }: ChartsProps): JSX.Element {
  const { every } = RANGES[range];
  const drawn = useMemo(() => series && drawingOf(kind, series), [kind, series]);
  const choice = (
    <Choice
      label="Range of both charts"
      value={range}
      onChoose={onRange}
      options={(Object.keys(RANGES) as Range[]).map((value) => ({ value, text: RANGES[value].text }))}
    />
  );
  return (
    <>
      <Panel
        title="Waiting"
        tools={
          <>
            <span class="label">messages, every {every}</span>
            <div class="push">{choice}</div>
          </>
        }
      >
        <div class="panel-body">
          {failure !== null && <Failure what="The past was not read" error={failure} />}
          {drawn === null ? (
            <Bones rows={4} />
          ) : (
            <Lines what="Waiting" drawn={drawn} lines={drawn.waiting} write={count} isWhole note={note} />
          )}
        </div>
      </Panel>
      <Panel title="Flow" tools={<span class="label">messages a second, mean of {every}</span>}>
        <div class="panel-body">
          {drawn === null ? (
            <Bones rows={4} />
          ) : (
            <Lines what="Flow" drawn={drawn} lines={drawn.flow} write={rate} note={note && { ...note, text: "" }} />
          )}
        </div>
      </Panel>
    </>
  );
}

interface Drawing {
  readonly times: readonly number[];
  readonly waiting: readonly Line[];
  readonly flow: readonly Line[];
}

function drawingOf(kind: PlaceKind, { messages, counters, step, from }: Series): Drawing {
  const times = timesOf({ from, step }, messages.total.length);
  const posted = rates(sumOf(counters.posted, counters.adopted), step);
  const flow: readonly Line[] = [{ label: "Posted", tone: "in", isDashed: true, values: posted }];
  if (kind === "topic")
    return {
      times,
      waiting: [{ label: "Kept", tone: "free", hasArea: true, values: values(messages.total) }],
      flow,
    };
  return {
    times,
    waiting: [
      { label: "Free", tone: "free", hasArea: true, values: values(messages.free) },
      { label: "Claimed", tone: "held", values: values(messages.claimed) },
    ],
    flow: [
      ...flow,
      { label: "Deleted", tone: "out", values: rates(counters.deleted, step) },
      { label: "Dead letters", tone: "dead", values: rates(counters.dead_lettered, step) },
    ],
  };
}

interface LinesProps {
  readonly what: string;
  readonly drawn: Drawing;
  readonly lines: readonly Line[];
  readonly write: (value: number) => string;
  readonly isWhole?: boolean;
  readonly note: Note | null;
}

function Lines({ what, drawn: { times }, lines, write, isWhole, note }: LinesProps): JSX.Element {
  const label = [`${what}.`, ...lines.map((line) => heard(line, times, write)), note === null ? "" : note.text]
    .filter(Boolean)
    .join(" ");
  return <Chart {...{ label, times, lines, write, note }} {...(isWhole === true && { isWhole })} cursor="place" />;
}

/** What readers of the screen hear of a line: its first, its largest and its last value that are known. */
function heard({ label, values: column }: Line, times: readonly number[], write: (value: number) => string): string {
  const known = column.flatMap((value, index) => (value === null ? [] : [{ value, at: times[index] ?? 0 }]));
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return `${label}: nothing is known.`;
  const top = known.reduce((best, each) => (each.value > best.value ? each : best));
  const said = ({ value, at }: typeof first): string => `${write(value)} at ${minute(at, last.at)}`;
  return `${label}: ${said(first)}, at most ${said(top)}, ${said(last)}.`;
}
