/** Claims that wait for messages: `Prefer: wait=N` (RFC 7240), which upstream does not have. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { Shutdown } from "../../src/operations/shutdown.ts";
import { startService } from "../support/drivers/service.ts";
import { requestBy, withClientHeaders } from "../support/drivers/request.ts";
import { Project, project, toClaim, type Answer, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

/**
 * Sends a claim with a wait, and returns when it waits. A test's time limit is far below the 20 seconds of the wait. The promise
 * of the answer is in an array, because an async function would otherwise wait for it.
 */
async function startWaiting(orders: Queue, prefer = "wait=20"): Promise<Promise<Answer>[]> {
  const waiting = orders.send("POST", "/claims", { headers: { Prefer: prefer } });
  // The queue answers in the order of arrival, so the claim has arrived when this later request is answered.
  for (let count = 0; count < 3; count++) await orders.stats();
  return [waiting];
}

async function bodiesFrom(orders: Queue, waiting: readonly Promise<Answer>[]): Promise<unknown[]> {
  const claims = await Promise.all(waiting.map(async (answer) => toClaim(orders, await answer)));
  return claims.flatMap((claim) => claim.messages.map((message) => message.body));
}

describe("a claim that waits is answered as soon as", () => {
  test("a message is posted", async () => {
    const orders = await project().queue();
    const waiting = await startWaiting(orders);
    await orders.post("a");
    expect(await bodiesFrom(orders, waiting)).toEqual(["a"]);
  });

  test("a message is posted to the queue that did not exist before", async () => {
    const orders = project().missingQueue();
    const waiting = await startWaiting(orders);
    await orders.post("a");
    expect(await bodiesFrom(orders, waiting)).toEqual(["a"]);
  });

  test("a claim is released", async () => {
    const orders = await project().queue();
    await orders.post("a");
    const claim = await orders.claim();
    const waiting = await startWaiting(orders);
    await claim.release();
    expect(await bodiesFrom(orders, waiting)).toEqual(["a"]);
  });

  test("a settlement releases a message", async () => {
    const orders = await project().queue();
    await orders.post("a", "b");
    const claim = await orders.claim();
    const waiting = await startWaiting(orders);
    const [a = "", b = ""] = claim.messages.map(({ id }) => id);
    await claim.settle({ delete: [a], release: [{ ids: [b] }] });
    expect(await bodiesFrom(orders, waiting)).toEqual(["b"]);
  });

  test("the delay of a released message ends, also if the release came after the wait had begun", async () => {
    const orders = await project().queue();
    await orders.post("a");
    const claim = await orders.claim();
    const waiting = await startWaiting(orders);
    await claim.settle({ release: [{ ids: claim.messages.map(({ id }) => id), delay: 1 }] });
    clock.advance({ ms: 999 });
    expect(await orders.claim()).toHoldBodies();
    clock.advance({ ms: 1 });
    expect(await bodiesFrom(orders, waiting)).toEqual(["a"]);
  });

  test("a claim lapses", async () => {
    const orders = await project().queue();
    await orders.post("a");
    await orders.claim({ ttl: 60, grace: 60 });
    clock.advance({ seconds: 59, ms: 900 });
    const waiting = await startWaiting(orders);
    clock.advance({ ms: 100 });
    expect(await bodiesFrom(orders, waiting)).toEqual(["a"]);
  });

  test("a delay runs out", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 100 });
    await orders.post("a");
    clock.advance({ seconds: 99, ms: 900 });
    const waiting = await startWaiting(orders);
    clock.advance({ ms: 100 });
    expect(await bodiesFrom(orders, waiting)).toEqual(["a"]);
  });

  test("the queue does not pause claims any more", async () => {
    const orders = await project().queue("orders", { _paused: ["claims"] });
    const waiting = [await startWaiting(orders), await startWaiting(orders)].flat();
    await orders.post("a");
    const answers = Promise.all(waiting).then(() => "answered");
    expect(await Promise.race([answers, scheduler.wait(150).then(() => "waiting")])).toBe("waiting");
    await orders.patch({ op: "add", path: "/metadata/_paused", value: [] });
    await orders.post("b");
    expect(new Set(await bodiesFrom(orders, waiting))).toEqual(new Set(["a", "b"]));
  });

  test("a dead letter arrives", async () => {
    const owner = project();
    const orders = await owner.queue("orders", { _max_claim_count: 0, _dead_letter_queue: "dead" });
    await orders.post("a");
    const dead = owner.missingQueue("dead");
    const waiting = await startWaiting(dead);
    await orders.claim();
    expect(await bodiesFrom(dead, waiting)).toEqual(["a"]);
  });
});

