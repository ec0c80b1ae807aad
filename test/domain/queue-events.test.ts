/** Events of a queue: the option, and when an event begins and ends. */
import { describe, expect, test } from "vitest";
import { exactly } from "../../src/domain/figures.ts";
import type { JsonText } from "../../src/domain/json.ts";
import {
  decide,
  eventChoiceOf,
  eventsDefect,
  eventsRefusal,
  NO_STATES,
  parseEventStates,
  type EventChoice,
  type EventStates,
  type QueueEvent,
  type QueueReading,
} from "../../src/domain/queue-events.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const SIZE = "_events must be a list of 1 to 8 events.";
const NAMES = '_events may contain "message", "dead-letter", "depth>N" and "age>N", where N is from 1 to 999999999.';
const TWICE = "_events may contain each event once.";

describe("the option", () => {
  const eight = JSON.stringify(Array.from({ length: 8 }, (_, index) => `depth>${index + 1}`));
  const nine = JSON.stringify(Array.from({ length: 9 }, (_, index) => `depth>${index + 1}`));
  test.each([
    ['["depth>1"]', null],
    ['["depth>999999999"]', null],
    ['["age>1","dead-letter","message"]', null],
    ['["message"]', null],
    [eight, null],
    [nine, SIZE],
    ["[]", SIZE],
    ["{}", SIZE],
    ['"depth>1"', SIZE],
    ["true", SIZE],
    ['["depth>0"]', NAMES],
    ['["depth>1000000000"]', NAMES],
    ['["depth>01"]', NAMES],
    ['["depth>-1"]', NAMES],
    ['["depth>1.5"]', NAMES],
    ['["depth >1"]', NAMES],
    ['["depth>1\\n"]', NAMES],
    ['["depth<1"]', NAMES],
    ['["depth"]', NAMES],
    ['["grown"]', NAMES],
    ['["Dead-letter"]', NAMES],
    ["[1]", NAMES],
    ["[null]", NAMES],
    ['[["depth>1"]]', NAMES],
    ['["depth>1","depth>1"]', TWICE],
    ['["message","message"]', TWICE],
  ])("%s", (value, defect) => {
    expect(eventsDefect(value as JsonText)).toBe(defect);
  });

  test.each([
    ["{}", null],
    ['{"_events":null}', null],
    ['{"_events":["message"]}', null],
    ['{"_events":"stored by a former version"}', null],
    [
      String.raw`{"_\u0065vents":["age>300","dead-letter"]}`,
      {
        wantsMessages: false,
        wantsDeadLetters: true,
        thresholds: [{ name: "age>300", gauge: "age", limit: 300 }],
      },
    ],
    [
      '{"_events":["message","depth>5"]}',
      { wantsMessages: true, wantsDeadLetters: false, thresholds: [{ name: "depth>5", gauge: "depth", limit: 5 }] },
    ],
  ])("%s is read as %j", (options, choice) => {
    expect(eventChoiceOf(options as JsonText)).toEqual(choice);
  });

  test.each([
    ['["depth>1","age>1"]', { isTopic: true, isConnection: false }, null],
    ['["dead-letter"]', { isTopic: false, isConnection: false }, null],
    ['["dead-letter"]', { isTopic: true, isConnection: false }, /^A topic has no dead letters/],
    ['["message"]', { isTopic: false, isConnection: true }, null],
    ['["depth>1"]', { isTopic: false, isConnection: true }, /^A WebSocket connection gets messages only/],
  ])("%s is refused where it does not apply: %j", (events, subject, reason) => {
    const refusal = eventsRefusal(`{"_events":${events}}` as JsonText, subject);
    if (reason === null) expect(refusal).toBeNull();
    else expect(refusal).toMatch(reason);
  });

  test.each([null, "{", ""])("damaged states count as none: %j", (text) => {
    expect(parseEventStates(text)).toEqual({});
  });
});

const EMPTY: QueueReading = { depth: exactly(0), oldest: null, deadLetters: 0, isPaused: false };
const START = 1_800_000_000_000;

/** A subscription that has been told what was decided. */
class Told {
  readonly events: QueueEvent[] = [];
  states: EventStates = NO_STATES;
  now = START;
  lookAt: number | null = null;
  isUncertain = false;
  private readonly choice: EventChoice;

  constructor(...names: readonly string[]) {
    const choice = eventChoiceOf(JSON.stringify({ _events: names }) as JsonText);
    if (choice === null) throw new Error("The option names no events.");
    this.choice = choice;
  }

  /** What is told after some seconds. */
  after(seconds: number, reading: Partial<QueueReading>): readonly QueueEvent[] {
    this.now += seconds * 1000;
    const { events, states, lookAt, isUncertain } = decide(
      this.choice,
      this.states,
      { ...EMPTY, ...reading },
      toEpochMs(this.now),
    );
    this.states = states ?? this.states;
    this.events.push(...events);
    this.lookAt = lookAt === null ? null : (lookAt - this.now) / 1000;
    this.isUncertain = isUncertain;
    return events;
  }
}

const began = (value: number, threshold: number) => ({ event: "depth", state: "began", value, threshold });
const ended = (value: number, threshold: number) => ({ event: "depth", state: "ended", value, threshold });

