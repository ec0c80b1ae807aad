/** `sukkal migrate` between two projects of a service. test/migrate has a real Zaqar as its source. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { JsonText, Sukkal } from "sukkal/client";
import { EXIT } from "../../packages/sukkal/src/cli/exit-code.ts";
import type { Outcome, RunOptions } from "./command-line.ts";
import { allOf, linesOf, serviceOfTests } from "./service.ts";

/** Its limits are the defaults. */
const otherService = serviceOfTests();
const service = serviceOfTests({ MAX_MESSAGE_TTL: "86400" });
const folder = mkdtempSync(join(tmpdir(), "sukkal-migrate-"));
const config = join(folder, "config.toml");
after(() => rmSync(folder, { recursive: true }));

const EXACT = '{"n":9007199254740993,"a":1,"a":2,"body":[1.50]}';

/** Two projects that nothing else uses, and the command line from the one to the other. */
interface Pair {
  readonly source: Sukkal;
  readonly target: Sukkal;
  readonly migrate: (line: string, options?: RunOptions) => Promise<Outcome>;
}

let pairs = 0;

function pair(): Pair {
  const [from, to] = [`from${++pairs}`, `to${pairs}`];
  const url = service.url();
  writeFileSync(
    config,
    [from, to].map((name) => `[contexts.${name}]\nurl = "${url}"\nproject = "${name}"\n`).join(""),
    { flag: "a", mode: 0o600 },
  );
  const migrate = (line: string, options: RunOptions = {}): Promise<Outcome> =>
    service.sukkal(["migrate", ...line.split(" "), "--from", from, "--to", to], {
      ...options,
      env: { SUKKAL_CONFIG: config },
    });
  const client = (project: string): Sukkal => new Sukkal({ url, project });
  return { source: client(from), target: client(to), migrate };
}

async function bodiesOf(sukkal: Sukkal, queue: string): Promise<readonly string[]> {
  const bodies: string[] = [];
  for await (const { bodyText } of sukkal.queue(queue).messages({ includeClaimed: true, includeDelayed: true }))
    bodies.push(bodyText);
  return bodies;
}

function rowsOf(outcome: Outcome): readonly Readonly<Record<string, unknown>>[] {
  return linesOf(outcome).map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));

test("copy keeps bodies, order, metadata and subscriptions, takes nothing, and adds nothing when it is repeated", async () => {
  const { source, target, migrate } = pair();
  const queue = source.queue("jobs");
  await queue.create({ team: "ops", _default_message_ttl: 7200 });
  await queue.postMany([new JsonText(EXACT), ...numbers(250).map((text) => new JsonText(text))], { ttl: 3600 });
  await queue.claim({ limit: 2 });
  await queue.subscriptions.create({
    subscriber: "https://shop.example/hook",
    ttl: 86_400,
    options: { post_headers: { "X-Shop": "1" } },
  });
  const copied = await migrate("copy --json");
  assert.equal(copied.code, EXIT.done, copied.stderr);
  assert.deepEqual(rowsOf(copied), [
    {
      project: null,
      queue: "jobs",
      moved: 251,
      known: 0,
      refused: 0,
      subscriptions: 1,
      subscriptionsRefused: 0,
      state: "done",
    },
  ]);
  assert.deepEqual(await bodiesOf(target, "jobs"), [EXACT, ...numbers(250)]);
  const { team, _default_message_ttl: ttl } = await target.queue("jobs").metadata();
  assert.deepEqual({ team, ttl }, { team: "ops", ttl: 7200 });
  const [subscription] = await allOf(target.queue("jobs").subscriptions.list());
  assert.deepEqual(subscription?.options, { post_headers: { "X-Shop": "1" } });
  assert.ok(subscription.ttl > 86_000 && subscription.ttl <= 86_400);
  // Its receiver has had the messages from the source.
  const { pending, delivered } = await target.queue("jobs").subscriptions.deliveries(subscription.id);
  assert.deepEqual({ pending, delivered }, { pending: 0, delivered: 0 });

  const [again] = rowsOf(await migrate("copy --json"));
  assert.deepEqual([again?.["moved"], again?.["known"]], [0, 251]);
  assert.equal((await target.queue("jobs").stats()).total, 251);
  assert.equal((await allOf(target.queue("jobs").subscriptions.list())).length, 1);
  assert.equal((await source.queue("jobs").stats()).total, 251);
  assert.equal((await migrate("verify")).code, EXIT.done);
});

