/** `Retry-After` (RFC 9110, 10.2.3): the pause that a receiver asks for. */
import { RETRY_DELAY_MAX } from "../domain/retry.ts";
import { toSeconds, type EpochMs, type Seconds } from "../domain/time.ts";

const SECONDS = /^\d+$/;
/** All three forms of RFC 9110, 5.6.7 begin with the name of a day. Other texts are refused, because `Date.parse` guesses. */
const HTTP_DATE = /^(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? [\w: -]+$/;

/** The pause of a header with seconds or a date, from 0 to a day; null for any other text. */
export function parseRetryAfter(text: string | null, now: EpochMs): Seconds | null {
  const value = text?.trim() ?? "";
  if (SECONDS.test(value)) return bounded(Number(value));
  if (!HTTP_DATE.test(value)) return null;
  // The oldest form names no zone: it is UTC.
  const date = Date.parse(value.endsWith("GMT") ? value : `${value} GMT`);
  return Number.isNaN(date) ? null : bounded(Math.ceil((date - now) / 1000));
}

function bounded(seconds: number): Seconds {
  return toSeconds(Math.min(Math.max(seconds, 0), RETRY_DELAY_MAX));
}
