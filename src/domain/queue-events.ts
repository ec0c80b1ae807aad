/**
 * Events of a queue: its subscriber learns that the queue is in trouble, and when that is over. Which events a subscription gets
 * is its option `_events`; what has been told is its state, so that nothing is told twice.
 */
import type { Bounds } from "./figures.ts";
import { elementsOf, membersOf, toText, typeOf, type JsonText } from "./json.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "./time.ts";

/** What a subscription with the option `_events` gets. */
export interface EventChoice {
  readonly wantsMessages: boolean;
  readonly wantsDeadLetters: boolean;
  readonly thresholds: readonly Threshold[];
}

export interface Threshold {
  /** As in the option. */
  readonly name: string;
  /** `depth`: stored messages, claimed and delayed ones included. `age`: seconds since the oldest one was posted. */
  readonly gauge: "depth" | "age";
  readonly limit: number;
}

export type QueueEvent =
  | {
      readonly event: Threshold["gauge"];
      readonly state: "began" | "ended";
      readonly value: number;
      readonly threshold: number;
    }
  | { readonly event: typeof DEAD_LETTER; readonly value: number };

/** What was told of one event. */
interface Told {
  /** When. Absent: nothing yet. */
  readonly at?: EpochMs;
  /** A `began` was told, and no `ended` after it. */
  readonly began?: boolean;
  /** Dead letters that were counted and not told. */
  readonly untold?: number;
}

/** By the names of the events in the option. */
export type EventStates = Readonly<Partial<Record<string, Told>>>;

/** What is known of a queue at an instant. */
export interface QueueReading {
  readonly depth: Bounds;
  /** When the oldest message was posted; null: there is none. */
  readonly oldest: Bounds | null;
  /** Messages that have become dead letters and are in no state yet. */
  readonly deadLetters: number;
  readonly isPaused: boolean;
}

export interface Decision {
  readonly events: readonly QueueEvent[];
  /** The states once the events are told; null: they do not change. */
  readonly states: EventStates | null;
  /** When time alone may decide otherwise; null: never. */
  readonly lookAt: EpochMs | null;
  /** A threshold is between the bounds of the depth. */
  readonly isUncertain: boolean;
}

export const NO_STATES: EventStates = {};

const KEY = "_events";
const MESSAGE = "message";
const DEAD_LETTER = "dead-letter";
const EVENTS_MAX = 8;
const THRESHOLD = /^(depth|age)>([1-9]\d{0,8})$/;
/** An event ends below this share of its threshold, so that a queue near it does not begin and end all the time. */
const END_SHARE = 0.8;
/** Each event is told at most once in this time, so that any number of crossings causes a bounded number of events. */
const TELL_INTERVAL = toSeconds(60);

/** Why the value of the option is invalid, or null. */
export function eventsDefect(value: JsonText | null): string | null {
  if (value === null) return null;
  const names = typeOf(value) === "array" ? elementsOf(value) : [];
  if (names.length === 0 || names.length > EVENTS_MAX) return `${KEY} must be a list of 1 to ${EVENTS_MAX} events.`;
  const texts = names.map((name) => (typeOf(name) === "string" ? (toText(name) ?? "") : ""));
  if (!texts.every((text) => text === MESSAGE || text === DEAD_LETTER || THRESHOLD.test(text)))
    return `${KEY} may contain "${MESSAGE}", "${DEAD_LETTER}", "depth>N" and "age>N", where N is from 1 to 999999999.`;
  return new Set(texts).size === texts.length ? null : `${KEY} may contain each event once.`;
}

/** Why a place or a subscriber cannot have the events of these options, or null. */
export function eventsRefusal(
  options: JsonText,
  { isTopic, isConnection }: { readonly isTopic: boolean; readonly isConnection: boolean },
): string | null {
  const choice = eventChoiceOf(options);
  if (choice === null) return null;
  if (isConnection) return `A WebSocket connection gets messages only: ${KEY} needs another subscriber.`;
  return isTopic && choice.wantsDeadLetters
    ? `A topic has no dead letters: ${KEY} may not contain "${DEAD_LETTER}".`
    : null;
}

/**
 * null: the subscription gets messages only. Former versions stored `_events` unchecked, so an invalid value counts as absent.
 */
export function eventChoiceOf(options: JsonText): EventChoice | null {
  const value = membersOf(options).get(KEY);
  if (value === undefined || value === "null" || eventsDefect(value) !== null) return null;
  const names = elementsOf(value).map((name) => toText(name) ?? "");
  const wantsMessages = names.includes(MESSAGE);
  if (wantsMessages && names.length === 1) return null;
  return { wantsMessages, wantsDeadLetters: names.includes(DEAD_LETTER), thresholds: names.flatMap(toThreshold) };
}

