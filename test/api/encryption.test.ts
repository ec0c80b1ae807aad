/** Queues encrypted at rest. Runs with a MESSAGE_ENCRYPTION_KEY. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { toProjectId } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { joinBodies } from "../../src/domain/message.ts";
import { toSeconds } from "../../src/domain/time.ts";
import { BodyCipher } from "../../src/objects/queue/body-cipher.ts";
import { bury, ended, redrive } from "../support/drivers/redrives.ts";
import { queueStub, storedText } from "../support/objects/stubs.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { project, type Metadata, type Queue } from "../support/drivers/zaqar-client.ts";

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

  test("notifies its subscribers with the encrypted body", async () => {
    const [orders, hook] = [await encryptedQueue(), new Receiver()];
    const id = await orders.subscribe(hook.url);
    expect(await orders.send("PUT", `/subscriptions/${id}/confirm`, { body: { confirmed: true } })).toAnswer(204);
    await orders.post(SECRET, SECRET);
    // The first request that it gets is the confirmation request.
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

  test("accepts a post of the largest size, measured before encryption", async () => {
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

/** Encrypts as a service with that key would. */
async function encryptedWith(secret: string, queue: Queue, body: string): Promise<string> {
  const cipher = new BodyCipher(
    { messageEncryptionKey: secret, messageEncryptionPreviousKeys: null },
    toProjectId(queue.project.id),
  );
  await cipher.prepare();
  const run = {
    ttl: toSeconds(60),
    delay: toSeconds(0),
    count: 1,
    bodies: joinBodies([JSON.stringify(body) as JsonText]),
  };
  const [encrypted] = await cipher.encryptRuns([run]);
  return encrypted?.bodies ?? "";
}

/** Replaces the bodies of the queue's newest segment by the text. */
async function overwrite(queue: Queue, bodies: string): Promise<void> {
  await runInDurableObject(queueStub(queue), (_, state) => {
    const newest = "(SELECT max(first) FROM segment)";
    state.storage.sql.exec(`UPDATE segment SET bodies = ?, crc = NULL WHERE first = ${newest}`, bodies);
  });
}

test.each(["the key before", "the key before that", "the key before, the key before that"])(
  "a body encrypted with the former key %j is decrypted",
  async (secret) => {
    const orders = await encryptedQueue();
    await orders.post("placeholder");
    await overwrite(orders, await encryptedWith(secret, orders, SECRET));
    expect(await orders.list()).toHoldBodies(SECRET);
    expect(await orders.claim()).toHoldBodies(SECRET);
  },
);

describe("a message that no key decrypts", () => {
  /** A queue of three messages, the second of which cannot be decrypted, and their ids. */
  async function mixedQueue(
    metadata: Metadata = {},
  ): Promise<{ readonly orders: Queue; readonly ids: readonly string[] }> {
    const orders = await project().queue("orders", { _enable_encrypt_messages: true, ...metadata });
    const ids: string[] = [];
    for (const body of ["a", "lost", "b"]) {
      ids.push(await orders.postOne(body));
      if (body === "lost") await overwrite(orders, await encryptedWith("a key of somebody else", orders, body));
    }
    return { orders, ids };
  }

  test("is skipped by lists, reads by id, claims and pops, and counted", async () => {
    const { orders, ids } = await mixedQueue();
    expect(await orders.list()).toHoldBodies("a", "b");
    expect(await orders.list({ limit: 2 })).toHoldBodies("a", "b");
    expect(await orders.getMany(ids)).toHoldBodies("a", "b");
    expect(await orders.get(ids[1] ?? "")).toBeNull();
    expect(await orders.stats()).toMatchObject({ total: 3, free: 3, unreadable: 1 });
    const claim = await orders.claim({ limit: 2 });
    expect(claim).toHoldBodies("a", "b");
    await claim.release();
    expect(await orders.pop(2)).toHoldBodies("a", "b");
    expect(await orders.pop(2)).toHoldBodies();
    expect(await orders.stats()).toMatchObject({ total: 1, free: 1, unreadable: 1 });
  });

  test("does not keep new messages from being posted and claimed", async () => {
    const { orders } = await mixedQueue();
    await orders.pop(2);
    await orders.post("c");
    expect(await orders.claim()).toHoldBodies("c");
  });

  test("can be deleted by its id and purged, and expires", async () => {
    for (const end of [
      ({ orders, ids }: { readonly orders: Queue; readonly ids: readonly string[] }) => orders.delete(ids[1] ?? ""),
      ({ orders }: { readonly orders: Queue }) => orders.purge(),
    ]) {
      const mixed = await mixedQueue();
      await mixed.orders.pop(2);
      await end(mixed);
      expect((await mixed.orders.stats()) as object).not.toHaveProperty("unreadable");
      expect(await mixed.orders.stats()).toMatchObject({ total: 0 });
    }
  });

  test("stays when the others are dead letters, or are redriven", async () => {
    const { orders } = await mixedQueue({ _max_claim_count: 0, _dead_letter_queue: "dead" });
    expect(await orders.claim()).toHoldBodies();
    const dead = orders.project.missingQueue("dead");
    await expect.poll(async () => (await dead.list()).map((message) => message.body)).toEqual(["a", "b"]);
    expect(await orders.stats()).toMatchObject({ total: 1, unreadable: 1 });
    await orders.post("c");
    await redrive(orders, { target: "elsewhere" });
    expect(await ended(orders)).toMatchObject({ moved: 1 });
    expect(await orders.project.missingQueue("elsewhere").list()).toHoldBodies("c");
    expect(await orders.stats()).toMatchObject({ total: 1, unreadable: 1 });
  });

  test("is one log line with the queue's name, however many there are", async () => {
    const lines = vi.spyOn(console, "error");
    const { orders } = await mixedQueue();
    await orders.post("lost too");
    await overwrite(orders, await encryptedWith("another key still", orders, "lost too"));
    await orders.list();
    await orders.claim();
    const mine = lines.mock.calls.map(String).filter((line) => line.includes(orders.project.id));
    expect(mine).toHaveLength(1);
    expect(JSON.parse(mine[0] ?? "")).toMatchObject({
      event: "fault",
      queue: "orders",
      operation: "unreadable messages",
    });
    lines.mockRestore();
  });
});

test("a redrive moves encrypted bodies, readable where they arrive", async () => {
  const owner = project();
  const dead = await owner.queue("dead", { _enable_encrypt_messages: true });
  await bury(owner, "orders", SECRET);
  await redrive(dead);
  await ended(dead);
  const orders = owner.missingQueue("orders");
  expect(await orders.list()).toHoldBodies(SECRET);
  expect(await storedText(queueStub(orders))).not.toContain(SECRET);
});

test("dead letters are encrypted on their way into an encrypted queue", async () => {
  const owner = project();
  const plain = await owner.queue("plain", { _max_claim_count: 0, _dead_letter_queue: "dead" });
  const dead = await owner.queue("dead", { _enable_encrypt_messages: true });
  await plain.post(SECRET);
  await plain.claim();
  expect(await storedText(queueStub(dead))).not.toContain(SECRET);
  expect(await dead.list()).toHoldBodies(SECRET);
});
