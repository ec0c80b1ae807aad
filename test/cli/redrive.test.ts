/** `sukkal redrive` against a service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Redrive } from "sukkal/client";
import { serviceOfTests } from "./service.ts";

const service = serviceOfTests();
const sukkal = (line: string, options = {}): ReturnType<typeof service.sukkal> =>
  service.sukkal(line.split(" "), options);

async function filled(name: string, count: number): Promise<void> {
  const queue = service.client().queue(name);
  const bodies = Array.from({ length: count }, (_, index) => index);
  for (let from = 0; from < count; from += 5000) await queue.postMany(bodies.slice(from, from + 5000));
}

/** What the line of progress has shown, without repetitions. */
function figuresIn(text: string): readonly number[] {
  const shown = [...text.matchAll(/([\d,]+) of 20,000 messages moved/g)].map(([, moved = ""]) => toNumber(moved));
  return [...new Set(shown)];
}

function toNumber(text: string): number {
  return Number(text.replaceAll(",", ""));
}

test("a redrive of 20,000 messages shows rising figures, which are those of the service", async () => {
  await filled("many", 20_000);
  const known: number[] = [];
  const asking = new AbortController();
  const observed = (async () => {
    while (!asking.signal.aborted) known.push((await service.client().queue("many").redrive())?.moved ?? 0);
  })();
  // Without a limit an idle machine moves all of them between two answers.
  const { stderr, code } = await sukkal("redrive many --to others --watch --rate 8000", { terminal: 100 });
  asking.abort();
  await observed;
  assert.equal(code, 0);
  const figures = figuresIn(stderr);
  assert.ok(figures.length >= 2, `figures: ${figures.join(" ")}`);
  assert.deepEqual(
    figures,
    figures.toSorted((one, other) => one - other),
  );
  // The service moves up to 4,096 messages between two answers.
  for (const figure of figures)
    assert.ok(
      known.some((moved) => Math.abs(moved - figure) <= 4096),
      `${figure} was never near: ${known.join(" ")}`,
    );
  assert.match(stderr, /✓ 20,000 messages moved in \d+ s \([\d,]+\/s\)\n$/);
  assert.equal((await service.client().queue("others").stats()).free, 20_000);
  assert.equal((await service.client().queue("many").stats()).total, 0);
});

test("dead letters go back to the queue that they came from; others stay, and that is said", async () => {
  const jobs = service.client().queue("jobs");
  await jobs.create({ _dead_letter_queue: "jobs-dead", _max_claim_count: 1 });
  await jobs.postMany([1, 2, 3]);
  await (await jobs.claim({ limit: 3 }))?.release();
  await jobs.claim({ limit: 3 });
  await service.client().queue("jobs-dead").post("posted here");
  const { stderr, stdout, code } = await sukkal("redrive jobs-dead --watch");
  assert.deepEqual([stdout, code], ["", 0]);
  assert.match(stderr, /^✓ 3 messages moved\njobs-dead has 1 message\. .*--to moves what was posted to it\.\n$/);
  assert.equal((await jobs.stats()).free, 3);
});

test("a redrive that is not watched says where it can be seen", async () => {
  const begun = await sukkal("redrive jobs-dead --to jobs");
  assert.match(
    begun.stderr,
    /^✓ The redrive of at most 1 message has begun\.\nsukkal redrive jobs-dead --status shows/,
  );
  const watched = await sukkal("redrive jobs-dead --to jobs --watch --json -q");
  assert.equal((JSON.parse(watched.stdout) as Redrive).status, "done");
  const status = await sukkal("redrive jobs-dead --status");
  assert.match(status.stdout, /^status\tdone\nmoved\t0\nremaining\t0\nto\tjobs\nat most\t\nrate\t\nstarted\t20/);
  assert.match((await sukkal("redrive jobs-dead --status", { terminal: 80 })).stdout, /\nat most +all\nrate +any\n/);
});

test("max, rate, a second one, and cancel", async () => {
  await filled("slow", 300);
  assert.equal((await sukkal("redrive slow --to fast --max 200 --rate 1")).code, 0);
  const status = await sukkal("redrive slow --status");
  assert.match(status.stdout, /^status\trunning\nmoved\t\d+\nremaining\t\d+\nto\tfast\nat most\t200\nrate\t1\n/);
  const second = await sukkal("redrive slow --to fast");
  assert.deepEqual([second.code, second.stderr.includes("--watch shows it, --cancel ends it")], [1, true]);
  assert.match((await sukkal("redrive slow --cancel")).stderr, /^✓ The redrive is canceled: \d+ messages? moved\.\n$/);
  assert.match((await sukkal("redrive slow --cancel")).stderr, /^No redrive of slow was running\.\n$/);
  assert.equal((await sukkal("redrive slow --status --json")).stdout.includes('"status":"canceled"'), true);
});

test("what has had no redrive, and flags that contradict each other", async () => {
  await filled("quiet", 1);
  for (const [line, code] of [
    ["redrive quiet --status", 3],
    ["redrive quiet --cancel", 3],
    ["redrive nosuch", 3],
    ["redrive quiet --status --watch", 2],
    ["redrive quiet --cancel --status", 2],
    ["redrive quiet --max 0", 2],
  ] as const)
    assert.equal((await sukkal(line)).code, code, line);
});

for (const [answer, status, says] of [
  ["y\n", "canceled", /✓ The redrive is canceled: \d+ messages? moved\.\ninterrupted\n$/],
  ["\n", "running", /The redrive goes on: sukkal redrive asked --watch shows it, --cancel ends it\.\ninterrupted\n$/],
] as const) {
  test(`Ctrl-C while it is watched asks; ${JSON.stringify(answer)} leaves it ${status}`, async () => {
    await filled("asked", 200);
    const queue = service.client().queue("asked");
    const ending = new AbortController();
    const onStderr = (text: string): void => {
      if (text.includes("messages moved")) ending.abort("interrupted");
    };
    const options = { terminal: 100, isTyped: true, input: answer, signal: ending.signal, onStderr };
    const { stderr, code } = await sukkal("redrive asked --to elsewhere --rate 10 --watch", options);
    assert.match(stderr, /Cancel the redrive on the service too\? \[y\/N\]/);
    assert.match(stderr, says);
    assert.deepEqual([code, (await queue.redrive())?.status], [130, status]);
    await queue.cancelRedrive();
  });
}

test("where nobody can be asked it goes on, and so it does after SIGTERM", async () => {
  const queue = service.client().queue("asked");
  for (const [reason, expected] of [
    ["interrupted", 130],
    ["terminated", 143],
  ] as const) {
    const ending = new AbortController();
    setTimeout(() => ending.abort(reason), 200);
    const { code, stderr } = await sukkal("redrive asked --to elsewhere --rate 10 --watch", { signal: ending.signal });
    assert.equal(code, expected);
    assert.equal(stderr.includes("[y/N]"), false);
    assert.equal((await queue.redrive())?.status, "running");
    await queue.cancelRedrive();
  }
});

test("one that is running already is watched, and one that somebody cancels has failed", async () => {
  const queue = service.client().queue("asked");
  await queue.startRedrive({ target: "elsewhere", messages_per_second: 1 });
  const onStderr = (text: string): void => {
    if (text.includes("running already")) void queue.cancelRedrive();
  };
  const { code, stderr } = await sukkal("redrive asked --watch", { onStderr });
  assert.equal(code, 1);
  assert.match(stderr, /^It is running already\.\nerror: The redrive was canceled: \d+ messages? moved\.\n$/);
});