function toThreshold(name: string): Threshold[] {
  const [, gauge, limit] = THRESHOLD.exec(name) ?? [];
  return gauge === "depth" || gauge === "age" ? [{ name, gauge, limit: Number(limit) }] : [];
}

/** Which events are to be told now. */
export function decide(choice: EventChoice, states: EventStates, reading: QueueReading, now: EpochMs): Decision {
  const findings = choice.thresholds.map((threshold) => {
    return { name: threshold.name, ...decideThreshold(threshold, states[threshold.name] ?? {}, reading, now) };
  });
  if (choice.wantsDeadLetters)
    findings.push({ name: DEAD_LETTER, ...decideDeadLetters(states[DEAD_LETTER] ?? {}, reading, now) });
  const changed = findings.flatMap(({ name, told }) => (told === undefined ? [] : [[name, told] as const]));
  const lookAt = findings.reduce((least, { lookAt: at = least }) => Math.min(least, at), Infinity);
  return {
    events: findings.flatMap(({ event }) => event ?? []),
    states: changed.length === 0 ? null : { ...keptOf(choice, states), ...Object.fromEntries(changed) },
    lookAt: lookAt === Infinity ? null : toEpochMs(lookAt),
    isUncertain: findings.some(({ isUncertain = false }) => isUncertain),
  };
}

/** What is found about one event. */
interface Finding {
  readonly event?: QueueEvent;
  /** Absent: unchanged. */
  readonly told?: Told;
  readonly lookAt?: EpochMs;
  readonly isUncertain?: boolean;
}

function decideThreshold({ gauge, limit }: Threshold, told: Told, reading: QueueReading, now: EpochMs): Finding {
  const value = gauge === "depth" ? reading.depth : agesAt(reading.oldest, now);
  const began = told.began === true;
  const isAbove = judge(value, limit, began);
  // An age is uncertain only until the next sweep of expired messages, which is a commit.
  if (isAbove === null) return { isUncertain: gauge === "depth" };
  if (reading.isPaused) return {};
  if (isAbove === began) {
    // The oldest message grows older without any commit.
    const isGrowing = gauge === "age" && !isAbove && reading.oldest !== null;
    return isGrowing ? { lookAt: toEpochMs(reading.oldest.max + limit * 1000 + 1) } : {};
  }
  if (!isTellable(told, now)) return { lookAt: tellableAt(told) };
  const [state, bound] = isAbove ? (["began", value.min] as const) : (["ended", value.max] as const);
  const event: QueueEvent = { event: gauge, state, value: Math.floor(bound), threshold: limit };
  return { event, told: { at: now, began: isAbove } };
}

function decideDeadLetters(told: Told, { deadLetters, isPaused }: QueueReading, now: EpochMs): Finding {
  const untold = (told.untold ?? 0) + deadLetters;
  if (untold === 0) return {};
  if (!isPaused && isTellable(told, now)) return { event: { event: DEAD_LETTER, value: untold }, told: { at: now } };
  const change = deadLetters > 0 ? { told: { ...told, untold } } : {};
  return isPaused ? change : { ...change, lookAt: tellableAt(told) };
}

/** Whether the value is above the limit, or not below the end of an event that has begun. null: the bounds do not tell. */
function judge({ min, max }: Bounds, limit: number, began: boolean): boolean | null {
  if (began) return min >= limit * END_SHARE ? true : max < limit * END_SHARE ? false : null;
  return min > limit ? true : max <= limit ? false : null;
}

function agesAt(oldest: Bounds | null, now: EpochMs): Bounds {
  if (oldest === null) return { min: 0, max: 0 };
  return { min: Math.max(0, now - oldest.max) / 1000, max: Math.max(0, now - oldest.min) / 1000 };
}

function tellableAt({ at }: Told): EpochMs {
  return at === undefined ? toEpochMs(0) : after(at, TELL_INTERVAL);
}

function isTellable(told: Told, now: EpochMs): boolean {
  return tellableAt(told) <= now;
}

/** The states of events that the option still has. */
function keptOf({ thresholds }: EventChoice, states: EventStates): EventStates {
  const names = [DEAD_LETTER, ...thresholds.map(({ name }) => name)];
  return Object.fromEntries(names.flatMap((name) => (states[name] === undefined ? [] : [[name, states[name]]])));
}

/** None if there are none, or the text is damaged: an event may then be told twice. */
export function parseEventStates(text: string | null): EventStates {
  if (text === null) return NO_STATES;
  try {
    return JSON.parse(text) as EventStates;
  } catch {
    return NO_STATES;
  }
}
