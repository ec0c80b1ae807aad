/** A small line of how a figure was. It has no axis, because its head names the hour, and the figure is beside it. */
import type { JSX } from "preact";

/** Units of the picture, with room for the line at its edges. */
const WIDTH = 104;
const HEIGHT = 20;
const EDGE = 1;

interface TrendProps {
  /** The newest last; null: a gap. */
  readonly values: readonly (number | null)[];
  /** Whether it needs somebody. */
  readonly isMarked: boolean;
}

export function Trend({ values, isMarked }: TrendProps): JSX.Element | null {
  const top = Math.max(1, ...values.map((value) => value ?? 0));
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map((value, index) =>
    value === null ? null : { x: index * step, y: HEIGHT - EDGE - (value / top) * (HEIGHT - 2 * EDGE) },
  );
  const runs = runsOf(points);
  if (runs.length === 0) return null;
  return (
    <svg class={isMarked ? "trend is-marked" : "trend"} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {runs.map((run) => {
        const line = run.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
        const [first] = run;
        const last = run.at(-1);
        return (
          <g key={line}>
            <path class="area" d={`M${first?.x.toFixed(1)} ${HEIGHT}L${line}L${last?.x.toFixed(1)} ${HEIGHT}Z`} />
            <path d={`M${line}`} />
          </g>
        );
      })}
    </svg>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is between gaps; a single point is no line. */
function runsOf(points: readonly (Point | null)[]): readonly (readonly Point[])[] {
  const runs: Point[][] = [[]];
  for (const point of points) {
    if (point === null) runs.push([]);
    else runs.at(-1)?.push(point);
  }
  return runs.filter(({ length }) => length > 1);
}
