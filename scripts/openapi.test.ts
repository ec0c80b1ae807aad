/**
 * docs/openapi.json, checked by a validator, which generates code and so does not run in workerd, and by a linter, which is a
 * program.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { ROOT } from "./wrangler.ts";

const DOCUMENT = join(ROOT, "docs/openapi.json");
const REDOCLY = join(ROOT, "node_modules/@redocly/cli/bin/cli.js");

/** What Redocly finds, and why it stays. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "no-path-trailing-slash #/paths/~1v2~1": "Zaqar's home document has this path, and `/v2` is 404",
  "operation-2xx-response #/paths/~1/get/responses": "Zaqar's list of versions is 300",
  "operation-2xx-response #/paths/~1v2~1websocket/get/responses": "the answer to an upgrade is 101",
  "operation-2xx-response #/paths/~1console/get/responses": "the answer is a redirect",
  "operation-2xx-response #/paths/~1console/head/responses": "the answer is a redirect",
  "operation-2xx-response #/paths/~1docs/get/responses": "the answer is a redirect",
  "operation-2xx-response #/paths/~1docs/head/responses": "the answer is a redirect",
  "operation-4xx-response #/paths/~1healthz/get/responses": "requests of load balancers are not checked",
  "operation-4xx-response #/paths/~1healthz/head/responses": "requests of load balancers are not checked",
};

interface Problem {
  readonly ruleId: string;
  readonly location: readonly { readonly pointer: string }[];
}

test("docs/openapi.json is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(DOCUMENT);
  assert.deepEqual(errors, undefined);
  assert.equal(valid, true);
  assert.equal(validator.version, "3.1");
});

test("Redocly finds nothing else in docs/openapi.json than the exceptions, and each of them", () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [REDOCLY, "lint", DOCUMENT, "--extends", "recommended", "--format", "json", "--max-problems", "1000"],
    // It would report its use, and look for a newer version of itself.
    { encoding: "utf8", env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" } },
  );
  assert.ok(stdout.startsWith("{"), stderr);
  const { problems } = JSON.parse(stdout) as { readonly problems: readonly Problem[] };
  const found = problems.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`);
  assert.deepEqual(found.toSorted(), Object.keys(EXCEPTIONS).toSorted());
});
