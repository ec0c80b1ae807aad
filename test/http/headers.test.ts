/** The parsing of the headers Accept, Prefer and Idempotency-Key. */
import { describe, expect, test } from "vitest";
import { admitsJson, preferredErrorForm } from "../../src/http/accept.ts";
import { readIdempotencyKey } from "../../src/http/idempotency.ts";
import { readWait } from "../../src/http/preference.ts";

describe("Accept", () => {
  test.each([
    [null, true, "json"],
    ["", true, "json"],
    ["*/*", true, "json"],
    ["*", true, "json"],
    ["application/json", true, "json"],
    ["APPLICATION/JSON", true, "json"],
    ["application/json; charset=utf-8", true, "json"],
    ["application/*;q=0.1", true, "json"],
    ["text/html, application/json;q=0.5", true, "json"],
    ["application/json;q=0.5, application/xml", true, "xml"],
    ["application/json, application/xml", true, "json"],
    ["text/html", false, null],
    ["application/json;q=0", false, null],
    ["application/json;q=0, */*", false, "xml"],
    ["application/xml", false, "xml"],
    ["text/xml", false, "xml"],
    ["application/json-home", false, null],
    ["application/vnd.openstack.messaging-v2+json", false, "json"],
    ["application/atom+xml", false, "xml"],
    ["application/json;q=high", true, "json"],
    [", ,;", false, null],
  ] as const)("%j: admits JSON %s, errors in %s", (accept, admits, form) => {
    expect(admitsJson(accept)).toBe(admits);
    expect(preferredErrorForm(accept)).toBe(form);
  });
});

describe("Prefer", () => {
  test.each([
    ["wait=10", 10],
    ["WAIT = 10", 10],
    ['wait="10"', 10],
    ["wait=10; foo=bar", 10],
    ["respond-async, wait=10", 10],
    ["wait=5, wait=10", 5],
    ["wait=20", 20],
    ["wait=21", 20],
    ["wait=999999999", 20],
    ["wait=0", null],
    ["wait", null],
    ["wait=", null],
    ["wait=-1", null],
    ["wait=1.5", null],
    ["wait=ten", null],
    ["wait=10 20", null],
    ["waiting=10", null],
    ["wait-for=10", null],
    ["respond-async", null],
  ])("%j waits %s", (prefer, seconds) => {
    expect(readWait(new Headers({ Prefer: prefer }), 20)).toBe(seconds);
  });

  test("absent, or with waiting switched off, means no wait", () => {
    expect(readWait(new Headers(), 20)).toBeNull();
    expect(readWait(new Headers({ Prefer: "wait=10" }), 0)).toBeNull();
  });
});

describe("Idempotency-Key", () => {
  test.each(["a", '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "x".repeat(255)])("may be %s", (key) => {
    expect(readIdempotencyKey(new Headers({ "Idempotency-Key": key }))).toEqual({ ok: true, value: key });
  });

  test.each(["", "a b", "é", "x".repeat(256)])("may not be %j", (key) => {
    const read = readIdempotencyKey(new Headers({ "Idempotency-Key": key }));
    expect(read).toMatchObject({ ok: false, failure: { kind: "header-invalid" } });
  });

  test("may be absent", () => {
    expect(readIdempotencyKey(new Headers())).toEqual({ ok: true, value: null });
  });
});