describe("the answer", () => {
  test("says that the preference was applied", async () => {
    const orders = await project().queue();
    const [waiting] = await startWaiting(orders, "wait=5");
    await orders.post("a");
    expect((await waiting)?.headers.get("Preference-Applied")).toBe("wait=5");
  });

  test("names the length that the wait was limited to", async () => {
    const orders = await project().queue();
    const [waiting] = await startWaiting(orders, "wait=3600");
    await orders.post("a");
    expect((await waiting)?.headers.get("Preference-Applied")).toBe("wait=20");
  });

  test("is 204 with a notice when the time is up and the queue pauses claims", async () => {
    const orders = await project().queue("orders", { _paused: ["claims"] });
    await orders.post("a");
    const answer = await orders.send("POST", "/claims", { headers: { Prefer: "wait=1" } });
    expect(answer).toAnswer(204);
    expect(answer.headers.get("Preference-Applied")).toBe("wait=1");
    expect(answer.headers.get("Sukkal-Notice")).toMatch(/pauses claims/);
  });

  test("is 204 without a notice when the pause has ended meanwhile", async () => {
    const orders = await project().queue("orders", { _paused: ["claims"] });
    const [waiting] = await startWaiting(orders, "wait=1");
    await orders.patch({ op: "remove", path: "/metadata/_paused" });
    const answer = await waiting;
    expect(answer).toAnswer(204);
    expect(answer?.headers.get("Sukkal-Notice")).toBeNull();
  });

  test("is 204 when the time is up and there is nothing", async () => {
    const orders = await project().queue();
    const [waiting] = await startWaiting(orders, "wait=1");
    const answer = await waiting;
    expect(answer).toAnswer(204);
    expect(answer?.headers.get("Preference-Applied")).toBe("wait=1");
  });

  test("comes at once when there is something to claim", async () => {
    const orders = await project().queue();
    await orders.post("a");
    expect(await bodiesFrom(orders, await startWaiting(orders))).toEqual(["a"]);
  });

  test("comes at once when the request is invalid", async () => {
    const orders = await project().queue();
    const answer = await orders.send("POST", "/claims", { body: { ttl: 1 }, headers: { Prefer: "wait=20" } });
    expect(answer).toRefuse(400, "Invalid API request");
  });
});

describe("the preference", () => {
  test.each([
    "wait",
    "wait=",
    "wait=abc",
    "wait=-1",
    "wait=1.5",
    "wait=0",
    "wait=1s",
    "wait=0x10",
    "waiting=20",
    "nowait=20",
    "respond-async",
    "",
    "=20",
    ";wait=20",
  ])("%j is ignored", async (prefer) => {
    const answer = await (await project().queue()).send("POST", "/claims", { headers: { Prefer: prefer } });
    expect(answer).toAnswer(204);
    expect(answer.headers.has("Preference-Applied")).toBe(false);
  });

  test.each([
    "wait=20",
    "Wait=20",
    "wait = 20",
    'wait="20"',
    "respond-async, wait=20",
    "wait=20, respond-async",
    "wait=20; foo=bar",
    "wait=20, wait=0",
  ])("%j is a wait of twenty seconds", async (prefer) => {
    const orders = await project().queue();
    const [waiting] = await startWaiting(orders, prefer);
    await orders.post("a");
    const answer = await waiting;
    expect(answer).toAnswer(201);
    expect(answer?.headers.get("Preference-Applied")).toBe("wait=20");
  });

  test("is ignored by other requests", async () => {
    const answer = await (await project().queue()).send("GET", "/messages", { headers: { Prefer: "wait=20" } });
    expect(answer.headers.has("Preference-Applied")).toBe(false);
  });
});

