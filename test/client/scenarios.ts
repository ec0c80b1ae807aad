/** What a program does with the client, in any runtime: no import but the client, and the service at `url`. */
import { JsonText, LeaseLost, SukkalError, type Message, type Sukkal } from "sukkal/client";

export interface Scenario {
  readonly name: string;
  readonly run: (sukkal: Sukkal) => Promise<void>;
}

function equal(actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Error(`${a} is not ${e}`);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Asks until the answer is as it should be. */
async function eventually<T>(ask: () => Promise<T>, isExpected: (answer: T) => boolean): Promise<T> {
  for (const end = Date.now() + 20_000; ;) {
    const answer = await ask();
    if (isExpected(answer)) return answer;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function bodies(messages: readonly Message<unknown>[]): unknown[] {
  return messages.map(({ body }) => body);
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "a queue is created, changed, listed and deleted",
    run: async (sukkal) => {
      const queue = sukkal.queue("life");
      equal([await queue.exists(), await queue.details()], [false, null]);
      await queue.create({ color: "red", _default_message_ttl: 300 });
      equal(await queue.exists(), true);
      const changed = await queue.update({ color: undefined, "a/b~c": [1] });
      equal([changed["color"], changed["a/b~c"], changed["_default_message_ttl"]], [undefined, [1], 300]);
      await queue.update({ color: undefined });
      equal((await queue.metadata())["a/b~c"], [1]);
      await queue.delete();
      equal(await queue.exists(), false);
    },
  },
  {
    name: "the deepest queues are found by one list",
    run: async (sukkal) => {
      for (const depth of [1, 3, 2]) await sukkal.queue(`deep-${depth}`).postMany(Array<number>(depth).fill(0));
      const queues = await collect(sukkal.queues({ details: true, name: "deep", limit: 2 }));
      equal(
        queues.map(({ name, stats }) => [name, stats?.total, stats?.free]),
        [1, 2, 3].map((depth) => [`deep-${depth}`, depth, depth]),
      );
      const [, two, three] = queues;
      equal((two?.stats?.oldest?.created.getTime() ?? 0) > 0, true);
      equal((await sukkal.queue("deep-3").details())?.metadata, three?.metadata);
      equal(
        (await collect(sukkal.queues({ marker: "deep-1" }))).map(({ name, stats }) => [name, stats]),
        [
          ["deep-2", null],
          ["deep-3", null],
        ],
      );
      await sukkal.topic("deep").post(0);
      equal(
        (await collect(sukkal.topics({ details: true }))).map(({ stats }) => stats?.total),
        [1],
      );
      equal((await sukkal.quotas.get(undefined, { queue: "deep-3" }))["messages_per_queue"]?.used, 3);
      await sukkal.ping();
      equal((await sukkal.service()).caller.proof, "headers");
    },
  },
  {
    name: "lists show claimed, delayed and own messages as asked",
    run: async (sukkal) => {
      const queue = sukkal.queue<string>("listed");
      await queue.create({ _default_message_delay: 900 });
      const [claimed = "", free] = await queue.postMany(["claimed", "free"], { delay: 0 });
      const late = await queue.post("late");
      const claim = await queue.claim({ limit: 1 });
      equal(claim?.messages[0]?.id, claimed);
      equal(bodies(await collect(queue.messages())), ["free"]);
      equal(bodies(await collect(queue.messages({ includeClaimed: true }))), ["claimed", "free"]);
      equal(bodies(await collect(queue.messages({ includeDelayed: true }))), ["free", "late"]);
      equal(bodies(await collect(queue.messages({ includeDelayed: true, marker: free }))), ["late"]);
      equal(bodies(await collect(queue.messages({ echo: false }))), []);
      equal(
        [(await queue.get(claimed))?.delayedUntil, ((await queue.get(late))?.delayedUntil ?? 0) > new Date()],
        [null, true],
      );
    },
  },
  {
    name: "messages are posted, listed, read and deleted",
    run: async (sukkal) => {
      const queue = sukkal.queue<number>("messages");
      const posted = await queue.postMany(Array.from({ length: 25 }, (_, index) => index));
      equal(posted.length, 25);
      const listed = await collect(queue.messages({ limit: 10 }));
      equal(bodies(listed), [...posted.keys()]);
      const [first = ""] = posted;
      equal((await queue.get(first))?.claimCount, 0);
      equal((await queue.get(first))?.claimedUntil, null);
      await queue.deleteMessages([first]);
      equal(await queue.get(first), null);
      equal((await queue.stats()).free, 24);
      equal(bodies(await queue.pop(2)), [1, 2]);
      await queue.purge(["messages"]);
      equal((await queue.stats()).total, 0);
    },
  },
  {
    name: "bodies are exact",
    run: async (sukkal) => {
      const queue = sukkal.queue("exact");
      const text = '{"n":9007199254740993,"price":1.50,"n":2}';
      const id = await queue.post(new JsonText(text));
      equal((await queue.get(id))?.bodyText, text);
    },
  },
  {
    name: "a message has the traceparent of its post",
    run: async (sukkal) => {
      const queue = sukkal.queue("traces");
      const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
      await queue.post("traced", { traceparent });
      await queue.post("not traced");
      const claim = await queue.claim();
      equal(
        claim?.messages.map((message) => message.traceparent),
        [traceparent, null],
      );
    },
  },
  {
    name: "a claim is renewed and settled",
    run: async (sukkal) => {
      const queue = sukkal.queue("claims");
      equal(await queue.claim(), null);
      await queue.postMany([1, 2, 3]);
      const claim = await queue.claim({ lease: 60, limit: 5 });
      if (claim === null) throw new Error("no claim");
      await claim.renew();
      const same = await queue.getClaim(claim.id);
      equal([same?.id, same?.leaseMs, bodies(same?.messages ?? [])], [claim.id, 60_000, [1, 2, 3]]);
      equal((same?.endsAt ?? Infinity) <= claim.endsAt && (same?.endsAt ?? 0) > claim.endsAt - 5000, true);
      await same?.renew();
      const [one, two, three] = claim.messages.map(({ id }) => id);
      const settlement = {
        delete: [one ?? ""],
        release: [{ ids: [two ?? ""] }, { ids: [three ?? ""], delay: 900, count: false }],
      };
      await claim.settle(settlement);
      await claim.settle(settlement);
      const next = await queue.claim();
      equal(
        next?.messages.map(({ body, claimCount }) => [body, claimCount]),
        [[2, 1]],
      );
      await next?.release();
      equal(await queue.getClaim(next?.id ?? ""), null);
      equal((await queue.stats()).total, 2);
    },
  },
  {
    name: "a claim waits for a message",
    run: async (sukkal) => {
      const queue = sukkal.queue("waiting");
      const waiting = queue.claim({ wait: 20 });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await queue.post("late");
      equal(bodies((await waiting)?.messages ?? []), ["late"]);
    },
  },
  {
    name: "a consumer handles each message once, retries failures, and stops",
    run: async (sukkal) => {
      const queue = sukkal.queue<number>("consumed");
      await queue.postMany(Array.from({ length: 50 }, (_, index) => index));
      const handled: number[] = [];
      const attempts: number[] = [];
      let finish = (): void => {};
      const all = new Promise<void>((resolve) => (finish = resolve));
      const consumer = queue.consume(
        ({ body }, { attempt }) => {
          if (body === 7) attempts.push(attempt);
          if (body === 7 && attempt < 3) throw new Error("not yet");
          handled.push(body);
          if (handled.length === 50) finish();
        },
        { concurrency: 5, retry: () => 0 },
      );
      await all;
      await consumer.stop();
      equal(
        handled.toSorted((a, b) => a - b),
        [...Array(50).keys()],
      );
      equal(attempts, [1, 2, 3]);
      equal((await queue.stats()).total, 0);
    },
  },
  {
    name: "a stopped consumer leaves nothing claimed",
    run: async (sukkal) => {
      const queue = sukkal.queue("stopped");
      await queue.postMany([1, 2, 3]);
      let isBusy = (): void => {};
      const busy = new Promise<void>((resolve) => (isBusy = resolve));
      const consumer = queue.consume(
        (_, { signal }) => {
          isBusy();
          return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        },
        { concurrency: 2 },
      );
      await busy;
      await consumer.stop({ force: true });
      const { free, claimed } = await queue.stats();
      equal([free, claimed], [3, 0]);
      equal(
        (await queue.claim())?.messages.map(({ claimCount }) => claimCount),
        [0, 0, 0],
      );
    },
  },
  {
    name: "a queue is drained",
    run: async (sukkal) => {
      const queue = sukkal.queue("drained");
      await queue.postMany(Array(25).fill(0));
      let count = 0;
      // As many handlers at a time as by default: Node 20 warns of signals with more than ten listeners.
      const handle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20, void count++));
      await queue.drain(handle, { forMs: 20_000 });
      equal(count, 25);
    },
  },
  {
    name: "a producer collects posts",
    run: async (sukkal) => {
      const queue = sukkal.queue<number>("produced");
      const producer = queue.producer();
      const ids = await Promise.all(Array.from({ length: 250 }, (_, index) => producer.post(index)));
      equal(new Set(ids).size, 250);
      await producer.flush();
      equal((await queue.stats()).total, 250);
    },
  },
  {
    name: "an error says what was wrong",
    run: async (sukkal) => {
      try {
        await sukkal.queue("errors").claim({ lease: 1 });
      } catch (error) {
        if (!(error instanceof SukkalError)) throw error;
        return equal([error.status, error.isRetryable, error.title], [400, false, "Invalid API request"]);
      }
      throw new Error("accepted");
    },
  },
  {
    name: "a topic has subscriptions",
    run: async (sukkal) => {
      const topic = sukkal.topic("news");
      await topic.create();
      const subscriber = "https://receiver.example/in";
      const id = await topic.subscriptions.create({ subscriber, ttl: 3600, options: { a: 1 } });
      equal((await collect(topic.subscriptions.list())).length, 1);
      await topic.subscriptions.update(id, { ttl: 7200 });
      equal((await topic.subscriptions.get(id)).ttl, 7200);
      equal((await topic.subscriptions.deliveries(id)).pending, 0);
      await topic.subscriptions.delete(id);
      await topic.delete();
    },
  },
  {
    name: "notifications that have not arrived are listed and sent again",
    run: async (sukkal) => {
      const queue = sukkal.queue("notified");
      const { subscriptions } = queue;
      // The service does not call private addresses, unless its operator allows them.
      const id = await subscriptions.create({ subscriber: "http://127.0.0.1:8080/in", ttl: 3600 });
      await subscriptions.create({ subscriber: "http://127.0.0.1:8080/other", ttl: 3600 });
      equal((await collect(subscriptions.list({ limit: 1 }))).length, 2);
      const tested = await subscriptions.test(id);
      equal([tested.outcome, tested.reason, tested.status, tested.answer], ["blocked", "private", null, null]);
      await subscriptions.confirm(id);
      const began = new Date();
      const posted = await queue.postMany([1, 2, 3]);
      const failed = await eventually(
        () => collect(subscriptions.undelivered(id, { state: "failed", limit: 2 })),
        ({ length }) => length === 3,
      );
      equal(
        failed.map(({ body, message_id, outcome }) => [body, message_id, outcome]),
        posted.map((each, index) => [index + 1, each, "blocked"]),
      );
      const [first, ...others] = failed;
      const after = await collect(subscriptions.undelivered(id, { state: "failed", marker: `${first?.number}` }));
      equal(
        after.map(({ number }) => number),
        others.map(({ number }) => number),
      );
      equal(await subscriptions.redeliver(id, { ids: [first?.id ?? ""] }), 1);
      await eventually(
        () => subscriptions.deliveries(id),
        (report) => report.failed === 3 && report.pending === 0,
      );
      equal(await subscriptions.redeliver(id, { since: new Date(Date.now() + 3_600_000) }), 0);
      equal(await subscriptions.redeliver(id, { since: began }), 3);
    },
  },
  {
    name: "dead letters are moved back",
    run: async (sukkal) => {
      const queue = sukkal.queue("dead");
      await queue.create();
      equal(await queue.redrive(), null);
      equal((await queue.startRedrive()).moved, 0);
      await queue.cancelRedrive();
      equal(["done", "canceled"].includes((await queue.redrive())?.status ?? ""), true);
      equal(new LeaseLost("x").name, "LeaseLost");
    },
  },
];
