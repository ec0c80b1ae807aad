/** `sukkal dead …` against a service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deadFor } from "../../packages/sukkal/src/cli/commands/dead-letters.ts";
import { linesOf, serviceOfTests } from "./service.ts";

const service = serviceOfTests();
const sukkal = (line: string, options = {}): ReturnType<typeof service.sukkal> =>
  service.sukkal(line.split(" "), options);

/** A queue of which all messages are dead letters of another queue. */
async function withDeadLetters(name: string, bodies: readonly unknown[]): Promise<void> {
  const queue = service.client().queue(name);
  await queue.ensure({ _dead_letter_queue: "graves", _max_claim_count: 1 });
  await queue.postMany(bodies);
  await (await queue.claim({ limit: 20 }))?.release();
  // A message moves with the claim after its last one.
  assert.equal(await queue.claim({ limit: 20 }), null);
}

test("without dead-letter queues it says how to get one", async () => {
  assert.match((await sukkal("dead list")).stderr, /^No queue has dead letters: sukkal queue set jobs _dead/);
});

test("dead-letter queues are listed with the queues that name them", async () => {
  await withDeadLetters("orders", ["a", "b"]);
  await withDeadLetters("mails", [{ n: 1 }]);
  await service.client().queue("idle").create({ _dead_letter_queue: "later", _max_claim_count: 3 });
  const rows = linesOf(await sukkal("dead list")).map((line) => line.split("\t").slice(0, 4));
  assert.deepEqual(rows, [
    ["graves", "mails,orders", "3", "0"],
    // It does not exist yet.
    ["later", "idle", "", ""],
  ]);
  const { stdout } = await sukkal("dead list", { terminal: 80 });
  assert.match(stdout, /^NAME +SOURCES +FREE +CLAIMED +OLDEST\ngraves +mails \(after 1 claim\), orders \(after 1 cla/);
  const [document = ""] = linesOf(await sukkal("dead list --json"));
  const { name, sources, messages } = JSON.parse(document) as Record<string, unknown>;
  assert.deepEqual(
    [name, sources, (messages as { readonly free: number }).free],
    [
      "graves",
      [
        { name: "mails", max_claim_count: 1 },
        { name: "orders", max_claim_count: 1 },
      ],
      3,
    ],
  );
});

test("a queue whose messages never move is warned of", async () => {
  await service.client().queue("forgotten").create({ _dead_letter_queue: "graves" });
  assert.match((await sukkal("dead list -q")).stderr, /^warning: No message of forgotten moves to graves: .*\n$/);
  await service.client().queue("forgotten").delete();
});

test("dead letters are shown with their source and reason, exactly and without taking them", async () => {
  const rows = linesOf(await sukkal("dead show graves")).map((line) => line.split("\t"));
  assert.deepEqual(
    rows.map(([, source, , reason, body]) => [source, reason, body]),
    [
      ["orders", "claims", '"a"'],
      ["orders", "claims", '"b"'],
      ["mails", "claims", '{"n":1}'],
    ],
  );
  assert.ok(rows.every(([, , seconds]) => Number(seconds) >= 0 && Number(seconds) < 60));
  assert.equal(linesOf(await sukkal("dead show graves --source mails")).length, 1);
  assert.equal(linesOf(await sukkal("dead show graves --source orders --limit 1")).length, 1);
  assert.equal((await service.client().queue("graves").stats()).free, 3);
});

test("the time since a message died is never negative, although its times have no fractions", () => {
  // Posted at 0.9 s, dead at 1.1 s, read at 1.2 s.
  const deadLetter = { queue: "orders", at: new Date(1000), reason: "claims" };
  assert.equal(deadFor({ age: 0, created: new Date(0), deadLetter }), 0);
  assert.equal(deadFor({ age: 90, created: new Date(0), deadLetter }), 89);
});

test("claimed and delayed dead letters are shown too, and messages that are none", async () => {
  const queue = service.client().queue("graves");
  await queue.claim({ limit: 1 });
  await queue.post("posted here");
  const rows = linesOf(await sukkal("dead show graves")).map((line) => line.split("\t"));
  assert.deepEqual(
    rows.map(([, source]) => source),
    ["orders", "orders", "mails", ""],
  );
});

test("where there is none: whether it is the wrong queue", async () => {
  assert.match((await sukkal("dead show orders")).stderr, /are in graves: sukkal dead show graves/);
  assert.match((await sukkal("dead show graves --source nobody")).stderr, /no dead letter in graves from nobody/);
  assert.equal((await sukkal("dead show nosuch")).code, 3);
});

test("messages that are no dead letters are shown with a word on what they are", async () => {
  await service.client().queue("plain").postMany([1, 2]);
  const plain = await sukkal("dead show plain");
  assert.equal(linesOf(plain).length, 2);
  assert.equal(plain.stderr, "No dead letter is among them: they were posted to plain.\n");
  await withDeadLetters("source", [1]);
  await service.client().queue("source").post(2);
  assert.match(
    (await sukkal("dead show source")).stderr,
    /^No dead letter is among them.*\nThe dead letters of source are in graves/,
  );
  assert.equal((await sukkal("dead show graves")).stderr, "");
});
