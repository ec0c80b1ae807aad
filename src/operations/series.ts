/** The operation that shows figures of the past. Ours. */
import type { Place } from "../domain/place.ts";
import { Refusal } from "../domain/refusal.ts";
import { SERIES_STEPS, type Series, type SeriesStep } from "../domain/series.ts";
import { toEpochMs, type EpochMs } from "../domain/time.ts";
import { requireCovered, type ProjectContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";

export interface SeriesInput {
  /** null: the whole project. */
  readonly place: Place | null;
  /** null: an hour before `until`. */
  readonly from: EpochMs | null;
  /** null: now. */
  readonly until: EpochMs | null;
  /** null: the smallest that has points of the whole time. */
  readonly step: SeriesStep | null;
}

/** The caller whose key covers only some queues sees no figures of the whole project. */
export const getSeries: Operation<ProjectContext, SeriesInput, Series> = {
  name: "series_get",
  policy: "series:get",
  whatFailed: "The series could not be read.",
  isIdempotent: always,
  async run(context, { place, ...asked }) {
    requireCovered(context, place?.name ?? "");
    return context.meter().series({ place, ...spanOf(asked, context.clock()) });
  },
};

type Asked = Omit<SeriesInput, "place">;

function spanOf(asked: Asked, now: EpochMs): { from: EpochMs; until: EpochMs; step: SeriesStep } {
  const until = asked.until ?? now;
  const from = asked.from ?? toEpochMs(until - SERIES_STEPS[10] * 1000);
  if (from >= until) throw refusal("`from` must be before `until`.");
  const reach = (step: SeriesStep): number => SERIES_STEPS[step] * 1000;
  // An instant of the wire has whole seconds, so that an hour ago is up to a second more than that.
  const covers = (step: SeriesStep): boolean => until - from <= reach(step) && now - from < reach(step) + 1000;
  const step = asked.step ?? (covers(10) ? 10 : 300);
  if (until - from > reach(step)) {
    const max = step === 10 ? "an hour; a step of 300 covers a week" : "a week";
    throw refusal(`With a step of ${step} seconds, \`from\` and \`until\` may be apart by at most ${max}.`);
  }
  return { from, until, step };
}

function refusal(reason: string): Refusal {
  return new Refusal({ kind: "request-invalid", reason });
}
