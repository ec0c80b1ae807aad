/** What readers type for durations, sizes and counts. They may use the units in which the console shows them. */

const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, m: 60, h: 3600, d: 86_400 };
const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** Seconds of `1 h 30 min`, `90m`, `3600`; null: it is no duration. A number without a unit is in seconds. */
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