describe("the waits of a client end", () => {
  test("by its DELETE, with 204 each, and waits of other clients go on", async () => {
    const orders = await project().queue();
    const mine = (await Promise.all([1, 2].map(() => startWaiting(orders)))).flat();
    const theirs = await startWaiting(orders.as(crypto.randomUUID()));
    expect(await orders.send("DELETE", "/claims?waiting=true")).toAnswer(204);
    for (const answer of await Promise.all(mine)) {
      expect(answer).toAnswer(204);
      expect(answer.headers.get("Preference-Applied")).toBe("wait=20");
    }
    await orders.post("a");
    expect(await bodiesFrom(orders, theirs)).toEqual(["a"]);
  });

  test("in that queue and project only", async () => {
    const owner = project();
    const orders = await owner.queue("orders");
    const others = [owner.missingQueue("others"), project().as(owner.client).missingQueue("orders")];
    const waiting = [];
    for (const queue of others) waiting.push(...(await startWaiting(queue)));
    expect(await orders.send("DELETE", "/claims?waiting=true")).toAnswer(204);
    for (const queue of others) await queue.post("a");
    for (const answer of await Promise.all(waiting)) expect(answer).toAnswer(201);
  });

  test("however its id is spelled", async () => {
    const orders = await project().queue();
    const [waiting] = await startWaiting(orders);
    const shouted = orders.project.client.toUpperCase().replaceAll("-", "");
    expect(await orders.as(shouted).send("DELETE", "/claims?waiting=true")).toAnswer(204);
    expect(await waiting).toAnswer(204);
  });

  test("and nothing else: no claim, no message, and no queue is created", async () => {
    const orders = project().missingQueue();
    expect(await orders.send("DELETE", "/claims?waiting=true")).toAnswer(204);
    expect(await orders.project.queueNames()).toEqual([]);
    await orders.post("a");
    const claim = await orders.claim();
    expect(await orders.send("DELETE", "/claims?waiting=true")).toAnswer(204);
    expect(await claim.get()).not.toBeNull();
  });

  test.each(["", "?waiting=false", "?waiting=", "?limit=1"])("not by DELETE of the claims%s", async (query) => {
    const orders = await project().queue();
    const waiting = await startWaiting(orders);
    const answer = await orders.send("DELETE", `/claims${query}`);
    expect(answer).toRefuse(400, "Invalid API request");
    expect(answer.text).toContain("The query must contain waiting=true.");
    await orders.post("a");
    expect(await bodiesFrom(orders, waiting)).toEqual(["a"]);
  });

  test("only by a parameter that means true", async () => {
    const answer = await project().missingQueue().send("DELETE", "/claims?waiting=perhaps");
    expect(answer.status).toBe(400);
  });
});

describe("when the service is about to stop", () => {
  test("waits are answered and no new ones begin; messages are claimed as before", async () => {
    const shutdown = new Shutdown();
    const service = startService({ AUTH_STRATEGY: "none" }, undefined, undefined, shutdown);
    const owner = new Project(`project-${crypto.randomUUID()}`, crypto.randomUUID(), (method, path, options = {}) =>
      requestBy((asked) => service.fetch(asked), method, path, withClientHeaders(options)),
    );
    const orders = await owner.queue();
    const [waiting] = await startWaiting(orders);
    shutdown.announce();
    expect(await waiting).toAnswer(204);
    expect(await orders.send("POST", "/claims", { headers: { Prefer: "wait=20" } })).toAnswer(204);
    await orders.post("a");
    expect(await bodiesFrom(orders, [orders.send("POST", "/claims", { headers: { Prefer: "wait=20" } })])).toEqual([
      "a",
    ]);
  });
});

describe("waiting requests", () => {
  test("share the posted messages: none goes to two of them", async () => {
    const orders = await project().queue();
    const waiting = (await Promise.all([1, 2, 3].map(() => startWaiting(orders, "wait=2")))).flat();
    await orders.post("a");
    await orders.post("b");
    await orders.post("c");
    const bodies = await bodiesFrom(orders, waiting);
    expect(new Set(bodies)).toEqual(new Set(["a", "b", "c"]));
    expect(bodies).toHaveLength(3);
  });

  test("leave no trace when their clients disconnect", async () => {
    const orders = await project().queue();
    const gone = new AbortController();
    const waiting = orders.send("POST", "/claims", { headers: { Prefer: "wait=20" }, signal: gone.signal });
    const ended = waiting.then(
      () => "answered",
      () => "gone",
    );
    for (let count = 0; count < 3; count++) await orders.stats();
    gone.abort();
    expect(await ended).toBe("gone");
    await orders.post("a");
    expect(await orders.claim()).toHoldBodies("a");
  });

  test("do not keep others from claiming, or the queue from being deleted", async () => {
    const orders = await project().queue();
    const waiting = await startWaiting(orders, "wait=1");
    await orders.remove();
    expect(await orders.claim()).toHoldBodies();
    expect(await bodiesFrom(orders, waiting)).toEqual([]);
  });
});
