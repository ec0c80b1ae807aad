/** `sukkal queue …` against a service. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startServer, type TestServer } from "sukkal/testing";
import { ROOT } from "../../scripts/wrangler.ts";
import { sukkal as run, type Outcome, type RunOptions } from "./command-line.ts";

let server: TestServer;

before(async () => {
  server = await startServer({ server: ROOT });
});

after(() => server.stop());

function sukkal(line: string, options: RunOptions = {}): Promise<Outcome> {
  return run(line.split(" "), { ...options, env: { SUKKAL_URL: server.url, ...options.env } });
}

test("a queue is created, listed and deleted", async () => {
  assert.deepEqual(await sukkal("queue create jobs"), { stdout: "", stderr: "✓ Queue jobs exists.\n", code: 0 });
  assert.equal((await sukkal("queue list")).stdout, "jobs\n");
  assert.equal((await sukkal("queue list", { terminal: 80 })).stdout, "NAME\njobs\n");
  assert.match((await sukkal("queue list --json")).stdout, /^\{"name":"jobs",.*\}\n$/);
  assert.equal((await sukkal("queue delete jobs --yes")).code, 0);
  assert.match((await sukkal("queue list")).stderr, /There is no queue/);
});
