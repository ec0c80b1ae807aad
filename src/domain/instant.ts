/** Instants as ISO 8601 texts, the way upstream reads and writes them (core contract 8.1). */
import { toEpochMs, type EpochMs } from "./time.ts";

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?\s*(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?)?)?$/i;

/** The first and the last second that a year of four digits can write. */
const FIRST = Date.parse("0001-01-01T00:00:00Z");
export const LAST_INSTANT = toEpochMs(Date.parse("9999-12-31T23:59:59Z"));

/**
 * The instant, to the second: a fraction is dropped, a date alone is its midnight, and without a zone it is UTC. null for
 * text that names no instant, such as the 30th of February, or one of another year than 1 to 9999 in UTC.
 */
export function parseInstant(text: string): EpochMs | null {
  const match = ISO.exec(text.trim());
  if (match === null) return null;
  const field = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(field) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [zoneHour, zoneMinute] = [field(9), field(10)];
  if (hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const local = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
  const offset = (zoneHour * 60 + zoneMinute) * 60_000 * (match[8] === "-" ? -1 : 1);
  const instant = local - offset;
  return instant < FIRST || instant > LAST_INSTANT ? null : toEpochMs(instant);
}

/** `YYYY-MM-DDTHH:MM:SS`, UTC, without a zone. */
export function formatInstant(instant: EpochMs): string {
  return new Date(instant).toISOString().slice(0, 19);
}
