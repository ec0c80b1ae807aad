/** Batches of a producer: their bounds, their order, and what becomes of failures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal, SukkalError, type Producer, type ProducerOptions } from "sukkal/client";
import { never, refused, ScriptedService, type Asked } from "./scripted-service.ts";
import { VirtualTime } from "./virtual-time.ts";

const POST = /^POST .*\/messages$/;

/** Stores what is posted, under ids that repeat the bodies. */
function store({ body }: Asked): Response {
  const { messages } = JSON.parse(body) as { messages: { body: unknown }[] };
  const resources = messages.map((message) => `/v2/queues/jobs/messages/${String(message.body)}`);
  return Response.json({ resources }, { status: 201 });
}

function produce(service: ScriptedService, options: ProducerOptions = {}): Producer<unknown> {
  return new Sukkal({ url: "http://service.test", fetch: service.fetch, retries: 2 }).queue("jobs").producer(options);
}

function batches(service: ScriptedService): unknown[][] {
  return service.of(POST).map(({ body }) => {
    return (JSON.parse(body) as { messages: { body: unknown }[] }).messages.map((message) => message.body);
  });
}

test("a batch waits for more messages, and resolves each with its id", async () => {
  using time = new VirtualTime();
  const service = new ScriptedService().on(POST, store);
  const producer = produce(service);
  const ids = Promise.all(["a", "b"].map((body) => producer.post(body)));
  await time.advance(19, 1);
  assert.deepEqual(batches(service), []);
  await time.advance(1, 1);
  assert.deepEqual(batches(service), [["a", "b"]]);
  assert.deepEqual(await ids, ["a", "b"]);
});

test("a full batch goes at once, and later ones follow in order", async () => {
  using time = new VirtualTime();
  const service = new ScriptedService().on(POST, store);
  const producer = produce(service, { maxMessages: 2 });
  for (const body of [1, 2, 3, 4, 5]) void producer.post(body);
  await time.advance(0);
  assert.deepEqual(batches(service), [
    [1, 2],
    [3, 4],
  ]);
  await time.advance(20, 1);
  assert.deepEqual(batches(service).at(-1), [5]);
});

test("a batch has at most its bytes, counted in UTF-8", async () => {
  const service = new ScriptedService().on(POST, store);
  const producer = produce(service, { maxBytes: 40 });
  // 11 bytes around each text, and 2 for each é.
  for (const body of ["ééééé", "fffff", "ggggg", "h".repeat(100), "i"]) void producer.post(body);
  await producer.flush();
  assert.deepEqual(batches(service), [["ééééé", "fffff"], ["ggggg"], ["h".repeat(100)], ["i"]]);
});

test("flush does not wait for more", async () => {
  const service = new ScriptedService().on(POST, store);
  const producer = produce(service, { maxMessages: 2, lingerMs: 3_600_000 });
  for (const body of [1, 2, 3]) void producer.post(body);
  await producer.flush();
  assert.deepEqual(batches(service), [[1, 2], [3]]);
});

test("a refused message does not take its neighbours with it", async () => {
  const service = new ScriptedService().on(POST, (asked) => (asked.body.includes("bad") ? refused(400) : store(asked)));
  const producer = produce(service);
  const outcomes = Promise.allSettled(["a", "bad", "b", "c"].map((body) => producer.post(body)));
  await assert.rejects(producer.flush(), (error: AggregateError) => error.errors.length === 1);
  assert.deepEqual(
    (await outcomes).map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "fulfilled"],
  );
  await producer.flush();
});

test("a repeated batch has the same key, so that it is stored once", async () => {
  using time = new VirtualTime();
  let failures = 0;
  const service = new ScriptedService().on(POST, (asked) => (failures++ < 2 ? refused(503) : store(asked)));
  const producer = produce(service);
  const posted = producer.post("a");
  await time.advance(5000);
  assert.equal(await posted, "a");
  const keys = service.of(POST).map(({ headers }) => headers.get("Idempotency-Key"));
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1);
});

test("a service that stays away rejects each message of its batches", async () => {
  using time = new VirtualTime();
  const service = new ScriptedService().on(POST, () => refused(503));
  const producer = produce(service);
  const posted = producer.post("a");
  const flushed = assert.rejects(producer.flush());
  await time.advance(60_000);
  await flushed;
  await assert.rejects(posted, (error) => error instanceof SukkalError && error.isRetryable);
});

test("a body that JSON does not have is refused before anything is sent", async () => {
  const service = new ScriptedService().on(POST, never);
  assert.throws(() => produce(service).post(undefined), TypeError);
  assert.deepEqual(service.asked, []);
});

test("flush does not wait for what is posted after it", async () => {
  using time = new VirtualTime();
  const service = new ScriptedService().on(POST, async (asked) => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return store(asked);
  });
  const producer = produce(service);
  let count = 0;
  const others = setInterval(() => void producer.post(count++), 5);
  void producer.post("first");
  let isFlushed = false;
  void producer.flush().then(() => (isFlushed = true));
  await time.advance(100, 5);
  clearInterval(others);
  assert.deepEqual(batches(service)[0], ["first"]);
  assert.ok(count > 10 && isFlushed);
});

test("a flush of nothing does not hurry the next batch", async () => {
  using time = new VirtualTime();
  const service = new ScriptedService().on(POST, store);
  const producer = produce(service);
  await producer.flush();
  void producer.post("a");
  await time.advance(10, 1);
  void producer.post("b");
  await time.advance(10, 1);
  assert.deepEqual(batches(service), [["a", "b"]]);
});

test("failures that nobody flushes do not take up more and more memory", async () => {
  const service = new ScriptedService().on(POST, () => refused(403));
  const producer = produce(service, { maxMessages: 10 });
  for (let count = 0; count < 300; count++) void producer.post(count).catch(() => {});
  await assert.rejects(producer.flush(), (error: AggregateError) => {
    assert.match(error.message, /^300 messages/);
    assert.equal(error.errors.length, 100);
    return true;
  });
  await producer.flush();
});

test("options that are undefined have their defaults", async () => {
  const service = new ScriptedService().on(POST, store);
  // As a program in JavaScript may give them.
  const options = { maxMessages: undefined, maxBytes: undefined, lingerMs: undefined } as unknown as ProducerOptions;
  const producer = produce(service, options);
  for (let count = 0; count < 150; count++) void producer.post(count);
  await producer.flush();
  assert.deepEqual(
    batches(service).map(({ length }) => length),
    [100, 50],
  );
});
