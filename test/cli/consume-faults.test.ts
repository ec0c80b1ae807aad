/** `sukkal consume` and a service that fails. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { sukkal, type Outcome } from "./command-line.ts";

/** Consumes until the queue is empty. `claims`: the status of each answer to a claim. */
async function consume(...claims: readonly number[]): Promise<Outcome> {
  const answers = [...claims];
  const server = createServer((request, response) => {
    const isClaim = request.method === "POST";
    const status = isClaim ? (answers.shift() ?? 204) : 200;
    const failure = { title: "By the test", description: `Status ${status}`, code: "test" };
    const document = isClaim ? failure : { name: "jobs", metadata: {} };
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(status === 204 ? undefined : JSON.stringify(document));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const env = { SUKKAL_URL: `http://127.0.0.1:${port}` };
  const outcome = await sukkal(["consume", "jobs", "--exec", "true", "--until-empty"], { env });
  server.close();
  return outcome;
}

test("an outage is shown once, and the consumer goes on after it", async () => {
  const { stderr, code } = await consume(503, 503, 503);
  assert.equal(stderr, "warning: By the test: Status 503. Trying again.\n✓ 0 messages deleted.\n");
  assert.equal(code, 0);
});

for (const [status, exitCode] of [
  [401, 4],
  [403, 4],
  [400, 1],
] as const) {
  test(`a claim that is answered with ${status} ends it: exit code ${exitCode}`, async () => {
    const { stderr, code } = await consume(503, status);
    assert.match(stderr, new RegExp(`\\nerror: By the test: Status ${status}`));
    assert.equal(code, exitCode);
  });
}
