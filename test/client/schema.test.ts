/** Bodies that a schema checks: a failure says what is wrong and where. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal, type Parser, type Queue } from "sukkal/client";
import * as v from "valibot";
import { CLAIMS, consume, serviceWith, SETTLE } from "./consumption.ts";
import { claimed, done, nothing, ScriptedService } from "./scripted-service.ts";
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

test("a schema that transforms bodies has other bodies for posts than for handlers", async () => {
  let claims = 0;
  const service = new ScriptedService()
    .on(/messages$/, () => Response.json({ resources: ["/v2/queues/jobs/messages/1"] }))
    .on(CLAIMS, () => (claims++ === 0 ? claimed("first", [{ id: "a", body: "1" }]) : nothing(false)))
    .on(SETTLE, done);
  const parse = v.pipe(v.string(), v.transform(Number));
  const queue = new Sukkal({ url: "http://service.test", fetch: service.fetch }).queue("jobs", { parse });
  await queue.post("1");
  // @ts-expect-error: a number is what handlers get
  await queue.post(1);
  const bodies: number[] = [];
  await queue.drain(({ body }) => bodies.push(body), { forMs: 10_000 });
  assert.deepEqual(bodies, [1]);
});

test("a function that checks bodies, and a type alone, are for posts and handlers", () => {
  const sukkal = new Sukkal({ url: "http://service.test" });
  const checked: Queue<number, number> = sukkal.queue("jobs", { parse: Number });
  const declared: Queue<number, number> = sukkal.queue<number>("jobs");
  assert.ok(checked !== declared);
});
