/** What readers type for durations, sizes and counts. They may use the units in which the console shows them. */

/** Seconds by the names of a unit. */
const SECONDS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    [
      [1, "s sec second seconds"],
      [60, "min m minute minutes"],
      [3600, "h hour hours"],
      [86_400, "d day days"],
      [604_800, "w week weeks"],
    ] as const
  ).flatMap(([seconds, names]) => names.split(" ").map((name) => [name, seconds])),
);
const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** What is no duration has this form instead. */
export const DURATION_FORM = "A duration, such as 90 s, 1 h 30 min or 2 days.";

/** Seconds of `1 h 30 min`, `2 days`, `3600`; null: it is no duration. A number without a unit is in seconds. */
export function parseDuration(text: string): number | null {
  return text.trim() === "none" ? 0 : sumOf(text, SECONDS);
}

/** Bytes of `256 KiB`, `8 GB`, `262144`; null: it is no size. */
export function parseBytes(text: string): number | null {
  return sumOf(text, BYTES);
}

/** `1,000` or `1000`; null: it is no count. */
export function parseCount(text: string): number | null {
  return sumOf(text, {});
}

/** The sum of its parts, each a whole number with a unit; null: it has another form. */
function sumOf(text: string, units: Readonly<Record<string, number>>): number | null {
  const plain = text.replaceAll(",", "").trim().toLowerCase();
  if (/^\d+$/.test(plain)) return safe(Number(plain));
  let sum = 0;
  let rest = plain;
  while (rest !== "") {
    const [part = "", value = "", unit = ""] = /^(\d+)\s*([a-z]+)\s*/.exec(rest) ?? [];
    const size = units[unit];
    if (part === "" || size === undefined) return null;
    sum += Number(value) * size;
    rest = rest.slice(part.length);
  }
  return plain === "" ? null : safe(sum);
}

function safe(value: number): number | null {
  return Number.isSafeInteger(value) ? value : null;
}
