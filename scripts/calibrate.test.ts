/** `npm run calibrate`: what it says, sends and leaves behind, against a started service. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Server } from "../bench/server.ts";
import { Calibration } from "./calibration.ts";
import { boundOf, shardsFor, stepsOfMany, stepsOfOne } from "./calibration-plan.ts";
import { ROOT } from "./wrangler.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-calibrate-"));
let service: Server;

before(async () => {
  const environment = { AUTH_STRATEGY: "none", SHARDS: "4", SPREAD_ALWAYS: "true" };
  service = await Server.start({ dataDir: folder, environment });
});
after(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** `interruptAt`: interrupts it when it has printed this. */
async function calibrate(args: readonly string[], interruptAt?: RegExp): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, "scripts/run.cjs"), "calibrate", ...args], { stdio: "pipe" });
  let output = "";
  const collect = (chunk: unknown): void => {
    const isBefore = interruptAt?.test(output) === false;
    output += String(chunk);
    if (isBefore && interruptAt.test(output)) child.kill("SIGINT");
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

const headers = { "Client-ID": crypto.randomUUID(), "X-Project-ID": "calibration" };

async function read(path: string): Promise<object> {
  return (await (await fetch(`${service.url}/v2${path}`, { headers })).json()) as object;
}

async function queues(): Promise<readonly unknown[]> {
  return ((await read("/queues")) as { readonly queues: readonly unknown[] }).queues;
}

const BRIEF = ["--max-rate", "60", "--seconds", "1", "--objects", "2"];

test("without a confirmation it says what it would send and cost, and sends nothing", async () => {
  // Nothing listens there.
  const { code, output } = await calibrate(["http://127.0.0.1:1", ...BRIEF]);
  assert.equal(code, 1);
  assert.match(output, /^To http:\/\/127\.0\.0\.1:1, in the project calibration/);
  assert.match(output, /At most 283 requests within 12 s\. On Cloudflare they cost at most \$0\.00/);
  assert.match(output, /Nothing was sent\. To send this, repeat the command with --yes\.\n$/);
});

test("it measures one queue, then several, and deletes them", async () => {
  const { code, output } = await calibrate([service.url, ...BRIEF, "--yes"]);
  assert.equal(code, 0, output);
  assert.match(output, /^one queue, 50 requests\/s: \d+ answered, p50 \d+ ms, p99 \d+ ms: /m);
  assert.match(output, /^C is (?:at least )?\d+ requests a second\./m);
  assert.match(output, /The queues are deleted\.\n$/);
  assert.deepEqual(await queues(), []);
});

test("it deletes its queues when it is interrupted", async () => {
  const args = [service.url, "--max-rate", "60", "--seconds", "2", "--yes"];
  const { code, output } = await calibrate(args, /^one queue/m);
  assert.equal(code, 1);
  assert.match(output, /The queues are deleted\.\nInterrupted\.\n$/);
  assert.deepEqual(await queues(), []);
});

test("its queues are on one object each, also where queues are spread", async () => {
  const calibration = new Calibration({
    url: new URL(service.url),
    seconds: 1,
    headers,
    queues: ["pinned"],
    signal: new AbortController().signal,
  });
  await calibration.create();
  assert.ok(!("spread" in (await read("/queues/pinned/figures"))));
  assert.deepEqual(await calibration.cleanUp(), []);
});

test("it says why it cannot begin, and names no queues, because there are none", async () => {
  const { code, output } = await calibrate(["http://127.0.0.1:1", "--yes"]);
  assert.equal(code, 1);
  assert.match(output, /The queues cannot be created: fetch failed: \S.*\n$/);
  assert.doesNotMatch(output, /could not be deleted/);
});

for (const [args, reason] of [
  [[], "A URL is missing."],
  [["localhost:8787"], '"localhost:8787" does not begin with http:// or https://.'],
  [["ftp://a"], '"ftp://a" does not begin with http:// or https://.'],
  [["http://a", "http://b"], '"http://b" is one argument too many.'],
  [["http://a", "--max-rate", "4001"], '--max-rate is "4001": it must be a whole number from 1 to 4000.'],
  [["http://a", "--seconds", "0"], '--seconds is "0": it must be a whole number from 1 to 60.'],
  [["http://a", "--objects", "many"], '--objects is "many": it must be a whole number from 1 to 16.'],
  [["http://a", "--rate", "5"], "Unknown option '--rate'"],
] as const) {
  test(`${args.join(" ")} is refused with the reason and the usage`, async () => {
    const { code, output } = await calibrate([...args, "--yes"]);
    assert.equal(code, 1);
    assert.ok(output.startsWith(reason), output);
    assert.match(output, /^npm run calibrate -- URL/m);
  });
}

test("it proposes values of SHARDS that the service accepts, or none", () => {
  assert.equal(shardsFor(500, 800), "4");
  assert.equal(shardsFor(2_000, 400), "9");
  assert.equal(shardsFor(5_000, 100), "more than 64");
});

test("the bound counts every step, the check of the sender, and the queues", () => {
  const options = { url: new URL("http://a"), rateMax: 120, seconds: 2, objects: 4 };
  assert.deepEqual(
    stepsOfOne(options).map(({ rate }) => rate),
    [50, 100, 120],
  );
  assert.deepEqual(stepsOfMany(options, 100), [
    { queues: 2, rate: 140 },
    { queues: 4, rate: 280 },
  ]);
  const perSecond = 50 + 100 + 120 + 0.7 * 120 * 6 + 0.7 * 120 * 4;
  assert.equal(boundOf(options).requests, perSecond * 2 + 9);
});
