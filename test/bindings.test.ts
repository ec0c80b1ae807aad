/**
 * A change of bindings in a running isolate: an identity that was accepted with the old ones may be refused with the new ones.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { configOf } from "../src/config/config-cache.ts";
import worker from "../src/index.ts";
import type { ObjectBindings } from "../src/objects/rpc/stubs.ts";
import { captureLog } from "./support/log.ts";

const KEYS = { AUTH_STRATEGY: "keys", ADMIN_API_KEY: `sk_admin_${"a".repeat(32)}` };

/** A path that only an operator may use. */
const KEYS_PATH = "/v2/keys?project_id=p";

const log = captureLog();

type Bindings = ObjectBindings & Readonly<Record<string, unknown>>;

function bound(settings: Readonly<Record<string, string>>): Bindings {
  return { ...(env as unknown as ObjectBindings), METER: "off", ...settings };
}

/** The status of a request to the Worker's entry, with these bindings. */
async function statusOf(
  bindings: Bindings,
  headers: Readonly<Record<string, string>>,
  path = "/v2/queues",
): Promise<number> {
  const ctx = createExecutionContext();
  const sent = new Request(`http://zaqar.test${path}`, {
    headers: { "Client-ID": crypto.randomUUID(), ...headers },
  });
  const response = await worker.fetch(sent, bindings, ctx);
  await waitOnExecutionContext(ctx);
  return response.status;
}

test("after a rotation the operator's old key is refused at once, although it is cached", async () => {
  const before = bound(KEYS);
  const after = bound({ ...KEYS, ADMIN_API_KEY: `sk_admin_${"b".repeat(32)}` });
  const old = { Authorization: `Bearer ${KEYS.ADMIN_API_KEY}` };
  expect(await statusOf(before, old, KEYS_PATH)).toBe(200);
  expect(await statusOf(after, old, KEYS_PATH)).toBe(401);
  expect(await statusOf(after, { Authorization: `Bearer sk_admin_${"b".repeat(32)}` }, KEYS_PATH)).toBe(200);
});

test("a request without a credential is refused once authentication is required", async () => {
  const headers = { "X-Project-ID": "p", "X-Roles": "admin" };
  expect(await statusOf(bound({ AUTH_STRATEGY: "none" }), headers)).toBe(200);
  expect(await statusOf(bound(KEYS), headers)).toBe(401);
});

test("an invalid setting is refused also when it appears later", async () => {
  await expect(statusOf(bound({ AUTH_STRATEGY: "kerberos" }), {})).rejects.toThrow(/^AUTH_STRATEGY is "kerberos"/);
});

test("settings are decoded once for the same bindings, and for others with the same values", () => {
  const bindings = bound(KEYS);
  const config = configOf(bindings);
  expect(configOf(bindings)).toBe(config);
  expect(configOf({ ...bindings })).toBe(config);
  expect(configOf({ ...bindings, MAX_CLAIM_WAIT: "1" })).not.toBe(config);
  expect(configOf(bindings)).toBe(config);
});

test("a misspelt setting is logged once, at the first request", async () => {
  const bindings = bound({ ...KEYS, MAX_MESAGES_POST_SIZE: "1" });
  for (let requests = 0; requests < 3; requests++) expect(await statusOf(bindings, {}, "/")).toBe(300);
  const warning = "MAX_MESAGES_POST_SIZE is no setting, and has no effect: did you mean MAX_MESSAGES_POST_SIZE?";
  expect(log.about("MESAGES")).toEqual([{ event: "warning", warning }]);
});
