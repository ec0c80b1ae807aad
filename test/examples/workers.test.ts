/** The Workers, in the runtime of wrangler, with the service that `npm start` starts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Sukkal } from "sukkal/client";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { Example } from "./example.ts";
import { refusesForgeries, takesOnce } from "./receiver.ts";

const scratch = makeScratch("workers");
let server: Server;
let sukkal: Sukkal;

before(async () => {
  const settings = { ALLOW_PRIVATE_SUBSCRIBERS: "true" };
  server = await Server.start({ dataDir: join(scratch.path, "data"), environment: settings });
  sukkal = new Sukkal({ url: server.url, project: "demo" });
});

after(async () => {
  await server.stop();
  scratch.remove();
});

/** A Worker that wrangler serves. */
class Worker implements AsyncDisposable {
  readonly origin: string;
  private readonly wrangler: Example;

  static async start(settings: string, variables: Readonly<Record<string, string>>): Promise<Worker> {
    const given = Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
    const folder = join(scratch.path, settings);
    const wrangler = new Example(settings, {}, ["--persist-to", folder, "--test-scheduled", ...given]);
    for (;;) {
      const [, origin] = /Ready on (http:\/\/127\.0\.0\.1:\d+)/.exec(await wrangler.line()) ?? [];
      if (origin !== undefined) return new Worker(wrangler, origin);
    }
  }

  private constructor(wrangler: Example, origin: string) {
    this.wrangler = wrangler;
    this.origin = origin;
  }

  /** Resolves with the next line that it prints which contains this. */
  async prints(text: RegExp): Promise<string> {
    for (;;) {
      const line = await this.wrangler.line();
      if (text.test(line)) return line;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not SIGKILL, after which its runtime would go on.
    const gone = once(this.wrangler.child, "exit");
    this.wrangler.child.kill("SIGTERM");
    await gone;
  }
}

test("cron drain: a run works on all messages and ends", async () => {
  const jobs = sukkal.queue("jobs");
  await jobs.postMany(Array.from({ length: 25 }, (_, number) => ({ number })));
  await using worker = await Worker.start("cron-drain/wrangler.toml", { SUKKAL_URL: server.url, QUEUE: "jobs" });
  const run = async (): Promise<number> => (await fetch(`${worker.origin}/__scheduled`)).status;
  assert.equal(await run(), 200);
  await worker.prints(/25 done, 0 failed/);
  assert.equal((await jobs.stats()).total, 0);
  assert.equal(await run(), 200);
  await worker.prints(/0 done, 0 failed/);
});

test("webhook receiver in Hono: takes a signed notification once, and refuses what is not signed", async () => {
  const hooked = sukkal.queue("hooked");
  const secret = `whsec_${btoa("a secret of thirty-two characters")}`;
  await using worker = await Worker.start("webhook-hono/wrangler.toml", { WEBHOOK_SECRET: secret });
  await refusesForgeries(worker.origin);
  await takesOnce(worker.origin, secret);
  await worker.prints(/"repeated":true/);
  // The service has another secret, so this receiver refuses what comes from it, and it is not sent again.
  const id = await hooked.subscriptions.create({ subscriber: worker.origin });
  await hooked.subscriptions.renewSecret(id);
  const { outcome, status, answer } = await hooked.subscriptions.test(id);
  assert.deepEqual([outcome, status, answer], ["refused", 400, "signature-wrong"]);
});