test("a repeated copy adds what has come since, also when other messages have left the source", async () => {
  const { source, target, migrate } = pair();
  const ids = await source.queue("jobs").postMany(numbers(150));
  await migrate("copy");
  await source.queue("jobs").deleteMessages(ids.filter((_, index) => index % 7 === 0));
  await source.queue("jobs").postMany(["new", "newer"]);
  const [row] = rowsOf(await migrate("copy --json"));
  assert.equal(row?.["moved"], 2);
  assert.deepEqual(await bodiesOf(target, "jobs"), [...numbers(150).map((each) => `"${each}"`), '"new"', '"newer"']);
});

test("an interrupted copy says so, and a repeated one completes it", async () => {
  const { source, target, migrate } = pair();
  for (let time = 0; time < 3; time++) await source.queue("jobs").postMany(numbers(1000));
  const ending = new AbortController();
  const copying = migrate("copy --json", { signal: ending.signal });
  while (!(await target.queue("jobs").exists()) || (await target.queue("jobs").stats()).total < 100);
  ending.abort("interrupted");
  const { code, stdout, stderr } = await copying;
  assert.equal(code, EXIT.interrupted);
  assert.match(stderr, /Not everything was copied\.\nRepeat the command/);
  assert.match(stdout, /"state":"unfinished"/);
  const { total } = await target.queue("jobs").stats();
  assert.ok(total < 3000);
  const [row] = rowsOf(await migrate("copy --json"));
  assert.equal(Number(row?.["moved"]) + total, 3000);
  assert.deepEqual(await bodiesOf(target, "jobs"), await bodiesOf(source, "jobs"));
});

test("a queue that was deleted at the target is copied anew", async () => {
  const { source, target, migrate } = pair();
  await source.queue("jobs").postMany(["a", "b"]);
  await migrate("copy");
  await target.queue("jobs").delete();
  await migrate("copy");
  assert.deepEqual(await bodiesOf(target, "jobs"), ['"a"', '"b"']);
  await target.queue("jobs").delete();
  await target.queue("jobs").create();
  await migrate("copy");
  assert.deepEqual(await bodiesOf(target, "jobs"), ['"a"', '"b"']);
});

test("a life of less than a minute becomes one, a longer one stays", async () => {
  const { source, target, migrate } = pair();
  await source.queue("short").post("x", { ttl: 60 });
  await source.queue("short").post("y", { ttl: 86_400 });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await migrate("copy");
  const [x, y] = await allOf(target.queue("short").messages());
  assert.equal(x?.ttl, 60);
  assert.ok(y !== undefined && y.ttl < 86_400 && y.ttl > 86_300);
});

test("messages of a delayed queue keep what is left of their delay, and the others have none", async () => {
  const { source, target, migrate } = pair();
  await source.queue("later").create({ _default_message_delay: 600 });
  await source.queue("later").post("now", { delay: 0 });
  await source.queue("later").post("later");
  await source.queue("later").post("soon", { delay: 300 });
  await migrate("copy");
  const all = await allOf(target.queue("later").messages({ includeDelayed: true }));
  const seconds = all.map(
    ({ delayedUntil }) => delayedUntil && Math.round((delayedUntil.getTime() - Date.now()) / 100_000),
  );
  assert.deepEqual(seconds, [null, 6, 3]);
});