describe("the depth", () => {
  test("begins above its threshold and ends below 80 % of it", () => {
    const told = new Told("depth>100");
    expect(told.after(0, { depth: exactly(100) })).toEqual([]);
    expect(told.after(0, { depth: exactly(101) })).toEqual([began(101, 100)]);
    expect(told.after(100, { depth: exactly(500) })).toEqual([]);
    expect(told.after(100, { depth: exactly(80) })).toEqual([]);
    expect(told.after(100, { depth: exactly(79) })).toEqual([ended(79, 100)]);
    expect(told.after(100, { depth: exactly(100) })).toEqual([]);
    expect(told.after(100, { depth: exactly(101) })).toEqual([began(101, 100)]);
  });

  test("is told only when it is certain", () => {
    const told = new Told("depth>100");
    expect(told.after(0, { depth: { min: 100, max: 5000 } })).toEqual([]);
    expect(told.isUncertain).toBe(true);
    expect(told.after(0, { depth: { min: 101, max: 5000 } })).toEqual([began(101, 100)]);
    expect(told.after(100, { depth: { min: 0, max: 80 } })).toEqual([]);
    expect(told.isUncertain).toBe(true);
    expect(told.after(100, { depth: { min: 0, max: 79 } })).toEqual([ended(79, 100)]);
    expect(told.isUncertain).toBe(false);
  });

  test("of 1 ends with the last message", () => {
    const told = new Told("depth>1");
    told.after(0, { depth: exactly(2) });
    expect(told.after(60, { depth: exactly(1) })).toEqual([]);
    expect(told.after(60, { depth: exactly(0) })).toEqual([ended(0, 1)]);
  });

  test("that changes within a minute is told after it", () => {
    const told = new Told("depth>100");
    told.after(0, { depth: exactly(101) });
    expect(told.after(59.999, { depth: exactly(0) })).toEqual([]);
    expect(told.lookAt).toBe(0.001);
    expect(told.after(0.001, { depth: exactly(0) })).toEqual([ended(0, 100)]);
    expect(told.lookAt).toBeNull();
  });

  test("is told at most once a minute, whatever it does", () => {
    const told = new Told("depth>1");
    for (let crossing = 0; crossing < 10_000; crossing++)
      told.after(0.06, { depth: exactly(crossing % 2 === 0 ? 2 : 0) });
    expect(told.events.length).toBeGreaterThan(2);
    expect(told.events.length).toBeLessThanOrEqual(11);
  });

  test("has a state for each threshold, and those of removed ones are dropped", () => {
    const told = new Told("depth>10", "depth>100");
    expect(told.after(0, { depth: exactly(50) })).toEqual([began(50, 10)]);
    expect(told.after(0, { depth: exactly(101) })).toEqual([began(101, 100)]);
    const other = new Told("depth>1");
    other.states = told.states;
    other.after(0, { depth: exactly(101) });
    expect(Object.keys(other.states)).toEqual(["depth>1"]);
  });
});

describe("the age", () => {
  const oldest = exactly(START);

  test("begins when the oldest message is too old, without any commit", () => {
    const told = new Told("age>300");
    expect(told.after(0, { oldest })).toEqual([]);
    expect(told.lookAt).toBe(300.001);
    expect(told.after(300, { oldest })).toEqual([]);
    expect(told.after(0.001, { oldest })).toEqual([{ event: "age", state: "began", value: 300, threshold: 300 }]);
    expect(told.lookAt).toBeNull();
  });

  test("ends when the oldest message is younger than 80 %, or there is none", () => {
    const told = new Told("age>300");
    told.after(301, { oldest });
    expect(told.after(100, { oldest: exactly(START + 161_000) })).toEqual([]);
    expect(told.after(0, { oldest: exactly(START + 161_001) })).toMatchObject([{ state: "ended", value: 239 }]);
    told.after(1000, { oldest });
    expect(told.after(60, {})).toMatchObject([{ state: "ended", value: 0 }]);
  });

  test("is not told while the oldest message may have expired", () => {
    const told = new Told("age>300");
    expect(told.after(301, { oldest: { min: START, max: START + 301_000 } })).toEqual([]);
    expect([told.lookAt, told.isUncertain]).toEqual([null, false]);
  });
});

describe("dead letters", () => {
  test("are told at once, and then as a number once a minute", () => {
    const told = new Told("dead-letter");
    expect(told.after(0, { deadLetters: 2 })).toEqual([{ event: "dead-letter", value: 2 }]);
    for (let count = 0; count < 10_000; count++) expect(told.after(0.001, { deadLetters: 1 })).toEqual([]);
    expect(told.lookAt).toBe(50);
    expect(told.after(50, {})).toEqual([{ event: "dead-letter", value: 10_000 }]);
    expect(told.after(60, {})).toEqual([]);
    expect(told.lookAt).toBeNull();
  });
});

test("during a pause nothing is told or forgotten", () => {
  const told = new Told("dead-letter", "depth>1", "age>1");
  const trouble = { depth: exactly(2), oldest: exactly(START), isPaused: true };
  expect(told.after(10, { ...trouble, deadLetters: 3 })).toEqual([]);
  expect(told.lookAt).toBeNull();
  expect(told.after(10, { ...trouble, isPaused: false })).toEqual([
    { event: "depth", state: "began", value: 2, threshold: 1 },
    { event: "age", state: "began", value: 20, threshold: 1 },
    { event: "dead-letter", value: 3 },
  ]);
});
