/** `sukkal queue …` against a service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf, serviceOfTests } from "./service.ts";

const service = serviceOfTests();
const sukkal = (line: string, options = {}): ReturnType<typeof service.sukkal> =>
  service.sukkal(line.split(" "), options);

test("a queue is created, listed and deleted", async () => {
  assert.deepEqual(await sukkal("queue create jobs"), { stdout: "", stderr: "✓ Queue jobs is ready.\n", code: 0 });
  assert.equal((await sukkal("queue list")).stdout, "jobs\n");
  assert.equal((await sukkal("queue list", { terminal: 80 })).stdout, "NAME\njobs\n");
  assert.match((await sukkal("queue list --json")).stdout, /^\{"name":"jobs","metadata":\{[^{}]*\}\}\n$/);
  assert.equal((await sukkal("queue delete jobs --yes")).code, 0);
  assert.match((await sukkal("queue list")).stderr, /There is no queue/);
});

test("a queue that exists gets the metadata that it is created with", async () => {
  await service.client().queue("present").post(1);
  assert.equal((await sukkal("queue create present --set team=web --set _default_message_ttl=2h")).code, 0);
  const { team, _default_message_ttl: ttl } = await service.client().queue("present").metadata();
  assert.deepEqual([team, ttl], ["web", 7200]);
  await sukkal("queue delete present --yes");
});

test("lists have figures, are sorted by them, and are cut after that", async () => {
  const client = service.client();
  for (const [name, messages] of [
    ["few", 1],
    ["many", 12],
    ["some", 5],
  ] as const)
    await client.queue(name).postMany(Array.from({ length: messages }, (_, index) => index));
  await client.queue("some").claim({ limit: 2 });
  await client.queue("idle").create();
  const figures = linesOf(await sukkal("queue list --details")).map((line) => line.split("\t").slice(0, 3));
  assert.deepEqual(figures, [
    ["few", "1", "0"],
    ["idle", "0", "0"],
    ["many", "12", "0"],
    ["some", "3", "2"],
  ]);
  const deepest = await sukkal("queue list --sort free --limit 2");
  assert.deepEqual(
    linesOf(deepest).map((line) => line.split("\t")[0]),
    ["many", "some"],
  );
  const shown = await sukkal("queue list --sort oldest", { terminal: 80 });
  assert.match(shown.stdout, /^NAME +FREE +CLAIMED +OLDEST +PAUSED\nfew +1 +0 +\d+ s +-\n/);
  assert.match(shown.stdout, /\nidle +0 +0 +- +-\n$/);
  const [document = ""] = linesOf(await sukkal("queue list --details --json --name many"));
  const { messages } = JSON.parse(document) as { readonly messages: Record<string, unknown> };
  assert.deepEqual([messages["free"], messages["claimed"], messages["total"]], [12, 0, 12]);
  assert.deepEqual(Object.keys(messages["oldest"] as object), ["id", "age", "created"]);
  assert.equal((await sukkal("queue list --limit 1")).stdout, "few\n");
});

test("names are selected by a part of them, or by an expression, on every page", async () => {
  const client = service.client();
  for (let index = 0; index < 25; index++) await client.queue(`page-${String(index).padStart(2, "0")}`).create();
  assert.equal(linesOf(await sukkal("queue list --name page-")).length, 25);
  assert.deepEqual(linesOf(await sukkal("queue list --name ^page-.[05]$")), [
    "page-00",
    "page-05",
    "page-10",
    "page-15",
    "page-20",
  ]);
  assert.equal((await sukkal("queue list --name nothing")).stderr, "No queue has such a name.\n");
  const wrong = await sukkal("queue list --name (");
  assert.deepEqual([wrong.code, wrong.stderr.includes('"(" is no regular expression')], [2, true]);
});

test("a queue is shown with its figures and its metadata", async () => {
  const queue = service.client().queue("shown");
  await queue.create({ _default_message_ttl: 5400, owner: { name: "Ann" } });
  await queue.post("hello");
  const lines = linesOf(await sukkal("queue show shown"));
  assert.deepEqual(
    lines.filter((line) => /^(name|free|claimed|paused|_default_message_ttl|owner)\t/.test(line)),
    ["name\tshown", "free\t1", "claimed\t0", "paused\t", "_default_message_ttl\t5400", 'owner\t{"name":"Ann"}'],
  );
  assert.match((await sukkal("queue show shown", { terminal: 80 })).stdout, /\n_default_message_ttl +1 h 30 min\n/);
  const { code, stderr, stdout } = await sukkal("queue show nosuch");
  assert.deepEqual([code, stdout], [3, ""]);
  assert.match(stderr, /There is no queue "nosuch"\.\nhint: .*sukkal queue list/);
});

test("set changes only what it names, and prints what has changed", async () => {
  const queue = service.client().queue("changed");
  await queue.create({ team: "web", stage: 1, _default_message_ttl: 600 });
  const { stdout } = await sukkal("queue set changed stage=2 _default_message_ttl=2h --unset team");
  assert.deepEqual(stdout.split("\n").toSorted(), [
    "",
    "_default_message_ttl\t600\t7200",
    "stage\t1\t2",
    'team\t"web"\t',
  ]);
  const metadata = await queue.metadata();
  assert.deepEqual([metadata["stage"], metadata["team"], metadata["_default_message_ttl"]], [2, undefined, 7200]);
  // A text and a number differ.
  assert.equal(
    (await sukkal('queue set changed stage="2" --json')).stdout,
    '{"name":"stage","before":2,"after":"2"}\n',
  );
  const same = await sukkal('queue set changed stage="2"');
  assert.deepEqual([same.stdout, same.stderr, same.code], ["", "Nothing has changed.\n", 0]);
  // What is missing needs no removal.
  assert.equal((await sukkal("queue set changed --unset team")).code, 0);
});

test("set refuses contradictions, no change, and queues that do not exist", async () => {
  for (const [line, code] of [
    ["queue set changed", 2],
    ["queue set changed a=1 --unset a", 2],
    ["queue set changed nothing", 2],
    // JSON.parse would make another number of it.
    ["queue set changed id=9007199254740993", 2],
    ["queue set nosuch a=1", 3],
    ["queue set changed _max_claim_count=many", 1],
  ] as const)
    assert.equal((await sukkal(line)).code, code, line);
  assert.equal(await service.client().queue("nosuch").exists(), false);
});

test("a pause of claims and of notifications, each for itself", async () => {
  const queue = service.client().queue("paused");
  await queue.post("waits");
  const states: string[] = [];
  for (const line of [
    "pause paused --claims",
    "pause paused --notifications",
    "resume paused --claims",
    "resume paused",
  ]) {
    const { code, stderr } = await sukkal(`queue ${line}`);
    assert.equal(code, 0, stderr);
    const claim = await queue.claim({ limit: 1 });
    states.push(`${JSON.stringify((await queue.metadata())["_paused"])}: ${claim === null ? "nothing" : "a message"}`);
    await claim?.release();
  }
  assert.deepEqual(states, [
    '["claims"]: nothing',
    '["claims","notifications"]: nothing',
    '["notifications"]: a message',
    "undefined: a message",
  ]);
  assert.equal((await sukkal("queue pause paused")).stderr, "✓ paused is paused for claims and notifications.\n");
  assert.match((await sukkal("queue list --details --name paused")).stdout, /\tclaims,notifications\n$/);
  assert.equal((await sukkal("queue resume paused")).stderr, "✓ paused is not paused.\n");
  assert.equal((await sukkal("queue pause nosuch")).code, 3);
});

test("a purge and a deletion say how much they destroy, and want the name", async () => {
  const queue = service.client().queue("purged");
  await queue.postMany([1, 2, 3]);
  await queue.claim({ limit: 1 });
  const typed = { terminal: 200, isTyped: true };
  const refused = await sukkal("queue purge purged", { ...typed, input: "purge\n" });
  assert.match(refused.stderr, /messages of the queue purged \(3 messages, 1 of them claimed\) and cannot be undone/);
  assert.deepEqual([refused.code, (await queue.stats()).total], [1, 3]);
  const purged = await sukkal("queue purge purged", { ...typed, input: "purged\n" });
  assert.match(purged.stderr, /✓ Queue purged is purged\.\n1 claimed message stays\.\n$/);
  assert.deepEqual([purged.code, (await queue.stats()).total], [0, 1]);
  assert.equal((await sukkal("queue delete purged")).code, 2);
  assert.equal((await sukkal("queue delete purged", { ...typed, input: "purged\n" })).code, 0);
  assert.equal(await queue.exists(), false);
  for (const verb of ["delete", "purge"]) assert.equal((await sukkal(`queue ${verb} purged --yes`)).code, 3);
});

test("subscriptions are purged only if that is said", async () => {
  const queue = service.client().queue("subscribed");
  await queue.create();
  await queue.subscriptions.create({ subscriber: "https://example.com/" });
  const count = async (): Promise<number> => {
    const ids: string[] = [];
    for await (const { id } of queue.subscriptions.list()) ids.push(id);
    return ids.length;
  };
  await sukkal("queue purge subscribed --yes");
  assert.equal(await count(), 1);
  await sukkal("queue purge subscribed --subscriptions --yes");
  assert.equal(await count(), 0);
});
