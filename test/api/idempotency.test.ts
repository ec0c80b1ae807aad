/** Posts that may be repeated: `Idempotency-Key`, which upstream does not have. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { idsIn, project, type Answer, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

function post(
  orders: Queue,
  key: string,
  body: unknown = { messages: [{ body: "a" }, { body: "b" }] },
): Promise<Answer> {
  return orders.send("POST", "/messages", { body, headers: { "Idempotency-Key": key } });
}

test("the same key with the same body answers with the same ids and posts once", async () => {
  const orders = await project().queue();
  const first = await post(orders, "once");
  const second = await post(orders, "once");
  expect(second).toAnswer(201);
  expect(idsIn(second)).toEqual(idsIn(first));
  expect(second.headers.get("Location")).toBe(first.headers.get("Location"));
  expect(await orders.list()).toHoldBodies("a", "b");
});

test("two concurrent posts with the same key are stored once", async () => {
  const orders = await project().queue();
  const answers = await Promise.all([post(orders, "once"), post(orders, "once"), post(orders, "once")]);
  expect(new Set(answers.map((answer) => answer.headers.get("Location"))).size).toBe(1);
  expect(await orders.list()).toHoldBodies("a", "b");
});

test("a repetition has the same ids also when the messages are gone", async () => {
  const orders = await project().queue();
  const ids = idsIn(await post(orders, "once"));
  await orders.deleteMany(ids);
  expect(idsIn(await post(orders, "once"))).toEqual(ids);
  expect(await orders.list()).toHoldBodies();
});

test("a repetition has the same ids also when the post created the queue", async () => {
  const orders = project().missingQueue();
  const ids = idsIn(await post(orders, "once"));
  expect(idsIn(await post(orders, "once"))).toEqual(ids);
});

test("the same key with another body is a conflict, and posts nothing", async () => {
  const orders = await project().queue();
  await post(orders, "once");
  expect(await post(orders, "once", { messages: [{ body: "other" }] })).toRefuse(409, "Resource conflict");
  expect(await orders.list()).toHoldBodies("a", "b");
});

test("another key with the same body is another post", async () => {
  const orders = await project().queue();
  const first = await post(orders, "one");
  expect(idsIn(await post(orders, "two"))).not.toEqual(idsIn(first));
  expect(await orders.list()).toHoldBodies("a", "b", "a", "b");
});

test("a post without a key is never a repetition", async () => {
  const orders = await project().queue();
  await orders.post("a");
  await orders.post("a");
  expect(await orders.list()).toHoldBodies("a", "a");
});

test("a key counts in its own queue and project only", async () => {
  const owner = project();
  const orders = await owner.queue("orders");
  const invoices = await owner.queue("invoices");
  const foreign = await project().queue("orders");
  for (const queue of [orders, invoices, foreign]) expect(await post(queue, "once")).toAnswer(201);
  for (const queue of [orders, invoices, foreign]) expect(await queue.list()).toHoldBodies("a", "b");
});

test("a key is remembered for a day, and forgotten then", async () => {
  const orders = await project().queue();
  const first = await post(orders, "once");
  clock.advance({ seconds: 86_399 });
  expect(idsIn(await post(orders, "once"))).toEqual(idsIn(first));
  clock.advance({ seconds: 1 });
  expect(idsIn(await post(orders, "once"))).not.toEqual(idsIn(first));
});

test("a key is forgotten with its queue", async () => {
  const orders = await project().queue();
  await post(orders, "once");
  await orders.remove();
  await post(orders, "once");
  expect(await orders.list()).toHoldBodies("a", "b");
});

test("a refused post does not use its key up", async () => {
  const orders = await project().queue();
  expect(await post(orders, "once", { messages: [{ body: "a", ttl: 1 }] })).toAnswer(400);
  expect(await post(orders, "once")).toAnswer(201);
});

describe("a key", () => {
  test.each(["k", "x".repeat(255), crypto.randomUUID(), '"quoted"', "a/b?c=d&e,f"])("may be %s", async (key) => {
    expect(await post(await project().queue(), key)).toAnswer(201);
  });

  test.each(["x".repeat(256), "x".repeat(5000)])(
    "of too many characters is refused, and posts nothing",
    async (key) => {
      const orders = await project().queue();
      expect(await post(orders, key)).toRefuse(400, "Invalid header value");
      expect(await orders.list()).toHoldBodies();
    },
  );
});
