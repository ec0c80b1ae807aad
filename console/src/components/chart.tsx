/**
 * Lines over time. What was not heard is a gap, never a line between its neighbours. The legend shows the values under the
 * cursor, or the last ones. Colours are read from the styles, because a canvas knows no variables.
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import UPlot from "uplot";
import { instant } from "../text/instants.ts";

export interface Line {
  readonly label: string;
  /** `tone-free` and others of chart.css. Two lines of one chart differ in dash or in place, too. */
  readonly tone: "free" | "held" | "in" | "out" | "dead";
  readonly hasArea?: boolean;
  readonly isDashed?: boolean;
  /** null: a gap. */
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  /** What readers of the screen hear: the meaning, and how it went. */
  readonly label: string;
  /** Milliseconds since 1970, one for each value. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly write: (value: number) => string;
  /** Where something began, such as a verdict. */
  readonly note?: number | null;
  /** Charts with the same one share their cursor. */
  readonly cursor: string;
}

const HEIGHT = 180;

export function Chart({ label, times, lines, write, note = null, cursor }: ChartProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const shape = JSON.stringify(lines.map(({ values: _, ...line }) => line));
  const plot = useRef<UPlot | null>(null);
  const data = dataOf(times, lines);
  const latest = useRef(data);
  latest.current = data;
  const noteAt = useRef(note);
  noteAt.current = note;
  useEffect(() => {
    const { current: element } = frame;
    if (element === null) return;
    const draw = (): void => {
      plot.current?.destroy();
      const options = optionsOf({ element, lines, write, cursor, onCursor: setAt, noteAt: () => noteAt.current });
      plot.current = new UPlot(options, latest.current, element);
    };
    const stop = onAppearanceChange(draw);
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    draw();
    sizes.observe(element);
    return () => {
      stop();
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
    // A chart with other lines is another chart; other values are drawn below.
  }, [shape, cursor]);
  useEffect(() => plot.current?.setData(data), [times, lines]);
  const index = at ?? times.length - 1;
  return (
    <figure class="chart" aria-label={label}>
      <div class="legend">
        <Moment at={times[index]} last={times.at(-1)} />
        <dl>
          {lines.map((line) => (
            <div key={line.label}>
              <dt>
                <svg class={`key tone-${line.tone}`} viewBox="0 0 14 8" aria-hidden="true">
                  <path d="M0 4H14" stroke-dasharray={line.isDashed === true ? "4 2" : undefined} />
                </svg>
                {line.label}
              </dt>
              <dd>{written(line.values[index], write)}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div ref={frame} />
    </figure>
  );
}

function Moment({ at, last }: { readonly at: number | undefined; readonly last: number | undefined }): JSX.Element {
  return <div class="quiet">{at === undefined || last === undefined ? "" : instant(at, last)}</div>;
}

function written(value: number | null | undefined, write: (value: number) => string): string {
  return value == null ? "?" : write(value);
}

function dataOf(times: readonly number[], lines: readonly Line[]): UPlot.AlignedData {
  // uPlot counts in seconds, and its types are of arrays that can be written.
  return [times.map((time) => time / 1000), ...lines.map(({ values }) => [...values])];
}

/** Calls when the theme or the system's colours have changed. Returns the function that ends it. */
function onAppearanceChange(act: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = new MutationObserver(act);
  system.addEventListener("change", act);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", act);
    chosen.disconnect();
  };
}

interface Drawing {
  readonly element: HTMLElement;
  readonly lines: readonly Line[];
  readonly write: (value: number) => string;
  readonly cursor: string;
  readonly onCursor: (index: number | null) => void;
  readonly noteAt: () => number | null;
}

function optionsOf({ element, lines, write, cursor, onCursor, noteAt }: Drawing): UPlot.Options {
  const colour = colourReader(element);
  const grid = { stroke: colour("grid"), width: 1 };
  const axis = { stroke: colour("in"), grid, ticks: { show: false }, font: "11px system-ui, sans-serif" };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { sync: { key: cursor }, y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.05 : 1] } },
    axes: [
      { ...axis, values: (_plot, splits) => splits.map((split) => timeOf(split * 1000)) },
      { ...axis, size: 52, values: (_plot, splits) => splits.map((split) => write(split)) },
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
      draw: [(plot) => drawNote(plot, noteAt(), colour("note"))],
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

function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

function drawNote(plot: UPlot, at: number | null, colour: string): void {
  if (at === null) return;
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(at / 1000, "x", true));
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
