/** The time of the service, every second while the page is visible: ages are the same on machines whose clocks differ. */
import { effect, signal } from "@preact/signals-core";
import { isVisible } from "./visibility.ts";

const SECOND = 1000;

/** Milliseconds by which the clock of the service is ahead. */
let ahead = 0;

/** Milliseconds since 1970. */
export const now = signal(Date.now());

/** `at`: the time of the service, from an answer of this moment. */
export function setServiceTime(at: number): void {
  ahead = at - Date.now();
  tick();
}

function tick(): void {
  now.value = Date.now() + ahead;
}

effect(() => {
  if (!isVisible.value) return;
  tick();
  const timer = setInterval(tick, SECOND);
  return () => clearInterval(timer);
});