test("metadata that the target has otherwise stay, unless --overwrite changes them", async () => {
  const { source, target, migrate } = pair();
  await source.queue("jobs").create({ team: "ops", _default_message_ttl: 7200 });
  await target.queue("jobs").create({ team: "web", own: 1 });
  const planned = await migrate("plan --json");
  assert.equal(planned.code, EXIT.done);
  assert.equal(rowsOf(planned)[0]?.["target"], "differs");
  assert.match(planned.stdout, /_default_message_ttl \(3600, not 7200\)/);
  assert.match((await migrate("copy")).stderr, /other values of .*team.*, which stay/);
  assert.equal((await target.queue("jobs").metadata())["team"], "web");
  const differs = await migrate("verify");
  assert.equal(differs.code, EXIT.refused);
  assert.match(differs.stdout, /team/);
  await migrate("copy --overwrite");
  const { team, own, _default_message_ttl: ttl } = await target.queue("jobs").metadata();
  assert.deepEqual({ team, own, ttl }, { team: "ops", own: 1, ttl: 7200 });
  assert.equal((await migrate("verify")).code, EXIT.done);
});

test("only the queues of a pattern, and only what is not skipped", async () => {
  const { source, target, migrate } = pair();
  for (const name of ["orders", "orders-eu", "mail"]) await source.queue(name).post(name);
  await source.queue("orders").subscriptions.create({ subscriber: "https://shop.example/hook" });
  await migrate("copy --queue orders* --skip messages");
  const names = (await allOf(target.queues())).map(({ name }) => name);
  assert.deepEqual(names, ["orders", "orders-eu"]);
  assert.equal((await target.queue("orders").stats()).total, 0);
  assert.equal((await allOf(target.queue("orders").subscriptions.list())).length, 1);
  const { code, stderr } = await migrate("copy --queue nosuch");
  assert.equal(code, EXIT.notFound);
  assert.match(stderr, /no queue "nosuch"/);
});

test("drain moves everything, deletes it at the source, and does not double what was copied", async () => {
  const { source, target, migrate } = pair();
  await source.queue("jobs").create({ team: "ops" });
  await source.queue("jobs").postMany(numbers(150));
  await migrate("copy");
  await source.queue("jobs").postMany([new JsonText(EXACT), "last"]);
  await source.queue("other").post("x");
  const drained = await migrate("drain --json");
  assert.equal(drained.code, EXIT.done, drained.stderr);
  assert.deepEqual(rowsOf(drained), [
    { project: null, queue: "jobs", moved: 2, known: 150, left: 0, state: "done" },
    { project: null, queue: "other", moved: 1, known: 0, left: 0, state: "done" },
  ]);
  assert.deepEqual(await bodiesOf(target, "jobs"), [...numbers(150).map((each) => `"${each}"`), EXACT, '"last"']);
  assert.equal((await source.queue("jobs").stats()).total, 0);
});

test("drain waits for claimed messages; Ctrl-C leaves nothing claimed", async () => {
  const { source, target, migrate } = pair();
  await source.queue("jobs").post("held");
  const claim = await source.queue("jobs").claim();
  const ending = new AbortController();
  const draining = migrate("drain --json", {
    signal: ending.signal,
    onStderr: (text) => {
      if (text.includes("cannot be claimed yet")) void claim?.release();
    },
  });
  const drained = await draining;
  assert.match(drained.stderr, /1 message of the source cannot be claimed yet/);
  assert.deepEqual(await bodiesOf(target, "jobs"), ['"held"']);

  for (let time = 0; time < 3; time++) await source.queue("jobs").postMany(numbers(1000));
  const interrupted = migrate("drain --follow", { signal: ending.signal });
  while ((await target.queue("jobs").stats()).total < 100);
  ending.abort("interrupted");
  assert.equal((await interrupted).code, EXIT.interrupted);
  const { total, claimed } = await source.queue("jobs").stats();
  assert.ok(total > 0 && total < 3000);
  assert.equal(claimed, 0);
  await migrate("drain");
  assert.equal((await target.queue("jobs").stats()).total, 3001);
});

