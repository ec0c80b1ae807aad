/** Requests to a spread queue, whose clients see one queue; and what they cost a queue that is not spread. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { parseMessageId, shardIn } from "../../src/domain/id.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { type Answer, project, type Queue } from "../support/drivers/zaqar-client.ts";
import { ACCESS_SETTINGS, startService } from "../support/drivers/service.ts";
import { countCalls, interceptObjects } from "../support/objects/calls.ts";
import { atHome, shardOf, spreadQueue } from "../support/objects/spread-queues.ts";
import { inside } from "../support/objects/stubs.ts";

freezeClock();

function objectOf(id: string | undefined): number | null {
  const position = parseMessageId(id ?? "");
  return position === null ? null : shardIn(position.epoch);
}

/** Without the questions that come before a report of figures. */
function methodsOf(calls: readonly string[]): readonly string[] {
  return calls.map((call) => call.split(" ").at(-1) ?? "").filter((method) => method !== "figures");
}

/** The answer of a home tells the Worker that the queue is spread. */
async function known(objects = 3): Promise<Queue> {
  const queue = await spreadQueue(objects);
  expect(await queue.pop()).toEqual([]);
  return queue;
}

describe("a queue on one object", () => {
  test("gets one call for each request, and no shard gets one", async () => {
    const queue = await project().queue();
    const calls = countCalls(["QUEUES", "SHARD_OBJECTS"]);
    const [id = "", ...others] = await queue.post("a", "b", "c", "d", "e");
    await queue.pop(1);
    await queue.get(id);
    await queue.getMany([id, ...others]);
    const claim = await queue.claim({ limit: 3 });
    await claim.get();
    await claim.renew();
    await queue.delete(claim.messages[0]?.id ?? "", { claim });
    await claim.settle({ delete: [claim.messages[1]?.id ?? ""] });
    await claim.release();
    await queue.delete("0".repeat(32));
    await queue.deleteMany([id, ...others]);
    const methods = ["post", "pop", "get", "get", "claim", "getClaim", "renew", "delete", "settle", "release"];
    expect(methodsOf(calls())).toEqual([...methods, "delete", "deleteMany"]);
  });
});

test("a claim finds a message although all objects have just restarted", async () => {
  const queue = await known(8);
  for (let round = 0; round < 3; round++) {
    const id = await queue.postOne("a");
    for (let number = 1; number < 8; number++) {
      const { stub } = shardOf(queue, number);
      await runInDurableObject(stub, () => null);
      await evictDurableObject(stub);
    }
    expect((await queue.claim()).messages.map((message) => message.id)).toEqual([id]);
  }
});

describe("while a queue drains", () => {
  const taken = async (queue: Queue, form: string): Promise<readonly unknown[]> => {
    if (form === "pops") return (await queue.pop(1)).map(({ body }) => body);
    const headers = form === "claims that may wait" ? { headers: { Prefer: "wait=1" } } : {};
    const answer = await queue.send("POST", "/claims", { body: { ttl: 60, grace: 60 }, ...headers });
    return (answer.json as { readonly messages: readonly { readonly body: unknown }[] }).messages.map(
      ({ body }) => body,
    );
  };

  test.each(["claims", "claims that may wait", "pops"])("%s return the messages of its shards first", async (form) => {
    const queue = await known(8);
    for (const number of [2, 4, 6]) await shardOf(queue, number).posted();
    await atHome(queue, (home) => home.collapse());
    await queue.post("new");
    const bodies: unknown[] = [];
    for (let claim = 0; claim < 4; claim++) bodies.push(...(await taken(queue, form)));
    expect(bodies).toEqual([0, 0, 0, "new"]);
  });
});

describe("where objects have as many claimed messages as they may", () => {
  const fill = (queue: Queue, ...numbers: readonly number[]): void => {
    for (const number of numbers)
      interceptObjects("SHARD_OBJECTS", shardOf(queue, number).name, () => ({
        claim: async () => ({ ok: false, failure: { kind: "claimed-too-many", max: 1, retryAfter: 5 } }),
      }));
  };
  const claim = (queue: Queue, headers = {}): Promise<Answer> =>
    queue.send("POST", "/claims", { body: { ttl: 60, grace: 60 }, headers });

  test.each([{}, { Prefer: "wait=1" }])("a claim gets the messages of the one that has room (%j)", async (headers) => {
    const queue = await known(8);
    for (let number = 1; number < 8; number++) await shardOf(queue, number).posted();
    fill(queue, 1, 2, 3, 4, 6, 7);
    for (let round = 0; round < 20; round++) {
      expect(await claim(queue, headers)).toAnswer(201);
      await shardOf(queue, 5).posted();
    }
  });

  test("a claim is refused if no other has messages", async () => {
    const queue = await known(4);
    for (let number = 1; number < 4; number++) await shardOf(queue, number).posted();
    fill(queue, 1, 2, 3);
    for (let round = 0; round < 10; round++) {
      const answer = await claim(queue);
      expect(answer).toAnswer(503);
      expect(answer.json).toMatchObject({ code: "claimed-too-many" });
      expect(answer.headers.get("Retry-After")).toBe("5");
    }
  });

  test("a claim gets no newer messages of the home of a queue that drains", async () => {
    const queue = await known(3);
    for (const number of [1, 2]) await shardOf(queue, number).posted();
    await atHome(queue, (home) => home.collapse());
    await queue.post("new");
    fill(queue, 1, 2);
    for (let round = 0; round < 5; round++) expect(await claim(queue)).toAnswer(503);
  });
});

