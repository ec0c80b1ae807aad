/** The only supported preference of RFC 7240: `Prefer: wait=N` on the creation of a claim. */

const WAIT = /^wait\s*=\s*(?:"(\d{1,9})"|(\d{1,9}))\s*(?:;|$)/i;

/**
 * The seconds for which the client wants to wait, at most `max`. null: none, an invalid value, or `max` is 0, which switches
 * waiting off. The first of several `wait` preferences counts (RFC 7240, section 2).
 */
export function readWait(headers: Headers, max: number): number | null {
  const header = headers.get("Prefer");
  if (header === null) return null;
  const wait = header
    .split(",")
    .map((preference) => preference.trim())
    .find((preference) => /^wait\b/i.test(preference));
  const match = wait === undefined ? null : WAIT.exec(wait);
  if (match === null) return null;
  const seconds = Math.min(Number(match[1] ?? match[2]), max);
  return seconds === 0 ? null : seconds;
}
