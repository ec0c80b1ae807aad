/** Figures of the past on the wire: a column for each. Ours: docs/OBSERVE.md describes them. */
import { formatUtc, parseInstant } from "../domain/instant.ts";
import type { Place } from "../domain/place.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { Series, SeriesPoint, SeriesStep } from "../domain/series.ts";
import { toEpochMs, type EpochMs } from "../domain/time.ts";
import { choiceParameter, COUNTER_NAMES, toAge, toFigure, type Figure } from "./overview.ts";
import { textParameter, type Query } from "./query.ts";

const STEPS: ReadonlyMap<string, SeriesStep> = new Map([
  ["10", 10],
  ["300", 300],
]);

export interface SeriesQuery {
  readonly from: EpochMs | null;
  readonly until: EpochMs | null;
  readonly step: SeriesStep | null;
}

export function decodeSeries(query: Query): Result<SeriesQuery, "parameter-invalid"> {
  const from = instantParameter(query, "from");
  if (!from.ok) return from;
  const until = instantParameter(query, "until");
  if (!until.ok) return until;
  const step = choiceParameter(query, "step", STEPS);
  if (!step.ok) return step;
  return ok({ from: from.value, until: until.value, step: step.value });
}

function instantParameter(query: Query, name: string): Result<EpochMs | null, "parameter-invalid"> {
  const got = textParameter(query, name);
  if (got === null) return ok(null);
  const instant = parseInstant(got);
  if (instant !== null) return ok(instant);
  return err({ kind: "parameter-invalid", name, expected: "a time such as 2030-01-01T00:00:00Z", got });
}

/** `place` null: the whole project. */
export function encodeSeries({ from, step, points }: Series, place: Place | null): string {
  const column = (figure: (point: SeriesPoint, at: EpochMs) => Figure | null): readonly (Figure | null)[] =>
    points.map((point, index) => point && figure(point, toEpochMs(from + index * step * 1000)));
  return JSON.stringify({
    ...(place === null ? {} : { [place.kind]: place.name }),
    from: formatUtc(from),
    step,
    messages: {
      total: column(({ stored }) => toFigure(stored)),
      free: column(({ free }) => toFigure(free)),
      claimed: column(({ claimed }) => toFigure(claimed)),
      delayed: column(({ delayed }) => toFigure(delayed)),
    },
    oldest_age: column(ageOf),
    waiting_claims: column(({ waiting }) => toFigure(waiting)),
    counters: Object.fromEntries(
      COUNTER_NAMES.map(([counter, name]) => [name, column(({ counters }) => counters && counters[counter])]),
    ),
  });
}

/** Seconds; 0: there was no message; null: it was not known. */
function ageOf({ stored, oldestAt }: SeriesPoint, at: EpochMs): Figure | null {
  if (oldestAt !== null) return toFigure(toAge(oldestAt, at));
  return stored.max === 0 ? 0 : null;
}
