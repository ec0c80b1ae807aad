/** Claims of connections that wait, when something ends or fails in between: no message is leased to nobody. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { freezeClock, until } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { broken, rows } from "../support/objects/queue-outbox.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { claimed, hubOf, queueAndSocket, wait } from "../support/drivers/waits.ts";
import { connect } from "../support/drivers/web-socket.ts";
import { bodiesOf, project } from "../support/drivers/zaqar-client.ts";

freezeClock();

describe("a connection that ends", () => {
  test("ends its waits, and the next message is for others", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket);
    socket.close(1000);
    await expect.poll(() => rows(orders, "wait")).toEqual([]);
    await orders.post("a");
    expect(await orders.claim()).toHoldBodies("a");
  });

  test("while its queue notes a wait leaves none", async () => {
    const [orders, socket] = await queueAndSocket();
    let isClosed = false;
    let isNoted = false;
    interceptObjects("QUEUES", `${orders.project.id}/orders`, (stub) => ({
      noteWait: async (request) => {
        await until(() => isClosed);
        const outcome = await stub.noteWait(request);
        isNoted = true;
        return outcome;
      },
    }));
    socket.post("claim_create", { queue_name: "orders", wait: 20 });
    socket.close(1000);
    await socket.closed;
    isClosed = true;
    await until(() => isNoted);
    await expect.poll(() => rows(orders, "wait")).toEqual([]);
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

  test("before its claim arrives at the queue loses no message", async () => {
    const [orders, socket] = await queueAndSocket();
    await wait(socket);
    let isCalled = false;
    let isClosed = false;
    interceptObjects("QUEUES", `${orders.project.id}/orders`, (stub) => ({
      claim: async (request) => {
        isCalled = true;
        await until(() => isClosed);
        return stub.claim(request);
      },
    }));
    await orders.post("a");
    await until(() => isCalled);
    socket.close(1000);
    await socket.closed;
    isClosed = true;
    await until(async () => (await rows(orders, "claim")).length === 1);
    await expect.poll(async () => (await orders.stats()).free).toBe(1);
    expect(await rows(orders, "wait")).toEqual([]);
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

  test("a wait that its client ends while the claim is made: the client gets the claim", async () => {
    const orders = await project().queue();
    const client = crypto.randomUUID();
    const socket = await connect(orders.project.id, client);
    await wait(socket);
    interceptObjects("QUEUES", `${orders.project.id}/orders`, (stub) => ({
      claim: async (request) => {
        await orders.as(client).send("DELETE", "/claims?waiting=true");
        await until(async () => (await rows(orders, "wait")).length === 0);
        return stub.claim(request);
      },
    }));
    await orders.post("a");
    expect(bodiesOf(await claimed(socket))).toEqual(["a"]);
    expect(await orders.stats()).toMatchObject({ claimed: 1 });
    expect(socket.untaken).toBe(0);
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
