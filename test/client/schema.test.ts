/** Bodies that a schema checks: a failure says what is wrong and where. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Parser } from "sukkal/client";
import * as v from "valibot";
import { consume, serviceWith } from "./consumption.ts";
import { VirtualTime } from "./virtual-time.ts";

async function failureOf<T>(parse: Parser<T>, body: unknown): Promise<unknown> {
  using time = new VirtualTime();
  const { events } = consume<T>(serviceWith([{ id: "a", body }]), () => undefined, { parse });
  await time.advance(100);
  const [failed] = events;
  assert.ok(failed?.type === "failed");
  return failed.error;
}

const JOB = v.object({ resize: v.string("no text"), sizes: v.array(v.object({ width: v.number("no number") })) });

test("the failure names the members, and has the issues of the schema", async () => {
  const body = { resize: 1, sizes: [{ width: 2 }, { width: "3" }] };
  const error = await failureOf(JOB, body);
  assert.ok(error instanceof TypeError);
  assert.equal(error.message, "resize: no text; sizes.1.width: no number");
  assert.deepEqual(error.cause, v.safeParse(JOB, body).issues);
});

test("a path may consist of keys, as in ArkType, or be missing", async () => {
  const issues = [
    { message: "no text", path: ["sizes", 0, Symbol("width")] },
    { message: "too long", path: [] },
    { message: "bad" },
  ];
  const error = await failureOf({ "~standard": { validate: () => ({ issues }) } }, null);
  assert.equal((error as Error).message, "sizes.0.Symbol(width): no text; too long; bad");
});
