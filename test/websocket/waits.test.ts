/** Claims over a connection that wait for messages, which upstream does not have. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { rows } from "../support/objects/queue-outbox.ts";
import { queueStub, rowCounts } from "../support/objects/stubs.ts";
import { bodiesOf, project, type Queue } from "../support/drivers/zaqar-client.ts";
import { claimed, hubOf, queueAndSocket, wait } from "../support/drivers/waits.ts";
import { connect } from "../support/drivers/web-socket.ts";

freezeClock();

describe("a claim that waits", () => {
  test("is answered at once that it waits, and gets a message when it is posted", async () => {
    const [orders, socket] = await queueAndSocket();
    expect(await socket.ask("claim_create", { queue_name: "orders", ttl: 60, grace: 60, wait: 20 })).toMatchObject({
      request: { action: "claim_create" },
      headers: { status: 202 },
      body: { wait: 20 },
    });
    const [id = ""] = await orders.post({ body: { n: 1 }, ttl: 300 });
    const frame = await claimed(socket);
    expect(frame).toEqual({
      Message_Type: "Claim",
      queue_name: "orders",
      claim_id: expect.any(String),
      messages: [{ id, claim_id: frame.claim_id, ttl: 300, age: 0, body: { n: 1 } }],
    });
    const request = { queue_name: "orders", message_id: id, claim_id: frame.claim_id };
    expect(await socket.ask("message_delete", request)).toMatchObject({ headers: { status: 204 } });
  });

  test("goes on while the queue pauses claims", async () => {
    const [orders, socket] = await queueAndSocket({ _paused: ["claims"] });
    const paused = await socket.ask("claim_create", { queue_name: "orders" });
    expect(paused).toMatchObject({
      headers: { status: 204, notice: expect.stringMatching(/pauses claims/) as string },
    });
    await wait(socket);
    await orders.post("a");
    await evictDurableObject(queueStub(orders));
    // An answer, and no frame before it.
    expect(await socket.ask("queue_get", { queue_name: "orders" })).toMatchObject({ body: { _paused: ["claims"] } });
    await orders.patch({ op: "remove", path: "/metadata/_paused" });
    expect(bodiesOf((await claimed(socket)).messages)).toEqual(["a"]);
  });

  test("is an ordinary claim when there are messages", async () => {
    const [orders, socket] = await queueAndSocket();
    await orders.post("a");
    const reply = await socket.ask("claim_create", { queue_name: "orders", wait: 20 });
    expect(reply).toMatchObject({ headers: { status: 201 }, body: { messages: [{ body: "a" }] } });
  });

  test("gets its answer in its own format", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket, {}, "askInBinary");
    await orders.post("a");
    const data = await socket.receive();
    expect(data).toBeInstanceOf(ArrayBuffer);
  });

  test("claims with the lease and the limit that it asked for", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket, { ttl: 100, limit: 2 });
    await orders.post("a", "b", "c");
    const { claim_id: claim, messages } = await claimed(socket);
    expect(bodiesOf(messages)).toEqual(["a", "b"]);
    expect((await orders.send("GET", `/claims/${claim}`)).json).toMatchObject({ ttl: 100 });
  });

  test("gets the details of its messages if it asked for them", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket, { details: true });
    await orders.post("a");
    const until = new Date(Date.now() + 60_000).toISOString().replace(".000", "");
    expect((await claimed(socket)).messages).toMatchObject([{ claim_count: 0, claimed_until: until }]);
  });

  test("gets a message when the delay of its release ends, which an alarm sees to", async () => {
    const [orders, socket] = await queueAndSocket();
    const id = await orders.postOne("a");
    const claim = await orders.claim();
    await wait(socket);
    await claim.settle({ release: [{ ids: [id], delay: 10 }] });
    const alarm = await runInDurableObject(queueStub(orders), (__, state) => state.storage.getAlarm());
    expect(Number(alarm) - Date.now()).toBeLessThanOrEqual(11_000);
    clock.advance({ seconds: 10 });
    await runDurableObjectAlarm(queueStub(orders));
    expect(bodiesOf(await claimed(socket))).toEqual(["a"]);
  });

  test("waits for a queue that does not exist yet", async () => {
    const orders = project().missingQueue();
    const socket = await connect(orders.project.id);
    await wait(socket);
    await orders.post("a");
    expect(bodiesOf(await claimed(socket))).toEqual(["a"]);
  });

  test("gets what a released claim gives back", async () => {
    const [orders, socket] = await queueAndSocket();
    await orders.post("a");
    const other = await orders.claim();
    await wait(socket);
    await other.release();
    expect(bodiesOf(await claimed(socket))).toEqual(["a"]);
  });

  test.each([
    ["a lease lapses", {}, 59],
    ["a delay ends", { _default_message_delay: 70 }, 69],
  ])("gets a message when %s, which an alarm sees to", async (_, metadata, seconds) => {
    const [orders, socket] = await queueAndSocket(metadata);
    await orders.post("a");
    await orders.claim({ ttl: 60, grace: 60 });
    clock.advance({ seconds: seconds - 10 });
    await wait(socket);
    const alarm = await runInDurableObject(queueStub(orders), (__, state) => state.storage.getAlarm());
    expect(Number(alarm) - Date.now()).toBeLessThanOrEqual(11_000);
    clock.advance({ seconds: 11 });
    await runDurableObjectAlarm(queueStub(orders));
    expect(bodiesOf(await claimed(socket))).toEqual(["a"]);
  });

  test("may be one of several of a connection", async () => {
    const [orders, socket] = await queueAndSocket();
    for (let count = 0; count < 8; count++) await wait(socket, { limit: 1 });
    const more = await socket.ask("claim_create", { queue_name: "orders", wait: 20 });
    expect(more).toMatchObject({ headers: { status: 204 }, body: { claim_id: null } });
    await orders.post("a", "b");
    expect(bodiesOf([...(await claimed(socket)).messages, ...(await claimed(socket)).messages])).toEqual(["a", "b"]);
  });
});

describe("the wait is not applied", () => {
  test.each([0, -1])("when it is %d", async (seconds) => {
    const [, socket] = await queueAndSocket();
    const reply = await socket.ask("claim_create", { queue_name: "orders", wait: seconds });
    expect(reply).toMatchObject({ headers: { status: 204 }, body: { claim_id: null } });
  });

  test("for longer than the service allows", async () => {
    const [, socket] = await queueAndSocket();
    expect(await socket.ask("claim_create", { queue_name: "orders", wait: 1000 })).toMatchObject({
      headers: { status: 202 },
      body: { wait: 20 },
    });
  });

  test("when it is no integer: the schema is violated", async () => {
    const [, socket] = await queueAndSocket();
    for (const seconds of ["20", 1.5, null]) {
      const reply = await socket.ask("claim_create", { queue_name: "orders", wait: seconds });
      expect(reply).toMatchObject({ headers: { status: 400 }, body: { error: "Schema validation failed." } });
    }
  });

  test("to a claim that is refused", async () => {
    const [orders, socket] = await queueAndSocket();
    const reply = await socket.ask("claim_create", { queue_name: "orders", ttl: 1, wait: 20 });
    expect(reply).toMatchObject({ headers: { status: 400 } });
    expect(await rows(orders, "wait")).toEqual([]);
  });

  test("to a frame whose headers are too long to keep", async () => {
    const [, socket] = await queueAndSocket();
    const body = { queue_name: "orders", wait: 20 };
    const reply = await socket.ask("claim_create", body, { "X-Roles": "r".repeat(2000) });
    expect(reply).toMatchObject({ headers: { status: 204 } });
  });
});

describe("waits of connections and of requests", () => {
  test("are served in the order in which they began", async () => {
    const [orders, first] = await queueAndSocket();
    const [second, fourth] = [await connect(orders.project.id), await connect(orders.project.id)];
    await wait(first, { limit: 1 });
    await wait(second, { limit: 1 });
    const third = orders.send("POST", "/claims?limit=1", { headers: { Prefer: "wait=20" } });
    for (let count = 0; count < 3; count++) await orders.stats();
    await wait(fourth, { limit: 1 });
    await orders.post("1");
    expect(bodiesOf(await claimed(first))).toEqual(["1"]);
    await orders.post("2");
    expect(bodiesOf(await claimed(second))).toEqual(["2"]);
    await orders.post("3");
    expect((await third).json).toMatchObject({ messages: [{ body: "3" }] });
    await orders.post("4");
    expect(bodiesOf(await claimed(fourth))).toEqual(["4"]);
  });

  const request = (orders: Queue, client: string) => orders.as(client).send("DELETE", "/claims?waiting=true");
  const frame = async (orders: Queue, client: string) =>
    (await connect(orders.project.id, client)).ask("claim_end_waits", { queue_name: "orders" });

  test.each([
    ["request", async (orders: Queue, client: string) => (await request(orders, client)).status],
    ["frame", async (orders: Queue, client: string) => (await frame(orders, client)).headers.status],
  ])("are ended by a client's %s, and those of other clients are not", async (_, end) => {
    const orders = await project().queue();
    const client = crypto.randomUUID();
    const [mine, other] = [await connect(orders.project.id, client), await connect(orders.project.id)];
    await wait(mine);
    await wait(other);
    const waiting = orders.as(client).send("POST", "/claims", { headers: { Prefer: "wait=20" } });
    for (let count = 0; count < 3; count++) await orders.stats();
    expect(await end(orders, client)).toBe(204);
    expect((await waiting).status).toBe(204);
    expect(await claimed(mine)).toMatchObject({ claim_id: null, messages: [] });
    await orders.post("a");
    expect(bodiesOf(await claimed(other))).toEqual(["a"]);
  });
});

describe("when its time is up", () => {
  test("a wait ends without a claim, by the hub's alarm, and the next message is for others", async () => {
    const [orders, socket] = await queueAndSocket();
    const hub = await hubOf(orders, socket);
    await wait(socket);
    clock.advance({ seconds: 21 });
    await runDurableObjectAlarm(hub);
    expect(await claimed(socket)).toEqual({
      Message_Type: "Claim",
      queue_name: "orders",
      claim_id: null,
      messages: [],
    });
    await orders.post("a");
    expect(await orders.claim()).toHoldBodies("a");
  });

  test("a message that comes before the alarm is still for others", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket);
    clock.advance({ seconds: 21 });
    await orders.post("a");
    expect(await orders.claim()).toHoldBodies("a");
    expect(socket.untaken).toBe(0);
  });
});

describe("while nothing happens", () => {
  test("queue and hub may sleep, and the wait goes on", async () => {
    const [orders, socket] = await queueAndSocket();
    const hub = await hubOf(orders, socket);
    await wait(socket);
    await evictDurableObject(queueStub(orders));
    await evictDurableObject(hub);
    await orders.post("a");
    expect(bodiesOf(await claimed(socket))).toEqual(["a"]);
  });

  test("the queue may sleep when the wait is over, although a message becomes claimable soon", async () => {
    const [orders, socket] = await queueAndSocket({ _default_message_delay: 30 });
    await orders.post("delayed");
    await wait(socket);
    clock.advance({ ms: 29_999 });
    await runDurableObjectAlarm(queueStub(orders));
    await evictDurableObject(queueStub(orders));
  });

  test("a wait costs its queue a row, and another to remove", async () => {
    const [orders, socket] = await queueAndSocket();
    await orders.post("warm");
    await (await orders.claim()).release();
    await orders.pop();
    const before = (await rowCounts(orders)).written;
    await wait(socket);
    expect((await rowCounts(orders)).written - before).toBe(1);
    await orders.post("a");
    await claimed(socket);
    // The segment, the claim, and the wait.
    expect((await rowCounts(orders)).written - before).toBe(4);
    expect(await rows(orders, "wait")).toEqual([]);
  });

  test("waits that are over leave no row when another begins", async () => {
    const [orders, socket] = await queueAndSocket();
    const hub = await hubOf(orders, socket);
    for (let count = 0; count < 3; count++) {
      await wait(socket);
      clock.advance({ seconds: 21 });
      await runDurableObjectAlarm(hub);
      expect(await claimed(socket)).toMatchObject({ claim_id: null });
      expect(await rows(orders, "wait")).toHaveLength(1);
    }
  });

  test("a wait for a queue that is never created leaves no database", async () => {
    const orders = project().missingQueue();
    const socket = await connect(orders.project.id);
    await wait(socket);
    clock.advance({ seconds: 10 });
    await runDurableObjectAlarm(queueStub(orders));
    expect(await rows(orders, "wait")).toHaveLength(1);
    clock.advance({ seconds: 11 });
    await runDurableObjectAlarm(queueStub(orders));
    await expect(rows(orders, "wait")).rejects.toThrow("no such table");
  });
});
