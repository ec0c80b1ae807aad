/** Dead letters by the client: how a queue gets them, and how they are moved back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Sukkal, type Queue, type Redrive } from "sukkal/client";
import { startServer, type TestServer } from "sukkal/testing";
import { ROOT } from "../../scripts/wrangler.ts";

let server: TestServer;

before(async () => {
  server = await startServer({ server: ROOT });
});

after(() => server?.stop());

function connect(project: string, onNotice?: (notice: string) => void): Sukkal {
  return new Sukkal({ url: server.url, project, onNotice });
}

async function until<T>(ask: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    await sleep(50);
  }
}

/** A dead-letter queue with five messages of the queue `jobs`. */
async function withDeadLetters(sukkal: Sukkal): Promise<Queue> {
  const [jobs, dead] = [sukkal.queue<number>("jobs"), sukkal.queue("dead")];
  await jobs.create({ _dead_letter_queue: "dead", _max_claim_count: 1 });
  await jobs.postMany([1, 2, 3, 4, 5]);
  for (let round = 0; round < 2; round++) await (await jobs.claim())?.release();
  await until(async () => ((await dead.stats()).total === 5 ? dead : null));
  return dead;
}

/** Every status has its meaning here: the compiler misses one that the type has and this lacks. */
const IS_OVER: Readonly<Record<Redrive["status"], boolean>> = { running: false, done: true, canceled: true };

test("a redrive runs until it is done", async () => {
  const dead = await withDeadLetters(connect("done"));
  assert.equal(await dead.redrive(), null);
  await dead.startRedrive();
  const { status, moved, remaining } = await until(async () => {
    const redrive = await dead.redrive();
    return redrive !== null && IS_OVER[redrive.status] ? redrive : null;
  });
  assert.deepEqual([status, moved, remaining], ["done", 5, 0]);
});

test("a redrive is canceled: nothing remains for it, and what it has not moved stays", async () => {
  const dead = await withDeadLetters(connect("canceled"));
  assert.equal((await dead.startRedrive({ messages_per_second: 1 })).status, "running");
  await until(async () => ((await dead.redrive())?.moved === 1 ? dead : null));
  await dead.cancelRedrive();
  const redrive = await dead.redrive();
  assert.deepEqual([redrive?.status, redrive?.remaining], ["canceled", 0]);
  assert.equal((await dead.stats()).total, 5 - (redrive?.moved ?? 0));
});

const DEAD_LETTERS = { _dead_letter_queue: "dead", _max_claim_count: 5 };

test("a queue that a post has created gets its dead-letter queue by ensure, not by create", async () => {
  const notices: string[] = [];
  const jobs = connect("posted-before", (notice) => notices.push(notice)).queue("jobs");
  await jobs.post(1);
  await jobs.create(DEAD_LETTERS);
  const { _dead_letter_queue: none } = await jobs.metadata();
  assert.equal(none, null);
  assert.equal(notices.splice(0).length, 1);
  for (let start = 0; start < 2; start++) await jobs.ensure({ ...DEAD_LETTERS, owner: "Ann" });
  const { _dead_letter_queue: queue, _max_claim_count: count, owner } = await jobs.ensure({ owner: undefined });
  assert.deepEqual([queue, count, owner, notices], ["dead", 5, undefined, []]);
});

test("ensure creates queues and topics, also if others do so at the same time", async () => {
  const sukkal = connect("ensured");
  const four = [1, 2, 3, 4];
  const ensured = await Promise.all([
    ...four.map(() => sukkal.queue("jobs").ensure(DEAD_LETTERS)),
    ...four.map(() => sukkal.topic("news").ensure({ _default_message_ttl: 300 })),
  ]);
  assert.deepEqual(
    ensured.map(({ _max_claim_count: count, _default_message_ttl: ttl }) => count ?? ttl),
    [5, 5, 5, 5, 300, 300, 300, 300],
  );
});
