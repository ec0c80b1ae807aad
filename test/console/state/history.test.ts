/** What a page remembers of the figures that it has seen. */
import { expect, test } from "vitest";
import type { Overview } from "sukkal/client";
import { remember, type History } from "../../../console/src/state/history.ts";
import type { Amount } from "../../../console/src/text/amounts.ts";

const START = Date.UTC(2026, 10, 27, 3);
const EVERY = 20_000;

/** An answer with one queue, `step` looks after the start. Only what the history reads. */
function answer(step: number, free: Amount, deadLettered = 0): Overview {
  const place = { kind: "queue", name: "orders", messages: { free }, counters: { dead_lettered: deadLettered } };
  return { at: new Date(START + step * EVERY).toISOString(), places: [place] } as unknown as Overview;
}

function after(...answers: readonly Overview[]) {
  const history = answers.reduce<History>((before, each) => remember(before, each), new Map());
  return history.get("queue/orders");
}

const at = (step: number): number => START + step * EVERY;

test("Free rises until it falls", () => {
  expect(after(answer(0, 5), answer(1, 5), answer(2, 9))?.rise).toEqual({ since: at(0), from: 5, isBeginning: false });
  expect(after(answer(0, 5), answer(1, 9), answer(2, 8))?.rise).toEqual({ since: at(2), from: 8, isBeginning: true });
});

test("bounds that overlap are no fall, and what is not known ends a rise", () => {
  expect(after(answer(0, 5), answer(1, { min: 3, max: 9 }))?.rise).toEqual({
    since: at(0),
    from: 5,
    isBeginning: false,
  });
  expect(after(answer(0, 5), answer(1, { min: 1, max: 4 }))?.rise).toEqual({
    since: at(1),
    from: 4,
    isBeginning: true,
  });
  expect(after(answer(0, 5), answer(1, null))?.rise).toBeNull();
});

test("looks that are closer than 20 s are left out, and a pause of more than two minutes ends a rise", () => {
  expect(after(answer(0, 5), answer(0.9, 1))).toMatchObject({ at: at(0), free: 5 });
  expect(after(answer(0, 5), answer(6, 7))?.rise?.since).toBe(at(0));
  expect(after(answer(0, 5), answer(6.1, 7))?.rise?.since).toBe(at(6.1));
});

test("dead letters count from the first look on", () => {
  expect(after(answer(0, 0, 40))?.dead).toBeNull();
  expect(after(answer(0, 0, 40), answer(1, 0, 43), answer(2, 0, 43), answer(3, 0, 44))?.dead).toEqual({
    count: 4,
    since: at(1),
    last: at(3),
  });
});

test("a counter that begins anew is no growth, and a queue that is gone is forgotten", () => {
  expect(after(answer(0, 0, 40), answer(1, 0, 2))?.dead).toBeNull();
  expect(after(answer(0, 5), { ...answer(1, 0), places: [] })).toBeUndefined();
});
