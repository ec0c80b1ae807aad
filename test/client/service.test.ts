/** Rules of the client that only a service can show: attempts and dead letters, stored posts, requests of an idle consumer. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Sukkal, type ConsumeOptions, type SukkalOptions } from "sukkal/client";
import { startServer, type TestServer } from "sukkal/testing";
import { ROOT } from "../../scripts/wrangler.ts";
import { cutShort } from "./scripted-service.ts";

let server: TestServer;
/** Where claims do not wait. */
let hasty: TestServer;

before(async () => {
  server = await startServer({ server: ROOT });
  hasty = await startServer({ server: ROOT, settings: { MAX_CLAIM_WAIT: "0" } });
});

after(async () => {
  await Promise.all([server.stop(), hasty.stop()]);
});

function connect({ url }: TestServer, project: string, options: Partial<SukkalOptions> = {}): Sukkal {
  return new Sukkal({ url, project, ...options });
}

test("handlers that fail for 5 s make no dead letters of messages that are claimed at most 3 times", async () => {
  const sukkal = connect(server, "outage");
  const queue = sukkal.queue<number>("jobs");
  await queue.create({ _max_claim_count: 3, _dead_letter_queue: "dead" });
  await queue.postMany(Array.from({ length: 20 }, (_, index) => index));
  const began = performance.now();
  const handled = new Set<number>();
  const all = Promise.withResolvers<void>();
  const consumer = queue.consume(({ body }) => {
    if (performance.now() - began < 5000) throw new Error("the database is away");
    handled.add(body);
    if (handled.size === 20) all.resolve();
  });
  await all.promise;
  await consumer.stop();
  assert.equal((await queue.stats()).total, 0);
  assert.equal((await sukkal.queue("dead").stats()).total, 0);
});

test("an idle consumer sends at most a request a second where claims do not wait", async () => {
  const claims: number[] = [];
  const sukkal = connect(hasty, "idle", {
    fetch: (request) => {
      if (request.method === "POST") claims.push(performance.now());
      return fetch(request);
    },
  });
  const consumer = sukkal.queue("jobs").consume(() => undefined);
  await sleep(6000);
  await consumer.stop();
  const pauses = claims.slice(1).map((at, index) => at - (claims[index] ?? at));
  assert.ok(claims.length >= 3, `${claims.length} requests`);
  // A timer may end a millisecond early.
  assert.ok(
    pauses.every((each) => each >= 999),
    `after ${pauses.join(", ")} ms`,
  );
});

/** A `fetch` that loses the answers to the first `count` requests of a method. */
function losing(count: number, method: string): (request: Request) => Promise<Response> {
  let lost = 0;
  return async (request) => {
    const response = await fetch(request);
    if (request.method !== method || lost++ >= count) return response;
    await response.text();
    throw new TypeError("the connection was reset");
  };
}

for (const count of [1, 3]) {
  test(`a post whose ${count} first answers are lost is stored once`, async () => {
    const queue = connect(server, `lost-${count}`, { fetch: losing(count, "POST") }).queue("jobs");
    const id = await queue.post("once");
    assert.equal((await queue.stats()).total, 1);
    assert.equal((await queue.get(id))?.body, "once");
  });
}

test("the messages of a claim whose answer ends in the middle are free at once", async () => {
  const sukkal = connect(server, "cut", {
    fetch: async (request) => {
      const response = await fetch(request);
      return request.url.includes("/claims?") ? cutShort(response) : response;
    },
  });
  const queue = sukkal.queue("jobs");
  await queue.postMany([1, 2, 3]);
  await assert.rejects(queue.claim({ limit: 2 }), { code: "no-answer" });
  const { free, claimed } = await queue.stats();
  assert.deepEqual([free, claimed], [3, 0]);
});

const REFUSED: readonly (readonly [title: string, queue: string, options: ConsumeOptions])[] = [
  ["a name that no queue can have", "a/b", {}],
  ["a batch that the service does not allow", "jobs", { batch: 21, concurrency: 21 }],
  ["a lease that the service does not allow", "jobs", { lease: 1e6 }],
];
for (const [title, name, options] of REFUSED) {
  test(`${title} ends drain by an error, and a program that only consumes`, async () => {
    const queue = connect(server, "refused").queue(name);
    const isRefusal = { name: "SukkalError", isRetryable: false };
    await assert.rejects(
      queue.drain(() => undefined, { forMs: 60_000, onEvent: () => undefined, ...options }),
      isRefusal,
    );
    const program = `
      import { Sukkal } from "sukkal/client";
      const sukkal = new Sukkal(${JSON.stringify({ url: server.url, project: "refused" })});
      sukkal.queue(${JSON.stringify(name)}).consume(() => {}, ${JSON.stringify(options)});`;
    const flags = ["--conditions=sukkal-source", "--input-type=module", "--eval", program];
    await assert.rejects(promisify(execFile)(process.execPath, flags, { cwd: ROOT, timeout: 30_000 }), (error) => {
      const { code, stderr } = error as { readonly code: unknown; readonly stderr: string };
      assert.equal(code, 1);
      return stderr.includes("SukkalError");
    });
  });
}

for (const count of [0, 1, 2, 20, 21, 60]) {
  test(`${count} messages are read and deleted by their ids, and no others`, async () => {
    const queue = connect(server, `ids-${count}`).queue<number>("jobs");
    const ids = await queue.postMany([...Array(count + 1).keys()]);
    const chosen = ids.slice(0, count);
    assert.deepEqual(
      (await queue.getMany(chosen)).map(({ body }) => body),
      [...Array(count).keys()],
    );
    await queue.deleteMessages(chosen);
    assert.equal((await queue.stats()).total, 1);
  });
}

test("an update that removes a member, and whose answer is lost, succeeds", async () => {
  const notices: string[] = [];
  const options = { fetch: losing(1, "PATCH"), onNotice: (notice: string) => notices.push(notice) };
  const queue = connect(server, "lost-update", options).queue("jobs");
  await queue.create({ color: "red", size: 1 });
  assert.equal((await queue.update({ color: undefined, _max_claim_cuont: undefined }))["color"], undefined);
  assert.deepEqual([(await queue.metadata())["size"], notices], [1, []]);
});
