/** The figures of a spread queue: those of its objects as those of one. */
import { COUNTERS, type Bounds, type Counters, type QueueFigures, type Span } from "./figures.ts";

/** `home`: of its home, whose waits and subscriptions are those of the queue. The counters stay those of the home. */
export function joinFigures(home: QueueFigures, shards: readonly QueueFigures[]): QueueFigures {
  const all = [home, ...shards];
  const sum = (of: (figures: QueueFigures) => number): number => all.reduce((total, each) => total + of(each), 0);
  const bounds = (of: (figures: QueueFigures) => Bounds): Bounds => ({
    min: sum((each) => of(each).min),
    max: sum((each) => of(each).max),
  });
  const span = (of: (figures: QueueFigures) => Span): Span => ({
    first: Math.min(...all.map((each) => of(each).first)),
    last: Math.max(...all.map((each) => of(each).last)),
  });
  const load = all.every((each) => each.load !== undefined) ? sum((each) => each.load ?? 0) : null;
  return {
    ...home,
    // That of the last judgement may be an hour old.
    ...(home.spread === undefined || load === null ? {} : { spread: { ...home.spread, load } }),
    stored: bounds(({ stored }) => stored),
    delayed: bounds(({ delayed }) => delayed),
    claimed: sum(({ claimed }) => claimed),
    bytes: sum(({ bytes }) => bytes),
    expiry: span(({ expiry }) => expiry),
    lapse: span(({ lapse }) => lapse),
    visibility: span(({ visibility }) => visibility),
    oldest: oldestOf(all),
    isShort: all.some(({ isShort }) => isShort),
  };
}

function oldestOf(all: readonly QueueFigures[]): Bounds | null {
  const known = all.flatMap(({ oldest }) => oldest ?? []);
  if (known.length === 0) return null;
  return { min: Math.min(...known.map(({ min }) => min)), max: Math.min(...known.map(({ max }) => max)) };
}

export function sumCounters(one: Counters, other: Counters): Counters {
  return combine(one, other, (a, b) => a + b);
}

/** What has been counted since. Both are of one life of an object. */
export function countedSince(former: Counters, present: Counters): Counters {
  return combine(present, former, (a, b) => Math.max(0, a - b));
}

function combine(one: Counters, other: Counters, by: (a: number, b: number) => number): Counters {
  return Object.fromEntries(COUNTERS.map((name) => [name, by(one[name], other[name])])) as Counters;
}
