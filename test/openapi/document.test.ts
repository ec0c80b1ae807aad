/**
 * The OpenAPI document against the service: every endpoint, operation and kind of failure is described, and nothing else.
 * docs/openapi.json is the document, so that every change of the API is visible in a diff.
 *
 * After an intended change: npx vitest run test/openapi/document.test.ts -u
 */
import { expect, test } from "vitest";
import { toDocument, toTemplate } from "../../openapi/document.ts";
import { ENDPOINTS, TAGS } from "../../openapi/endpoints.ts";
import { FAILURE_KINDS, failuresOf, OF_FRAMES, OF_NO_ENDPOINT } from "../../openapi/failures.ts";
import type { Schema } from "../../openapi/json-schema.ts";
import { OPERATIONS } from "../../src/operations/table.ts";
import { startService } from "../support/drivers/service.ts";

const HINT = "the API has changed; if that is meant: npx vitest run test/openapi/document.test.ts -u";
const document = toDocument();

test("docs/openapi.json is the document", async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`, HINT).toMatchFileSnapshot("../../docs/openapi.json");
});

test("every method of every route is described in openapi/, and no other", async () => {
  const key = `sk_admin_${"0".repeat(40)}`;
  const service = startService({ AUTH_STRATEGY: "keys", ADMIN_API_KEY: key, ADMIN_MODE: "true", POOLING: "true" });
  const headers = { Authorization: `Bearer ${key}` };
  const found: string[] = [];
  for (const path of service.paths) {
    // The path of a collection with an empty name belongs to the endpoint with the name.
    if (path.endsWith("/") && service.paths.some((other) => other.startsWith(`${path}:`))) continue;
    const response = await service.fetch(new Request(`http://zaqar.test${path}`, { method: "OPTIONS", headers }));
    const methods = (response.headers.get("Allow") ?? "").split(", ").filter((method) => method !== "OPTIONS");
    found.push(...methods.map((method) => `${method} ${path}`));
  }
  expect(ENDPOINTS.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(found.toSorted());
});

test("every operation is described, under its name", () => {
  const named = new Set(ENDPOINTS.flatMap(({ operations }) => operations));
  expect([...named].toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
  for (const { id, operations } of ENDPOINTS)
    if (operations[0] !== undefined) expect(id.startsWith(operations[0])).toBe(true);
  const ids = ENDPOINTS.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
});

test("every tag is described and in use", () => {
  expect([...new Set(ENDPOINTS.map(({ tag }) => tag))]).toEqual(Object.keys(TAGS));
});

test("every kind of failure is described where it can happen", () => {
  const described = new Set([...ENDPOINTS.flatMap(failuresOf), ...OF_FRAMES, ...OF_NO_ENDPOINT]);
  expect(FAILURE_KINDS.filter((kind) => !described.has(kind))).toEqual([]);
});

test("every member of every document has a description", () => {
  const findings: string[] = [];
  visit(document, "", (schema, path) => {
    for (const [name, member] of Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, Schema>>)) {
      if (!isDescribed(member)) findings.push(`${path}/${name}`);
    }
  });
  expect(findings, "give the schema of the member a description, or name it in `members` of the body").toEqual([]);
});

test("paths are templates of those in src/wire/paths.ts", () => {
  expect(toTemplate("/v2/queues/:queue/messages/:message")).toBe("/v2/queues/{queue}/messages/{message}");
});

/** Also by the schema that it refers to, or by one of its alternatives. */
function isDescribed(schema: Schema): boolean {
  if (schema["description"] !== undefined || schema["$ref"] !== undefined) return true;
  return ((schema["anyOf"] ?? []) as readonly Schema[]).some(isDescribed);
}

function visit(node: unknown, path: string, see: (schema: Schema, path: string) => void): void {
  if (typeof node !== "object" || node === null) return;
  if (!Array.isArray(node)) see(node as Schema, path);
  for (const [name, child] of Object.entries(node)) {
    if (name !== "example" && name !== "examples") visit(child, `${path}/${name}`, see);
  }
}
