/** Numbers for people. */

const AGES = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** Such as `3 min` or `2 d 4 h`: two units at most. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const first = AGES.findIndex(([size]) => whole >= size);
  if (first < 0) return "0 s";
  const [size, unit] = AGES[first] ?? [1, "s"];
  const rest = AGES[first + 1];
  const left = rest === undefined ? 0 : Math.floor((whole % size) / rest[0]);
  const head = `${Math.floor(whole / size)} ${unit}`;
  return left === 0 || rest === undefined ? head : `${head} ${left} ${rest[1]}`;
}

/** With thousands in groups: `12,345`. */
export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** Such as `1 message` and `12,345 messages`. */
export function counted(value: number, unit: string): string {
  return `${number(value)} ${unit}${value === 1 ? "" : "s"}`;
}

/** Such as `2026-11-28 09:30:00Z`. */
export function instant(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** The same for a time as the API writes it. */
export function instantOf(text: string | null): string | null {
  return text === null ? null : instant(new Date(text));
}

/** Such as `12 ms`, `3.2 s` and `2 min`. */
export function took(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 10 ? `${seconds.toFixed(1)} s` : duration(seconds);
}

const NAMED_MAX = 3;

/** The first names, and how many more there are. */
export function named(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(", ")}${more > 0 ? ` and ${number(more)} more` : ""}`;
}
