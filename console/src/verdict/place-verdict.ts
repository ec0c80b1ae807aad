/** The verdict on one queue or topic: the worst that was found of it, with what its consumers do and what happens next. */
import type { ConsumerFigures, PlaceFigures } from "sukkal/client";
import { growthPerMinute } from "../state/figures.ts";
import { setDuration } from "../text/durations.ts";
import { minute } from "../text/instants.ts";
import { count, rate } from "../text/numbers.ts";
import { capital, inWords } from "../text/words.ts";
import type { Finding } from "./finding.ts";
import { THRESHOLDS } from "./thresholds.ts";

export interface PlaceVerdict {
  readonly severity: Finding["severity"];
  readonly head: string;
  readonly sentence: string;
  /** What happens next, and what helps; null: the sentence says all. */
  readonly more: string | null;
}

interface PlaceFacts {
  /** Those of the place, the worst first. */
  readonly findings: readonly Finding[];
  readonly place: PlaceFigures;
  /** When free messages began to grow, by the past; null: not known. Milliseconds since 1970. */
  readonly risesSince: number | null;
  /** Seconds that messages live by default; null: not known. */
  readonly ttl: number | null;
  readonly now: number;
}

export function placeVerdict({ findings, place, risesSince, ttl, now }: PlaceFacts): PlaceVerdict | null {
  const [worst] = findings;
  if (worst === undefined) return null;
  const { severity } = worst;
  const since = risesSince ?? worst.since;
  const when = since === null ? "" : ` since ${minute(since, now)}`;
  if (worst.lossAt === undefined) {
    return {
      severity,
      head: `${capital(worst.sentence).replace(/[.:].*$/, "")}.`,
      sentence: restOf(worst.sentence),
      more: null,
    };
  }
  return {
    severity,
    head: `Falls behind${when}.`,
    sentence: whoTakes(place, now),
    more: [growthText(place), lossText(worst.lossAt, ttl, now)].join(" "),
  };
}

/** What comes after the first clause, as a sentence. */
function restOf(sentence: string): string {
  const [, rest = ""] = /^[^.:]*[.:]\s*(.*)$/.exec(sentence) ?? [];
  return capital(rest);
}

/** One that has not asked lately, and holds messages, may be at work on them. */
export function isSilent({ last_asked: at, held = 0 }: ConsumerFigures, now: number): boolean {
  return at === null ? held === 0 : now - Date.parse(at) > THRESHOLDS.silentAfter;
}

function whoTakes(place: PlaceFigures, now: number): string {
  const { consumers = [], paused, rates } = place;
  if (paused?.includes("claims") === true) return "Its claims are paused.";
  const silent = consumers.filter((each) => isSilent(each, now)).length;
  const { posted = 0, deleted = 0 } = rates ?? {};
  const pace = `${rate(deleted)} a second of ${rate(posted)} that are posted`;
  if (consumers.length === 0) return deleted === 0 ? "Nobody takes its messages." : `Its consumers delete ${pace}.`;
  if (silent === consumers.length)
    return silent === 1
      ? "Its consumer has stopped asking."
      : `${silent === 2 ? "Both" : `All ${inWords(silent)}`} consumers have stopped asking.`;
  const working = consumers.length - silent;
  if (silent === 0)
    return working === 1 ? `Its consumer deletes ${pace}.` : `Its ${inWords(working)} consumers delete ${pace}.`;
  const others = working === 1 ? `the last one deletes ${pace}` : `the other ${inWords(working)} delete ${pace}`;
  const have = silent === 1 ? "has" : "have";
  return `${capital(inWords(silent))} of ${inWords(consumers.length)} consumers ${have} stopped asking; ${others}.`;
}

function growthText(place: PlaceFigures): string {
  const more = Math.round(growthPerMinute(place) ?? 0);
  return more < 1 ? "" : `At this pace about ${count(more)} more wait each minute.`;
}

function lossText(lossAt: number, ttl: number | null, now: number): string {
  const end = ttl === null ? "their end" : `their ttl, by default ${setDuration(ttl)},`;
  const fate = `reach ${end} and are gone`;
  const when =
    lossAt <= now ? `Its oldest messages ${fate} now.` : `From about ${minute(lossAt, now)} the oldest ${fate}.`;
  return `${when} Pausing claims does not stop that; a longer ttl helps only messages posted from then on.`;
}
