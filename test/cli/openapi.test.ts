/** `sukkal openapi`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startServer } from "sukkal/testing";
import { ROOT } from "../../scripts/wrangler.ts";
import { sukkal } from "./command-line.ts";
import { startRecorder } from "./recorder.ts";

test("the description is printed as the service sends it", async () => {
  await using server = await startServer({ server: ROOT });
  const { code, stdout } = await sukkal(["openapi", "--url", server.url]);
  assert.equal(code, 0);
  assert.equal(stdout.trimEnd(), (await (await fetch(`${server.url}/openapi.json`)).text()).trimEnd());
  assert.match(stdout, /"openapi": ?"3\.1\.0"/);
});

test("a service that does not publish it", async () => {
  await using service = await startRecorder(() => ({ status: 404, body: {} }));
  const { code, stderr } = await sukkal(["openapi", "--url", service.url]);
  assert.equal(code, 3);
  assert.match(stderr, /does not publish its description\.\nhint: .*DOCS=false/);
});
