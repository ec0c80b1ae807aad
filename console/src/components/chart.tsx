/**
 * Lines over time. What was not heard is a gap, never a line between its neighbours. The legend shows the values under the
 * cursor, or the last ones. Colours are read from the styles, because a canvas knows no variables.
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type UPlot from "uplot";
import { instant } from "../text/instants.ts";
import type { Drawing, Line, Note } from "./plot.ts";

export type { Line, Note } from "./plot.ts";

export interface ChartProps {
  /** What readers of the screen hear: the meaning, and how it went. */
  readonly label: string;
  /** Milliseconds since 1970, one for each value. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly write: (value: number) => string;
  /** Whether the values are whole numbers. */
  readonly isWhole?: boolean;
  /** Where something began, such as a verdict. */
  readonly note?: Note | null;
  /** Charts with the same one share their cursor. */
  readonly cursor: string;
}

export function Chart({ label, times, lines, write, isWhole = false, note = null, cursor }: ChartProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const shape = JSON.stringify(lines.map(({ values: _, ...line }) => line));
  const plot = useRef<UPlot | null>(null);
  const data = dataOf(times, lines);
  const latest = useRef(data);
  latest.current = data;
  const latestNote = useRef(note);
  latestNote.current = note;
  useEffect(() => {
    const { current: element } = frame;
    if (element === null) return;
    return mount(
      element,
      { lines, write, isWhole, cursor, onCursor: setAt, note: () => latestNote.current },
      plot,
      latest,
    );
    // A chart with other lines is another chart; other values are drawn below.
  }, [shape, cursor]);
  useEffect(() => plot.current?.setData(data), [times, lines, note?.text]);
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
      <div class="plot" ref={frame} />
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

type Holder<T> = { current: T };

/** Draws as soon as uPlot is there, and again for other colours. Returns the function that ends it. */
function mount(
  element: HTMLElement,
  drawing: Omit<Drawing, "element">,
  plot: Holder<UPlot | null>,
  data: Holder<UPlot.AlignedData>,
): () => void {
  let end = (): void => undefined;
  let isOver = false;
  void import("./plot.ts").then(({ draw, fit }) => {
    if (isOver) return;
    const again = (): void => {
      plot.current?.destroy();
      plot.current = draw({ element, ...drawing }, data.current);
    };
    const sizes = new ResizeObserver(() => plot.current && fit(plot.current, element));
    again();
    sizes.observe(element);
    const stop = onAppearanceChange(again);
    end = () => {
      stop();
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  });
  return () => {
    isOver = true;
    end();
  };
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
