/** `sukkal claim`, `ack` and `release` against a service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf, serviceOfTests } from "./service.ts";

const { sukkal, client } = serviceOfTests();

interface Claimed {
  readonly claim: string;
  readonly messages: readonly { readonly id: string; readonly claim_count: number }[];
}

async function claim(queue: string, ...words: string[]): Promise<Claimed> {
  return JSON.parse((await sukkal(["claim", queue, "--json", ...words])).stdout) as Claimed;
}

test("a claim prints its id, the messages, and what to do next", async () => {
  const body = '{"n":9007199254740993,"a":1,"a":2}';
  const [id = ""] = linesOf(await sukkal(["post", "shown", body]));
  const { stdout, stderr } = await sukkal(["claim", "shown"]);
  const [uuid = "", ...others] = stdout.trimEnd().split("\t");
  assert.deepEqual(others, [id, "0", body]);
  assert.match(stderr, new RegExp(`sukkal ack shown ${uuid} --all`));
  await sukkal(["release", "shown", uuid]);
  const terminal = (await sukkal(["claim", "shown", "--lease", "90"], { terminal: 100 })).stdout;
  assert.match(terminal, /^claim {2}\S{36}\nlease {2}1 min 30 s\nID +ATTEMPTS {2}BODY\n/);
});

test("messages are acknowledged by id and all at once", async () => {
  await sukkal(["post", "acked", "1", "2", "3"]);
  const { claim: id, messages } = await claim("acked", "--limit", "3");
  const [first] = messages;
  const outcome = await sukkal(["ack", "acked", id, first?.id ?? ""]);
  assert.equal(outcome.stderr, "✓ 1 message deleted from acked.\n");
  assert.equal((await client().queue("acked").stats()).total, 2);
  assert.equal((await sukkal(["ack", "acked", id, "--all"])).stderr, "✓ 2 messages deleted from acked.\n");
  const again = await sukkal(["ack", "acked", id, "--all"]);
  assert.equal(again.code, 3);
  assert.match(again.stderr, /There is no claim .*\nhint: Its lease is over/);
});

test("ack wants ids or --all, and refuses messages of others", async () => {
  await sukkal(["post", "foreign", "1", "2"]);
  const { claim: id } = await claim("foreign", "--limit", "1");
  assert.equal((await sukkal(["ack", "foreign", id])).code, 2);
  const other = linesOf(await sukkal(["peek", "foreign"]))[0]?.split("\t")[0] ?? "";
  const { code, stderr } = await sukkal(["ack", "foreign", id, other]);
  assert.equal(code, 3);
  assert.match(stderr, /The claim has no message .*Nothing was changed/);
  assert.equal((await client().queue("foreign").stats()).total, 2);
});

test("messages are released at once, later, and without counting", async () => {
  await sukkal(["post", "released", "1", "2"]);
  const { claim: id, messages } = await claim("released");
  const [first] = messages;
  const outcome = await sukkal(["release", "released", id, first?.id ?? "", "--delay", "5m"]);
  assert.equal(outcome.stderr, "✓ 1 message released, to be claimed in 5 min.\n");
  await sukkal(["release", "released", id, "--uncounted"]);
  const next = await claim("released");
  assert.deepEqual(
    next.messages.map(({ claim_count: count }) => count),
    [0],
  );
});

test("a claim without a message says so; one of a queue that does not exist: exit code 3", async () => {
  await sukkal(["queue", "create", "idle"]);
  const { code, stdout, stderr } = await sukkal(["claim", "idle"]);
  assert.deepEqual([code, stdout, stderr], [0, "", "idle has no message to claim.\n"]);
  assert.equal((await sukkal(["claim", "nosuch"])).code, 3);
  assert.equal(await client().queue("nosuch").exists(), false);
});

test("Ctrl-C ends a claim that waits, and what comes meanwhile is not leased to nobody", async () => {
  const queue = client().queue("waiting");
  await queue.create();
  const ending = new AbortController();
  const waiting = sukkal(["claim", "waiting", "--wait", "20"], { signal: ending.signal });
  setTimeout(() => ending.abort("interrupted"), 300);
  const { code, stdout } = await waiting;
  assert.deepEqual([code, stdout], [130, ""]);
  await queue.post(1);
  assert.equal((await queue.stats()).free, 1);
});

test("a claim that is made before Ctrl-C arrives is given back, uncounted", async () => {
  const queue = client().queue("crossing");
  await queue.post(1);
  const ending = new AbortController();
  const claiming = sukkal(["claim", "crossing"], { signal: ending.signal });
  // After the command line is read, and before the answer is.
  setImmediate(() => ending.abort("interrupted"));
  assert.equal((await claiming).code, 130);
  const [message] = (await queue.claim())?.messages ?? [];
  assert.equal(message?.claimCount, 0);
});
