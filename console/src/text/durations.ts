/** Durations in two units, the second of a fixed width, so that a running one does not move what is beside it. */
import { exact } from "./numbers.ts";

export interface Part {
  readonly value: string;
  readonly unit: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `35 min 43 s`, `11 h 02 min`, `13 d 22 h`, `under 1 s`. `ms`: milliseconds; a negative time is none. */
export function duration(ms: number): string {
  return written(durationParts(ms));
}

/** In one unit below an hour, where seconds would only be noise: `42 min`, `14 s`, `11 h 02 min`. */
export function briefDuration(ms: number): string {
  const parts = durationParts(ms);
  return written(ms < HOUR ? parts.slice(0, 1) : parts);
}

/** A duration that somebody has configured, without units that are 0: `14 d`, `1 h 30 min`, `none`. `seconds`: whole ones. */
export function setDuration(seconds: number): string {
  if (seconds === 0) return "none";
  const units = [
    ["d", DAY],
    ["h", HOUR],
    ["min", MINUTE],
    ["s", SECOND],
  ] as const;
  let left = seconds * SECOND;
  return units
    .flatMap(([unit, size]) => {
      const value = Math.floor(left / size);
      left -= value * size;
      return value === 0 ? [] : [`${value} ${unit}`];
    })
    .join(" ");
}

export function durationParts(ms: number): readonly Part[] {
  if (ms < SECOND) return [{ value: "under 1", unit: "s" }];
  if (ms < MINUTE) return [part(ms / SECOND, "s")];
  if (ms < HOUR) return [part(ms / MINUTE, "min"), padded((ms % MINUTE) / SECOND, "s")];
  if (ms < DAY) return [part(ms / HOUR, "h"), padded((ms % HOUR) / MINUTE, "min")];
  return [part(ms / DAY, "d"), part((ms % DAY) / HOUR, "h")];
}

function part(value: number, unit: string): Part {
  return { value: exact(Math.floor(value)), unit };
}

function padded(value: number, unit: string): Part {
  return { value: String(Math.floor(value)).padStart(2, "0"), unit };
}

function written(parts: readonly Part[]): string {
  return parts.map(({ value, unit }) => `${value} ${unit}`).join(" ");
}
