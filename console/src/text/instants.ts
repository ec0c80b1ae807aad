/** Instants in the zone of the browser: the time, with the date only on another day, and the distance from now. */
import { briefDuration, duration } from "./durations.ts";

/** `03:14:20`, or `26 Nov, 03:14:20` on another day than `now`. Milliseconds since 1970. */
export function instant(at: number, now: number): string {
  return onDay(at, now, time(at, true));
}

/** Without seconds: `02:29`. */
export function minute(at: number, now: number): string {
  return onDay(at, now, time(at, false));
}

/** `in 2 min 12 s`, `42 min ago`, `now`. */
export function distance(at: number, now: number): string {
  if (Math.abs(at - now) < 1000) return "now";
  return at > now ? `in ${duration(at - now)}` : `${briefDuration(now - at)} ago`;
}

/** `since 02:29, 42 min`. */
export function since(at: number, now: number): string {
  return `since ${minute(at, now)}, ${briefDuration(Math.max(0, now - at))}`;
}

/** The zone of the browser: `UTC`, `CET`, `GMT+2`. */
export function zone(now: number): string {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(now);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}

/** For `datetime`: `2026-11-27T03:12:08Z`. */
export function machineTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

function time(at: number, hasSeconds: boolean): string {
  const seconds = hasSeconds ? ({ second: "2-digit" } as const) : {};
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...seconds });
}

function onDay(at: number, now: number, text: string): string {
  const date = new Date(at);
  const today = new Date(now);
  if (date.toDateString() === today.toDateString()) return text;
  const year = date.getFullYear() === today.getFullYear() ? {} : ({ year: "numeric" } as const);
  return `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...year })}, ${text}`;
}