test("a message that the target refuses: copy moves the others, drain stops before it, plan tells both", async () => {
  const { source, target, migrate } = pair();
  await source.queue("jobs").postMany(["a", "x".repeat(2000), "b"]);
  await target.queue("jobs").create({ _max_messages_post_size: 1000 });
  const planned = await migrate("plan");
  assert.equal(planned.code, EXIT.refused);
  assert.match(planned.stderr, /✗ jobs: 1 message of more than 1,000 bytes \(MAX_MESSAGES_POST_SIZE\)/);
  assert.match(planned.stderr, /error: The target would refuse what is marked with ✗\./);
  assert.equal((await target.queue("jobs").stats()).total, 0);
  const drained = await migrate("drain");
  assert.equal(drained.code, EXIT.refused);
  assert.match(drained.stderr, /jobs: the target does not take the message \w+: .*\nIt stays at the source/);
  assert.deepEqual(await bodiesOf(target, "jobs"), ['"a"']);
  assert.equal((await source.queue("jobs").stats()).claimed, 0);
  const copied = await migrate("copy --json");
  assert.equal(copied.code, EXIT.refused);
  assert.equal(rowsOf(copied)[0]?.["refused"], 1);
  assert.deepEqual(await bodiesOf(target, "jobs"), ['"a"', '"b"']);
});

test("verify names what is missing and what is too much, each as often", async () => {
  const { source, target, migrate } = pair();
  await source.queue("jobs").postMany(["a", "a", "b", "c"]);
  await source.queue("lost").post("x");
  await target.queue("jobs").postMany(["a", "b", "d"]);
  const { code, stdout, stderr } = await migrate("verify --json");
  assert.equal(code, EXIT.refused);
  const [jobs, lost] = linesOf({ stdout }).map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  assert.deepEqual([jobs?.["source"], jobs?.["target"], jobs?.["missing"], jobs?.["extra"]], [4, 3, 2, 1]);
  assert.equal(lost?.["exists"], false);
  assert.match(stderr, /✗ lost: the target has no such queue/);
  assert.match(stderr, /2 queues of 2 differ\./);
  await migrate("copy");
  assert.equal((await migrate("verify")).code, EXIT.refused);
  assert.equal((await migrate("verify --ignore-extra")).code, EXIT.done);
});

test("a message of a longer life than the target allows is refused, and plan tells it", async () => {
  const source = new Sukkal({ url: otherService.url(), project: "long" }).queue("jobs");
  await source.post("long", { ttl: 100_000 });
  await source.post("short", { ttl: 86_400 });
  const line = ["--from", otherService.url(), "--to", service.url(), "--project", "long"];
  const planned = await service.sukkal(["migrate", "plan", ...line]);
  assert.match(planned.stderr, /✗ jobs: 1 message of more than 86,400 s of life \(MAX_MESSAGE_TTL\)/);
  const quick = await service.sukkal(["migrate", "plan", "--quick", ...line]);
  assert.equal(quick.code, EXIT.done);
  const copied = await service.sukkal(["migrate", "copy", ...line]);
  assert.equal(copied.code, EXIT.refused);
  assert.match(copied.stderr, /✗ jobs: the message \w+ is not moved: /);
  assert.deepEqual(await bodiesOf(new Sukkal({ url: service.url(), project: "long" }), "jobs"), ['"short"']);
});

test("several projects", async () => {
  const url = service.url();
  for (const project of ["red", "blue"]) await new Sukkal({ url, project }).queue("jobs").post(project);
  const words = ["migrate", "copy", "--from", url, "--to", otherService.url(), "--projects", "red,blue", "--json"];
  const outcome = await service.sukkal(words);
  assert.deepEqual(
    rowsOf(outcome).map(({ project, moved }) => [project, moved]),
    [
      ["red", 1],
      ["blue", 1],
    ],
  );
  assert.deepEqual(await bodiesOf(new Sukkal({ url: otherService.url(), project: "blue" }), "jobs"), ['"blue"']);
});

test("the same service twice, and a target that is named twice: exit code 2", async () => {
  const url = service.url();
  assert.equal((await service.sukkal(["migrate", "plan", "--from", url, "--to", url])).code, EXIT.usage);
  const twice = await service.sukkal(["migrate", "plan", "--from", url, "--to", url, "--url", url]);
  assert.match(twice.stderr, /The target is named twice/);
  assert.equal((await service.sukkal(["migrate", "plan"])).code, EXIT.usage);
});
