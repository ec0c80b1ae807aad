/** Instants as ISO 8601 texts, in the forms that upstream reads and writes (zaqar/common/urls.py). */
import { toEpochMs, type EpochMs } from "./time.ts";

/** A month or a day with dashes. A day without dashes is accepted only before a time: upstream refuses digits alone. */
const DATE = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?=[T ]|$)|$)|(\d{2})(\d{2})(?=[T ]))/i;
const TIME = /^[T ](\d{2})(?::?(\d{2})(?::?(\d{1,2})(?:[.,]\d+)?)?)?\s*(?:Z|([+-])(\d{2})(?::?(\d{2}))?)?$/i;

/** The first and the last second with a year of four digits. */
const FIRST = Date.parse("0001-01-01T00:00:00Z");
export const LAST_INSTANT = toEpochMs(Date.parse("9999-12-31T23:59:59Z"));

/**
 * The instant of a text, in whole seconds: a fraction is dropped. A day alone means its midnight, a month alone its first
 * day. A text without a zone is in UTC. null for an invalid text, such as the 30th of February, and outside the years 1 to
 * 9999 in UTC.
 */
export function parseInstant(text: string): EpochMs | null {
  const trimmed = text.trim();
  const date = DATE.exec(trimmed);
  if (date === null) return null;
  const rest = trimmed.slice(date[0].length);
  const midnight = midnightOf(date);
  const seconds = rest === "" ? 0 : secondsOf(TIME.exec(rest));
  if (midnight === null || seconds === null) return null;
  const instant = midnight + seconds * 1000;
  return instant < FIRST || instant > LAST_INSTANT ? null : toEpochMs(instant);
}

function midnightOf([, year, month, day, basicMonth, basicDay]: RegExpExecArray): number | null {
  const [monthNumber, dayNumber] = [Number(month ?? basicMonth), Number(day ?? basicDay ?? 1)];
  const date = new Date(0);
  date.setUTCFullYear(Number(year), monthNumber - 1, dayNumber);
  // Date normalises a day that does not exist to another one.
  return date.getUTCMonth() === monthNumber - 1 && date.getUTCDate() === dayNumber ? date.getTime() : null;
}

/** Seconds from the midnight of the written date in UTC. A zone can make them negative or more than a day. */
function secondsOf(match: RegExpExecArray | null): number | null {
  if (match === null) return null;
  const field = (index: number): number => Number(match[index] ?? 0);
  const [hour, minute, second, zoneHour, zoneMinute] = [field(1), field(2), field(3), field(5), field(6)];
  if (hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return null;
  const offset = (zoneHour * 60 + zoneMinute) * (match[4] === "-" ? -1 : 1);
  return (hour * 60 + minute - offset) * 60 + second;
}

/** `YYYY-MM-DDTHH:MM:SS`, UTC, without a zone. */
export function formatInstant(instant: EpochMs): string {
  return new Date(instant).toISOString().slice(0, 19);
}

/** `YYYY-MM-DDTHH:MM:SSZ`. */
export function formatUtc(instant: EpochMs): string {
  return `${formatInstant(instant)}Z`;
}
