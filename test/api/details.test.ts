/** What `details=true` adds to messages. Ours. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { bury, ended, redrive } from "../support/drivers/redrives.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { project, type Message, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

interface Details {
  readonly claim_count: number;
  readonly created: string;
  readonly claimed_until: string | null;
  readonly delayed_until: string | null;
  readonly dead_letter: { readonly queue: string; readonly at: string; readonly reason: string } | null;
  readonly traceparent: string | null;
}

/** The present instant, or a later one, as answers show it. */
function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+/, "");
}

function detailsIn(answer: unknown): Details[] {
  const { messages } = answer as { messages: (Message & Details)[] };
  return messages.map(({ claim_count, created, claimed_until, delayed_until, dead_letter, traceparent }) => {
    return { claim_count, created, claimed_until, delayed_until, dead_letter, traceparent };
  });
}

async function listed(orders: Queue): Promise<Details[]> {
  const query = "echo=true&include_claimed=true&include_delayed=true&details=true";
  return detailsIn((await orders.send("GET", `/messages?${query}`)).json);
}

function details(created: string, parts: Partial<Details> = {}): Details {
  return {
    claim_count: 0,
    created,
    claimed_until: null,
    delayed_until: null,
    dead_letter: null,
    traceparent: null,
    ...parts,
  };
}

describe("details of messages", () => {
  test("are in lists, in gets by one or more ids, and in claims", async () => {
    const orders = await project().queue();
    const created = inSeconds(0);
    const id = await orders.postOne("a");
    clock.advance({ seconds: 7 });
    expect(await listed(orders)).toEqual([details(created)]);
    const answer = await orders.send("POST", "/claims?details=true", { body: { ttl: 60, grace: 60 } });
    const claimed = [details(created, { claimed_until: inSeconds(60) })];
    expect(detailsIn(answer.json)).toEqual(claimed);
    const claim = answer.headers.get("Location")?.split("/").at(-1);
    clock.advance({ seconds: 3 });
    expect(detailsIn((await orders.send("GET", `/claims/${claim}?details=true`)).json)).toEqual(claimed);
    expect(detailsIn((await orders.send("GET", `/messages?ids=${id}&details=true`)).json)).toEqual(claimed);
    const one = await orders.send("GET", `/messages/${id}?details=true`);
    expect(detailsIn({ messages: [one.json] })).toEqual(claimed);
    expect(await listed(orders)).toEqual(claimed);
    clock.advance({ seconds: 57 });
    expect(await listed(orders)).toEqual([details(created)]);
  });

  test.each(["details=false", ""])("are left out if they are not asked for (%j)", async (query) => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    const members = ["age", "body", "href", "id", "ttl"];
    for (const path of [`/messages?echo=true&${query}`, `/messages?ids=${id}&${query}`]) {
      const { messages } = (await orders.send("GET", path)).json as { messages: Message[] };
      expect(Object.keys(messages[0] ?? {}).toSorted()).toEqual(members);
    }
    const claimed = await orders.send("POST", `/claims?${query}`);
    expect(Object.keys((claimed.json as { messages: object[] }).messages[0] ?? {}).toSorted()).toEqual(members);
  });

  test("are refused if the parameter is no boolean", async () => {
    const orders = await project().queue();
    await orders.post("a");
    for (const path of [
      "/messages?details=x",
      "/messages?ids=x&details=x",
      "/messages/x?details=x",
      "/claims/x?details=x",
    ])
      expect(await orders.send("GET", path)).toRefuse(400, "Invalid parameter");
    expect(await orders.send("POST", "/claims?details=x")).toRefuse(400, "Invalid parameter");
    expect(await orders.stats()).toMatchObject({ claimed: 0, free: 1 });
  });

  test("are asked for by the next link too", async () => {
    const orders = await project().queue();
    await orders.post("a", "b");
    const { json } = await orders.send("GET", "/messages?echo=true&limit=1&details=true");
    const [link] = (json as { links: { href: string }[] }).links;
    const next = await orders.project.send("GET", link?.href ?? "");
    expect(detailsIn(next.json)).toEqual([details(inSeconds(0))]);
  });

  test("show until when a message is delayed, by its post or by a release", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 30 });
    const created = inSeconds(0);
    await orders.post({ body: "a", delay: 0 }, "b");
    const claim = await orders.claim();
    await claim.settle({ release: [{ ids: claim.messages.map(({ id }) => id), delay: 20 }] });
    const [a, b] = [{ delayed_until: inSeconds(20), claim_count: 1 }, { delayed_until: inSeconds(30) }];
    expect(await listed(orders)).toEqual([details(created, a), details(created, b)]);
    await evictDurableObject(queueStub(orders));
    expect(await listed(orders)).toEqual([details(created, a), details(created, b)]);
    clock.advance({ seconds: 30 });
    expect(await listed(orders)).toEqual([details(created, { claim_count: 1 }), details(created)]);
  });

  test("count claims that have ended, also one that has lapsed without a write, but not the present one", async () => {
    const orders = await project().queue("orders", { _max_claim_count: 9, _dead_letter_queue: "dead" });
    const created = inSeconds(0);
    await orders.post("a");
    await (await orders.claim()).release();
    expect(await listed(orders)).toEqual([details(created, { claim_count: 1 })]);
    await orders.claim({ ttl: 60, grace: 60 });
    expect(await listed(orders)).toEqual([details(created, { claim_count: 1, claimed_until: inSeconds(60) })]);
    clock.advance({ seconds: 60 });
    expect(await listed(orders)).toEqual([details(created, { claim_count: 2 })]);
    await evictDurableObject(queueStub(orders));
    expect(await listed(orders)).toEqual([details(created, { claim_count: 2 })]);
    const answer = await orders.send("POST", "/claims?details=true", { body: { ttl: 60, grace: 60 } });
    expect(detailsIn(answer.json)).toEqual([details(created, { claim_count: 2, claimed_until: inSeconds(60) })]);
  });
});

describe("details of a dead letter", () => {
  test("name the queue that it has left, the time and the reason, also after a restart", async () => {
    const owner = project();
    const created = inSeconds(0);
    const dead = await bury(owner, "orders", "a");
    const expected = [details(created, { dead_letter: { queue: "orders", at: inSeconds(0), reason: "claims" } })];
    clock.advance({ seconds: 5 });
    expect(await listed(dead)).toEqual(expected);
    await evictDurableObject(queueStub(dead));
    expect(await listed(dead)).toEqual(expected);
    await dead.post("posted here");
    expect((await listed(dead))[1]).toEqual(details(inSeconds(0)));
  });

  test("are gone when it has been redriven", async () => {
    const owner = project();
    const created = inSeconds(0);
    const dead = await bury(owner, "orders", "a");
    await redrive(dead);
    await ended(dead);
    expect(await listed(owner.missingQueue("orders"))).toEqual([details(created)]);
  });

  test("name the last queue, if it has died twice", async () => {
    const owner = project();
    const created = inSeconds(0);
    const dead = await bury(owner, "orders", "a");
    await dead.patch(
      { op: "add", path: "/metadata/_max_claim_count", value: 0 },
      { op: "add", path: "/metadata/_dead_letter_queue", value: "very-dead" },
    );
    clock.advance({ seconds: 9 });
    const at = inSeconds(0);
    expect(await dead.claim()).toHoldBodies();
    const last = owner.missingQueue("very-dead");
    await expect
      .poll(() => listed(last))
      .toEqual([details(created, { dead_letter: { queue: "dead", at, reason: "claims" } })]);
  });
});
