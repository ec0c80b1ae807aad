/** What the charts say of the instant at which free messages began to grow: why, if consumers have stopped then. */
import type { ConsumerFigures } from "sukkal/client";
import { instant } from "../text/instants.ts";
import { inWords } from "../text/words.ts";
import { isSilent } from "./place-verdict.ts";

/** Milliseconds between the last claim of a consumer and the growth: a claim may wait, and a queue may be almost empty. */
const APART_MAX = 120_000;

export interface RiseNote {
  readonly at: number;
  readonly text: string;
}

export function noteOf(at: number, consumers: readonly ConsumerFigures[], now: number): RiseNote {
  const stopped = consumers.filter((each) => isSilent(each, now) && isNear(each.last_asked, at)).length;
  const what =
    stopped === 0
      ? "free messages begin to grow"
      : `${inWords(stopped)} ${stopped === 1 ? "consumer stops" : "consumers stop"} asking`;
  return { at, text: `${instant(at, now)} ${what}` };
}

function isNear(asked: string | null, at: number): boolean {
  return asked !== null && Math.abs(Date.parse(asked) - at) <= APART_MAX;
}
