/** Claims over a connection that wait for messages, which upstream does not have. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { clock, freezeClock, until } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { broken, rows } from "../support/objects/queue-outbox.ts";
import { queueStub, rowCounts } from "../support/objects/stubs.ts";
import { bodiesOf, project, type Queue } from "../support/drivers/zaqar-client.ts";
import { connect, type Connection } from "../support/drivers/web-socket.ts";

freezeClock();

const { HUBS } = env as unknown as ObjectBindings;

interface ClaimFrame {
  readonly Message_Type: string;
  readonly queue_name: string;
  readonly claim_id: string | null;
  readonly messages: readonly { readonly id: string; readonly body: unknown }[];
}

async function queueAndSocket(metadata = {}): Promise<readonly [Queue, Connection]> {
  const orders = await project().queue("orders", metadata);
  return [orders, await connect(orders.project.id)];
}

/** Begins a wait. */
async function wait(socket: Connection, body = {}, how: "ask" | "askInBinary" = "ask"): Promise<void> {
  const reply = await socket[how]("claim_create", { queue_name: "orders", ttl: 60, grace: 60, wait: 20, ...body });
  expect(reply).toMatchObject({ headers: { status: 202 } });
}

async function claimed(socket: Connection): Promise<ClaimFrame> {
  return (await socket.pushed()) as ClaimFrame;
}

/** The hub that holds the connection, found by what it subscribes to. */
async function hubOf(orders: Queue, socket: Connection): Promise<DurableObjectStub> {
  const id = await socket.subscribe("where");
  const { subscriber = "" } = (await orders.project.missingQueue("where").subscription(id)) ?? {};
  const [, hub = ""] = /^websocket:\/\/(.+)\/.+$/.exec(subscriber) ?? [];
  return HUBS.get(HUBS.idFromName(hub));
}

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

  test("are ended by the client's request", async () => {
    const orders = await project().queue();
    const client = crypto.randomUUID();
    const [mine, other] = [await connect(orders.project.id, client), await connect(orders.project.id)];
    await wait(mine);
    await wait(other);
    expect((await orders.as(client).send("DELETE", "/claims?waiting=true")).status).toBe(204);
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

describe("a connection that ends", () => {
  test("ends its waits, and the next message is for others", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket);
    socket.close(1000);
    await expect.poll(() => rows(orders, "wait")).toEqual([]);
    await orders.post("a");
    expect(await orders.claim()).toHoldBodies("a");
  });

  test("while its claim is made loses no message", async () => {
    const [orders, socket] = await queueAndSocket({ _max_claim_count: 1, _dead_letter_queue: "dead" });
    await wait(socket);
    let isClosed = false;
    interceptObjects("QUEUES", `${orders.project.id}/orders`, (stub) => ({
      claim: async (request) => {
        const claim = await stub.claim(request);
        await until(() => isClosed);
        return claim;
      },
    }));
    await orders.post("a");
    await expect.poll(async () => (await orders.stats()).claimed).toBe(1);
    socket.close(1000);
    await expect(socket.closed).resolves.toMatchObject({ code: 1000 });
    isClosed = true;
    await expect.poll(async () => (await orders.stats()).free).toBe(1);
    // Its claim count is as before, so it is no dead letter.
    expect(bodiesOf(await orders.list())).toEqual(["a"]);
  });

  test("in a crash of its hub ends its waits with the next message, which is for others", async () => {
    const [orders, socket] = await queueAndSocket();
    const hub = await hubOf(orders, socket);
    await wait(socket);
    const other = await connect(orders.project.id);
    await evictDurableObject(hub, { webSockets: "close" });
    const third = await connect(orders.project.id);
    await wait(third);
    await orders.post("a");
    expect(bodiesOf(await claimed(third))).toEqual(["a"]);
    other.close();
  });
});

describe("what fails in between", () => {
  test("a hub that crashes with a claim in its hands: the claim is withdrawn", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket);
    interceptObjects("HUBS", "hub/", (stub) => ({
      settleWait: async (request) => {
        await stub.settleWait(request);
        return broken();
      },
    }));
    await orders.post("a");
    await expect.poll(async () => (await orders.stats()).free).toBe(1);
  });

  test("a hub that cannot be called: the message is for the next one", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket);
    const mend = interceptObjects("HUBS", "hub/", () => ({ settleWait: broken }));
    await orders.post("a");
    await expect.poll(() => rows(orders, "wait")).toEqual([]);
    mend();
    expect(await orders.claim()).toHoldBodies("a");
  });

  test("a claim that is refused now: the wait ends, and the reason is told when it is asked again", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket);
    interceptObjects("QUEUES", `${orders.project.id}/orders`, () => ({ claim: broken }));
    await orders.post("a");
    expect(await claimed(socket)).toMatchObject({ claim_id: null });
    expect(await socket.ask("claim_create", { queue_name: "orders", wait: 20 })).toMatchObject({
      headers: { status: 503 },
    });
  });

  test("an object that crashes after a post and before the wake-up wakes the wait when it comes back", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket);
    await runInDurableObject(queueStub(orders), (_, state) => {
      state.storage.sql.exec(
        `INSERT INTO segment (first, count, ttl_s, posted_at_ms, visible_at_ms, expires_at_ms, client, bodies)
           VALUES (1, 1, 300, ?1, ?1, ?1 + 300000, 'c', '"a"')`,
        Date.now(),
      );
    });
    await evictDurableObject(queueStub(orders));
    await orders.stats();
    expect(bodiesOf(await claimed(socket))).toEqual(["a"]);
  });

  test("a deletion of the queue ends its waits", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket);
    await orders.remove();
    expect(await claimed(socket)).toMatchObject({ claim_id: null, messages: [] });
  });

  test("a queue that is full of waits takes no more", async () => {
    const [orders, socket] = await queueAndSocket();
    const mend = interceptObjects("QUEUES", `${orders.project.id}/orders`, () => ({ noteWait: async () => "full" }));
    const reply = await socket.ask("claim_create", { queue_name: "orders", wait: 20 });
    expect(reply).toMatchObject({ headers: { status: 204 } });
    mend();
    await wait(socket);
    await until(async () => (await rows(orders, "wait")).length === 1);
  });
});
