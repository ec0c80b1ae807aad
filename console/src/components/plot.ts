/** The drawing of a chart, which is a file of its own, because pages without a chart load no uPlot. */
import UPlot from "uplot";
import { minute } from "../text/instants.ts";

/** Pixels. */
const HEIGHT = 180;
const NOTE_GAP = 6;
const NOTE_TOP = 4;

/** The distances of whole numbers on an axis: 1, 2, 5, 10, and so on. */
const WHOLE = Array.from({ length: 15 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

const FONT = "11px system-ui, sans-serif";

export interface Line {
  readonly label: string;
  /** `tone-free` and others of chart.css. Two lines of one chart differ in dash or in place, too. */
  readonly tone: "free" | "held" | "in" | "out" | "dead";
  readonly hasArea?: boolean;
  readonly isDashed?: boolean;
  /** null: a gap. */
  readonly values: readonly (number | null)[];
}

/** Where something began. */
export interface Note {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Empty: the line says it. */
  readonly text: string;
}

export interface Drawing {
  readonly element: HTMLElement;
  readonly lines: readonly Line[];
  readonly write: (value: number) => string;
  /** Whether there is nothing between two whole numbers. */
  readonly isWhole: boolean;
  readonly cursor: string;
  readonly onCursor: (index: number | null) => void;
  readonly note: () => Note | null;
}

function optionsOf({ element, lines, write, isWhole, cursor, onCursor, note }: Drawing): UPlot.Options {
  const colour = colourReader(element);
  const grid = { stroke: colour("grid"), width: 1 };
  const axis = { stroke: colour("in"), grid, ticks: { show: false }, font: FONT };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { sync: { key: cursor }, y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.05 : 1] } },
    axes: [
      { ...axis, size: 30, values: (_plot, splits) => splits.map((split) => timeOf(split * 1000)) },
      {
        ...axis,
        size: 52,
        ...(isWhole ? { incrs: WHOLE } : {}),
        values: (_plot, splits) => splits.map((split) => write(split)),
      },
    ],
    series: [
      {},
      ...lines.map(({ tone, hasArea, isDashed }) => ({
        stroke: colour(tone),
        width: 1.5,
        spanGaps: false,
        points: { show: false },
        ...(isDashed === true ? { dash: [5, 3] } : {}),
        ...(hasArea === true ? { fill: translucent(colour(tone)) } : {}),
      })),
    ],
    hooks: {
      setCursor: [({ cursor: { idx } }) => onCursor(idx ?? null)],
      draw: [(plot) => drawNote(plot, note(), colour("note"))],
    },
  };
}

/** Reads colours as the browser computes them. `light-dark()` is no colour of a canvas. */
function colourReader(element: HTMLElement): (tone: string) => string {
  return (tone) => {
    const probe = document.createElement("span");
    probe.className = `tone-${tone}`;
    element.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}

function translucent(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, "rgba($1, 0.13)");
}

/** At midnight the date, without which the days of a week look alike. */
function timeOf(at: number): string {
  const time = new Date(at);
  return time.getHours() === 0 && time.getMinutes() === 0
    ? time.toLocaleDateString("en-GB", { day: "numeric", month: "short" })
    : minute(at, at);
}

/** A line, with its words beside it where there is room. */
function drawNote(plot: UPlot, note: Note | null, colour: string): void {
  if (note === null) return;
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(note.at / 1000, "x", true));
  const right = bbox.left + bbox.width;
  if (x < bbox.left || x > right) return;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = FONT.replace("11", String(11 * devicePixelRatio));
  ctx.textBaseline = "top";
  const gap = NOTE_GAP * devicePixelRatio;
  const { width } = ctx.measureText(note.text);
  const isLeft = x + gap + width > right;
  ctx.textAlign = isLeft ? "right" : "left";
  if (!isLeft || x - gap - width > bbox.left)
    ctx.fillText(note.text, isLeft ? x - gap : x + gap, bbox.top + NOTE_TOP * devicePixelRatio);
  ctx.restore();
}

/** A plot, with the functions that change and remove it. */
export function draw(drawing: Drawing, data: UPlot.AlignedData): UPlot {
  return new UPlot(optionsOf(drawing), data, drawing.element);
}

export function fit(plot: UPlot, { clientWidth: width }: HTMLElement): void {
  plot.setSize({ width, height: HEIGHT });
}
