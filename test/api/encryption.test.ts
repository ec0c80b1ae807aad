/** Queues encrypted at rest (core contract 10). Runs with a MESSAGE_ENCRYPTION_KEY. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { bury, ended, redrive } from "../support/dead-letters.ts";
import { queueStub, storedText } from "../support/objects.ts";
import { interceptCalls, Receiver } from "../support/receiver.ts";
import { project, type Queue } from "../support/zaqar.ts";

interceptCalls();

const SECRET = "attack at dawn";

function encryptedQueue(): Promise<Queue> {
  return project().queue("orders", { _enable_encrypt_messages: true });
}

describe("an encrypted queue", () => {
  test("keeps no body readable in its storage", async () => {
    const orders = await encryptedQueue();
    await orders.post(SECRET, SECRET);
    const stored = await storedText(queueStub(orders));
    expect(stored).not.toContain(SECRET);
    expect(stored).not.toContain("dawn");
  });

  test("gives every body back in the clear: in lists, by id, in claims, when popped", async () => {
    const orders = await encryptedQueue();
    const id = await orders.postOne(SECRET);
    expect(await orders.list()).toHoldBodies(SECRET);
    expect(await orders.getMany([id])).toHoldBodies(SECRET);
    expect((await orders.get(id))?.body).toBe(SECRET);
    const claim = await orders.claim();
    expect(claim).toHoldBodies(SECRET);
    expect(await claim.get()).toHoldBodies(SECRET);
    await claim.release();
    expect(await orders.pop()).toHoldBodies(SECRET);
  });

  test.each(["9007199254740993", "1.0", '{"b":1,"a":[]}', "null", '"日本 😀"', '"\\ud800"', "NaN"])(
    "gives %s back as it was written",
    async (body) => {
      const orders = await encryptedQueue();
      expect(await orders.send("POST", "/messages", { body: `{"messages":[{"body":${body}}]}` })).toAnswer(201);
      expect((await orders.send("GET", "/messages?echo=true")).text).toContain(`"body":${body}`);
    },
  );

  test("tells its subscribers of a message, and shows them only what is stored of it", async () => {
    const [orders, hook] = [await encryptedQueue(), new Receiver()];
    const id = await orders.subscribe(hook.url);
    expect(await orders.send("PUT", `/subscriptions/${id}/confirm`, { body: { confirmed: true } })).toAnswer(204);
    await orders.post(SECRET, SECRET);
    // The first thing it is sent is the question that has been answered.
    await expect.poll(() => hook.received.length).toBe(3);
    const stored = await storedText(queueStub(orders));
    const [, first, second] = hook.bodies;
    expect(first).not.toBe(second);
    for (const body of [first, second]) {
      expect(body).toBeTypeOf("string");
      expect(String(body)).not.toContain("dawn");
      expect(stored).toContain(body);
    }
  });

  test("holds many messages of different ttls in their order", async () => {
    const orders = await encryptedQueue();
    await orders.post("a", { body: "b", ttl: 60 }, { body: "c", ttl: 60 }, "d");
    await orders.post("e");
    expect(await orders.claim()).toHoldBodies("a", "b", "c", "d", "e");
  });

  test("takes a post of the largest size, which is judged in the clear", async () => {
    const orders = await encryptedQueue();
    const post = (bytes: number): string => {
      const empty = '{"messages":[{"body":""}]}';
      return empty.replace('""', `"${"x".repeat(bytes - empty.length)}"`);
    };
    expect(await orders.send("POST", "/messages", { body: post(2000) })).toAnswer(201);
    expect(await orders.send("POST", "/messages", { body: post(2001) })).toRefuse(400, "Invalid API request");
  });

  test("shows that it is encrypted", async () => {
    expect(await (await encryptedQueue()).metadata()).toMatchObject({ _enable_encrypt_messages: true });
  });
});

test("a queue that is not encrypted stores bodies as they are", async () => {
  const orders = await project().queue();
  await orders.post(SECRET);
  expect(await storedText(queueStub(orders))).toContain(SECRET);
});

test("encryption may be switched on and off: old messages stay readable", async () => {
  const orders = await project().queue();
  await orders.post("plain");
  await orders.patch({ op: "add", path: "/metadata/_enable_encrypt_messages", value: true });
  await orders.post(SECRET);
  expect(await storedText(queueStub(orders))).not.toContain(SECRET);
  expect(await orders.list()).toHoldBodies("plain", SECRET);
  await orders.patch({ op: "remove", path: "/metadata/_enable_encrypt_messages" });
  await orders.post("plain again");
  expect(await orders.claim()).toHoldBodies("plain", SECRET, "plain again");
});

test("dead letters stay encrypted on their way, and readable where they arrive", async () => {
  const orders = await project().queue("orders", {
    _enable_encrypt_messages: true,
    _max_claim_count: 0,
    _dead_letter_queue: "dead",
  });
  await orders.post(SECRET);
  expect(await orders.claim()).toHoldBodies();
  const dead = orders.project.missingQueue("dead");
  await expect.poll(async () => (await dead.list()).map((message) => message.body)).toEqual([SECRET]);
  expect(await storedText(queueStub(orders))).not.toContain(SECRET);
  expect(await storedText(queueStub(dead))).not.toContain(SECRET);
});

describe("bodies under a key that the service does not have", () => {
  /** Makes the stored bodies look as if another key had sealed them, and back. */
  const rename = (queue: Queue, from: string, to: string): Promise<void> =>
    runInDurableObject(queueStub(queue), (_, state) => {
      state.storage.sql.exec(`UPDATE segment SET bodies = replace(bodies, '!${from}', '!${to}')`);
    });

  test.each([
    ["popped", "DELETE", "/messages?pop=1"],
    ["claimed", "POST", "/claims"],
  ])("are not %s: the answer is 503 and the messages stay", async (_, method, path) => {
    const orders = await encryptedQueue();
    await orders.post(SECRET);
    const [, keyId = ""] = /!([0-9a-f]{8})/.exec(await storedText(queueStub(orders))) ?? [];
    await rename(orders, keyId, "00000000");
    expect(await orders.send(method, path)).toAnswer(503);
    await rename(orders, "00000000", keyId);
    expect(await orders.claim()).toHoldBodies(SECRET);
  });
});

test("a redrive brings sealed bodies back, readable where they arrive", async () => {
  const owner = project();
  const dead = await owner.queue("dead", { _enable_encrypt_messages: true });
  await bury(owner, "orders", SECRET);
  await redrive(dead);
  await ended(dead);
  const orders = owner.missingQueue("orders");
  expect(await orders.list()).toHoldBodies(SECRET);
  expect(await storedText(queueStub(orders))).not.toContain(SECRET);
});

test("dead letters are sealed on their way into a queue that encrypts", async () => {
  const owner = project();
  const plain = await owner.queue("plain", { _max_claim_count: 0, _dead_letter_queue: "dead" });
  const dead = await owner.queue("dead", { _enable_encrypt_messages: true });
  await plain.post(SECRET);
  await plain.claim();
  expect(await storedText(queueStub(dead))).not.toContain(SECRET);
  expect(await dead.list()).toHoldBodies(SECRET);
});