describe("posts", () => {
  test("of one client go to one shard, once the Worker knows that the queue is spread", async () => {
    const queue = await known();
    const objects = new Set<number | null>();
    for (let round = 0; round < 3; round++) for (const id of await queue.post("a", "b")) objects.add(objectOf(id));
    expect(objects.size).toBe(1);
    expect([...objects][0]).toBeGreaterThan(0);
  });

  test("with a key go to the home", async () => {
    const queue = await known();
    const answer = await queue.send("POST", "/messages", {
      body: { messages: [{ body: "a" }] },
      headers: { "Idempotency-Key": crypto.randomUUID() },
    });
    const { resources } = answer.json as { readonly resources: readonly string[] };
    expect(objectOf(resources[0]?.split("/").at(-1))).toBe(0);
  });

  test("under a quota of messages go to the home, which counts them", async () => {
    const queue = await known();
    const operator = { headers: { "X-Roles": "admin" }, body: { messages_per_queue: 2 } };
    await queue.project.send("PUT", `/v2/quotas/${queue.project.id}`, operator);
    // The next request makes the Worker fetch the new quotas, which it has before the one after it.
    clock.advance({ seconds: 60 });
    await queue.project.send("GET", "/v2/quotas");
    const ids = await queue.post("a", "b");
    expect(ids.map(objectOf)).toEqual([0, 0]);
    expect((await queue.send("POST", "/messages", { body: { messages: [{ body: "c" }] } })).status).toBe(403);
  });

  test("go to the home while a shard takes none", async () => {
    const queue = await known();
    await queue.post("a");
    await atHome(queue, (home) => home.collapse());
    const [id] = await queue.post("b");
    expect(objectOf(id)).toBe(0);
    expect(await queue.list({ echo: true })).toHoldBodies("a", "b");
  });

  test("go on to the shard when the view is old, while the Worker asks the home again", async () => {
    const queue = await known();
    clock.advance({ seconds: 61 });
    const calls = countCalls(["QUEUES", "SHARD_OBJECTS"]);
    await queue.post("a");
    await queue.post("b");
    expect(new Set(methodsOf(calls()))).toEqual(new Set(["post", "spreadView"]));
    expect(await queue.list({ echo: true })).toHoldBodies("a", "b");
  });

  test("cost a call more when the queue has become another", async () => {
    const queue = await known();
    await queue.post("former");
    await inside(queue, (home) => home.remove());
    const calls = countCalls(["QUEUES", "SHARD_OBJECTS"]);
    const ids = [...(await queue.post("a")), ...(await queue.post("b"))];
    expect([methodsOf(calls()), ids.map(objectOf)]).toEqual([
      ["post", "post", "post"],
      [0, 0],
    ]);
    expect(await queue.list({ echo: true })).toHoldBodies("a", "b");
  });

  test("that meet an overloaded shard are 503, and are made nowhere else", async () => {
    const queue = await known();
    const overloaded = (): Promise<never> =>
      Promise.reject(Object.assign(new Error("overloaded"), { overloaded: true, retryable: true }));
    interceptObjects("SHARD_OBJECTS", `${queue.project.id}/`, () => ({ post: overloaded }));
    const calls = countCalls(["QUEUES", "SHARD_OBJECTS"]);
    const answer = await queue.send("POST", "/messages", { body: { messages: [{ body: "a" }] } });
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "2"]);
    expect(calls().filter((call) => call.endsWith("post"))).toHaveLength(1);
    expect(await queue.stats()).toMatchObject({ total: 0 });
  });

  test("with a signed URL are those of the queue", async () => {
    const queue = await known();
    const service = startService({
      AUTH_STRATEGY: "none",
      SIGNED_URL_SECRET_KEY: ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY,
    });
    const call = async (method: string, path: string, headers: Readonly<Record<string, string>>, body?: unknown) => {
      const text = body === undefined ? null : JSON.stringify(body);
      const asked = { method, headers: { "Client-ID": queue.project.client, ...headers }, body: text };
      return service.fetch(new Request(`http://zaqar.test/v2/queues/orders${path}`, asked));
    };
    const owner = { "X-Project-ID": queue.project.id };
    const grant = await (await call("POST", "/share", owner, { methods: ["GET", "POST"] })).json<Grant>();
    const signed = {
      "URL-Signature": grant.signature,
      "URL-Expires": grant.expires,
      "URL-Methods": grant.methods.join(","),
      "URL-Paths": grant.paths.join(","),
      "X-Project-ID": grant.project,
    };
    await call("GET", `/messages/${"0".repeat(32)}`, signed);
    const posted = await call("POST", "/messages", signed, { messages: [{ body: "a" }] });
    const [href = ""] = (await posted.json<{ readonly resources: readonly string[] }>()).resources;
    expect(objectOf(href.split("/").at(-1))).toBeGreaterThan(0);
    expect((await call("GET", href.slice(href.indexOf("/messages")), signed)).status).toBe(200);
  });
});

interface Grant {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: string;
  readonly expires: string;
  readonly signature: string;
}
