/** Queues and topics with `details=true`: whether they exist, and their statistics, also of a whole page. Ours. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { startService } from "../support/drivers/service.ts";
import { requestBy, withClientHeaders } from "../support/drivers/request.ts";
import { startWithKeys, withKey } from "../support/drivers/api-keys.ts";
import { numbered, project, Project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

interface Entry {
  readonly name: string;
  readonly messages: { readonly free: number; readonly claimed: number; readonly total: number } | null;
}

async function entriesIn(owner: Project, query = ""): Promise<readonly Entry[]> {
  const { json } = await owner.send("GET", `/v2/queues?details=true${query}`);
  return (json as { queues: Entry[] }).queues;
}

describe("a queue with details", () => {
  test("shows its name, its metadata and its statistics", async () => {
    const orders = await project().queue("orders", { team: "ops" });
    await orders.post("a", "b", "c");
    await orders.claim({ limit: 1 });
    clock.advance({ seconds: 5 });
    const messages = await orders.stats();
    expect(messages).toMatchObject({ claimed: 1, free: 2, total: 3 });
    expect((await orders.send("GET", "?details=true")).json).toEqual({
      name: "orders",
      href: "/v2/queues/orders",
      metadata: await orders.metadata(),
      messages,
    });
  });

  test.each([
    ["queue", "missingQueue", "The queue orders does not exist for project"],
    ["topic", "missingTopic", "The Topic orders does not exist for project"],
  ] as const)("is 404 if the %s does not exist, and is not created by that", async (_, kind, description) => {
    const owner = project();
    const missing = owner[kind]("orders");
    const answer = await missing.send("GET", "?details=true");
    expect(answer).toRefuse(404, "Not found");
    expect((answer.json as { description: string }).description).toContain(description);
    expect(await missing.metadata()).toMatchObject({ _max_messages_post_size: 262_144 });
    expect(await owner.queueNames()).toEqual([]);
  });

  test("exists from its first post until it is deleted", async () => {
    const orders = project().missingQueue();
    await orders.post("a");
    expect(await orders.send("GET", "?details=true")).toAnswer(200);
    await orders.remove();
    expect(await orders.send("GET", "?details=true")).toAnswer(404);
  });

  test("may be a topic, whose statistics show no claims", async () => {
    const news = await project().topic("news", { team: "ops" });
    await news.post("a");
    expect((await news.send("GET", "?details=true")).json).toEqual({
      name: "news",
      href: "/v2/topics/news",
      metadata: await news.metadata(),
      messages: await news.stats(),
    });
    const { json } = await news.project.send("GET", "/v2/topics?details=true");
    expect((json as { topics: Entry[] }).topics).toMatchObject([{ name: "news", messages: { total: 1 } }]);
  });

  test.each(["", "?details=false"])("is its metadata if they are not asked for (%j)", async (query) => {
    const orders = await project().queue("orders", { team: "ops" });
    expect((await orders.send("GET", query)).json).toEqual(await orders.metadata());
    expect(await project().missingQueue().send("GET", query)).toAnswer(200);
  });

  test("is refused if the parameter is no boolean", async () => {
    const orders = await project().queue();
    expect(await orders.send("GET", "?details=all")).toRefuse(400, "Invalid parameter");
    expect(await orders.project.send("GET", "/v2/queues?details=all")).toRefuse(400, "Invalid parameter");
  });
});

describe("a list with details", () => {
  async function withDepths(...depths: readonly number[]): Promise<Project> {
    const owner = project();
    for (const [index, depth] of depths.entries()) {
      const queue = await owner.queue(`q${index}`, { depth });
      if (depth > 0) await queue.post(...numbered(depth));
    }
    return owner;
  }

  test("shows each queue as it is shown alone, in the order of names", async () => {
    const owner = await withDepths(3, 0, 1, 7, 2, 4, 5, 6);
    const entries = await entriesIn(owner);
    expect(entries.map(({ messages }) => messages?.free)).toEqual([3, 0, 1, 7, 2, 4, 5, 6]);
    for (const entry of entries) {
      expect(entry).toEqual((await owner.missingQueue(entry.name).send("GET", "?details=true")).json);
    }
  });

  test("has the filters, the limit and the links of other lists", async () => {
    const owner = await withDepths(1, 2, 3);
    expect(await entriesIn(owner, "&depth=2")).toMatchObject([{ name: "q1", messages: { free: 2 } }]);
    const { json } = await owner.send("GET", "/v2/queues?details=true&limit=2");
    const { queues, links } = json as { queues: Entry[]; links: { href: string }[] };
    expect(queues.map(({ name }) => name)).toEqual(["q0", "q1"]);
    expect(links[0]?.href).toBe("/v2/queues?limit=2&details=true&marker=q1");
    const next = (await owner.send("GET", links[0]?.href ?? "")).json as { queues: Entry[] };
    expect(next.queues).toMatchObject([{ name: "q2", messages: { free: 3 } }]);
  });

  test.each(["", "&details=false"])("is as ever if they are not asked for (%j)", async (query) => {
    const owner = await withDepths(1);
    expect((await owner.send("GET", `/v2/queues?limit=5${query}`)).json).toMatchObject({
      queues: [{ name: "q0", href: "/v2/queues/q0" }],
    });
    const [entry] = (await owner.queues({ detailed: true })).queues;
    expect(Object.keys(entry ?? {})).toEqual(["name", "href", "metadata"]);
  });

  test("has null for a queue that does not answer, or was deleted meanwhile, and shows the others", async () => {
    const owner = await withDepths(1, 2, 3);
    interceptObjects("QUEUES", `${owner.id}/q0`, () => ({ stats: () => Promise.reject(new Error("broken")) }));
    const gone = { exists: false, claimed: 0, free: 0, oldest: null, newest: null };
    interceptObjects("QUEUES", `${owner.id}/q1`, () => ({ stats: async () => gone }));
    expect((await entriesIn(owner)).map(({ messages }) => messages?.free ?? null)).toEqual([null, null, 3]);
  });

  test("asks at most six queues at a time", async () => {
    const owner = await withDepths(...Array<number>(10).fill(0));
    let [present, most] = [0, 0];
    interceptObjects("QUEUES", `${owner.id}/`, (stub) => ({
      stats: async () => {
        most = Math.max(most, ++present);
        const stats = await stub.stats();
        await scheduler.wait(1);
        present--;
        return stats;
      },
    }));
    expect(await entriesIn(owner)).toHaveLength(10);
    expect(most).toBe(6);
  });

  test("has at most a hundred queues", async () => {
    const service = startService({ AUTH_STRATEGY: "none", MAX_QUEUES_PER_PAGE: "1000" });
    const owner = new Project(`project-${crypto.randomUUID()}`, crypto.randomUUID(), (method, path, options = {}) =>
      requestBy((request) => service.fetch(request), method, path, withClientHeaders(options)),
    );
    expect(await owner.send("GET", "/v2/queues?details=true&limit=100")).toAnswer(200);
    expect(await owner.send("GET", "/v2/queues?details=true&limit=101")).toRefuse(400, "Invalid API request");
    expect(await owner.send("GET", "/v2/queues?limit=101")).toAnswer(200);
  });
});

test("details need what the rule for statistics permits", async () => {
  const strict = startWithKeys({
    POLICY_RULES: JSON.stringify({ "queues:stats": ["admin"], "topics:stats": ["admin"] }),
  });
  const member = await withKey(strict);
  const places: readonly Queue[] = [await member.queue("orders"), await member.topic("news")];
  for (const place of places) {
    expect(await place.send("GET", "?details=true")).toRefuse(403, "Not authorized");
    expect(await place.send("GET", "")).toAnswer(200);
    expect(await member.send("GET", `/v2/${place.collection}?details=true`)).toRefuse(403, "Not authorized");
    expect(await member.send("GET", `/v2/${place.collection}`)).toAnswer(200);
  }
});
