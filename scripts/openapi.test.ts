/** docs/openapi.json, checked by a validator of OpenAPI, which generates code and so does not run in workerd. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { ROOT } from "./wrangler.ts";

test("docs/openapi.json is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(join(ROOT, "docs/openapi.json"));
  assert.deepEqual(errors, undefined);
  assert.equal(valid, true);
  assert.equal(validator.version, "3.1");
});
