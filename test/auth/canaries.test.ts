/**
 * Canaries: texts that must never be logged. Every request of the API is made with them, as several callers, with ACCESS_LOG and
 * while objects fail with errors that quote them; and notifications fail in every way. No line may contain one.
 */
import { expect, test } from "vitest";
import { digestOf } from "../../src/domain/digest.ts";
import { CALLERS } from "../support/access/callers.ts";
import { endpointsOf, fill, fillBody, type Endpoint } from "../support/access/endpoints.ts";
import { AccessFixture, MARKER } from "../support/access/fixture.ts";
import { freezeClock } from "../support/clock.ts";
import { ask, type Reply } from "../support/drivers/project-owner.ts";
import { ACCESS_SETTINGS } from "../support/drivers/service.ts";
import { interceptCalls, Receiver, type Answer } from "../support/fakes/receiver.ts";
import { captureLog, parseLine } from "../support/log.ts";
import { interceptObjects } from "../support/objects/calls.ts";

const log = captureLog();
interceptCalls();
freezeClock();

/** Of clients: each is in every request. */
const CLIENT_ID = "c0ffee00-c0ff-4eec-a0ff-ee0000c0ffee";
const QUERY = "canary-of-the-query";
const HEADER = "canary-of-a-header";
const BODY = "canary-of-the-body";

/** The methods of projects that requests call, except those by which they are authenticated. */
const PROJECT_METHODS = ["list", "count", "quotas", "setQuotas", "createKey", "key", "keys", "revokeKey"] as const;

/** Fails as the parsing of damaged data does. */
async function fail(): Promise<never> {
  return JSON.parse(BODY) as never;
}

function secretsOf({ credentials, owner, other }: AccessFixture): string[] {
  const { tokens, strangers, keys, operator } = credentials;
  const apiKeys = [...Object.values(keys), operator, owner.key, other.key];
  const parts = apiKeys.map((key) => key.slice(key.lastIndexOf("_") + 1));
  return [...Object.values(tokens), ...Object.values(strangers), ...apiKeys, ...parts, ...parts.map(digestOf)].concat(
    Object.values(ACCESS_SETTINGS).filter((value) => value.length > 20),
  );
}

/** Makes every request as every caller that can succeed. Returns the answers. */
async function askAll(fixture: AccessFixture, endpoints: readonly Endpoint[]): Promise<Reply[]> {
  const replies: Reply[] = [];
  const names = ["admin", "operator", "valid", "unknown token", "tampered"];
  const callers = CALLERS.filter(({ name, group }) => names.includes(name) || group === "url");
  for (const caller of callers) {
    for (const endpoint of endpoints) {
      const targets = fixture.targetsOf(endpoint.scope);
      const target = fill(endpoint.target, targets);
      const credential = await caller.headers(fixture, endpoint);
      // A post under a key is not repeated, and other requests ignore it.
      const headers = { ...endpoint.headers, ...credential, "Client-ID": CLIENT_ID, "Idempotency-Key": HEADER };
      const body = endpoint.body === undefined ? undefined : fillBody(endpoint.body, targets);
      replies.push(
        await ask(fixture.service, endpoint.method, `${target}${target.includes("?") ? "&" : "?"}x=${QUERY}`, {
          headers: { ...headers, "X-Extra": HEADER, "User-Agent": HEADER, Referer: `https://a.example/?${QUERY}` },
          ...(body === undefined ? {} : { body }),
        }),
      );
    }
    for (const scope of ["queue", "topic", "service"] as const) await fixture.restore(scope);
  }
  return replies;
}

function expectNone(canaries: Iterable<string>): void {
  const text = log.lines.join("\n");
  for (const canary of canaries) {
    if (canary === "") throw new Error("A canary is empty.");
    expect(text.includes(canary), `the log contains ${canary}`).toBe(false);
  }
}

/** Any endpoint of messages: the signature is the same for all. */
const READ_QUEUES = { method: "GET", resource: "messages" } as Endpoint;

test("no request leaves more in the log than its line", { timeout: 300_000 }, async () => {
  const fixture = await AccessFixture.create({ ACCESS_LOG: "true" });
  const endpoints = await endpointsOf(fixture.service, fixture.owner.credential);
  const canaries = new Set([...secretsOf(fixture), CLIENT_ID, QUERY, HEADER, BODY, MARKER]);
  const before = log.lines.length;
  const replies = await askAll(fixture, endpoints);
  expect(log.lines.length - before).toBeGreaterThan(replies.length);
  canaries.add((await fixture.url("none", READ_QUEUES))["URL-Signature"] ?? "");
  const failing = Object.fromEntries(PROJECT_METHODS.map((method) => [method, fail]));
  // With pools every call of a queue is this one.
  const ends = [
    interceptObjects("QUEUES", `${fixture.owner.project}/`, () => ({ callIfHere: fail })),
    interceptObjects("PROJECTS", fixture.owner.project, () => failing),
  ];
  for (const body of [{ messages: [{ body: BODY, ttl: BODY }] }, { messages: [{ body: BODY }], [BODY]: 1 }, BODY]) {
    const headers = { ...fixture.owner.credential, "Client-ID": CLIENT_ID };
    await ask(fixture.service, "POST", "/v2/queues/orders/messages", { headers, body });
  }
  for (const endpoint of endpoints) {
    const targets = fixture.targetsOf(endpoint.scope);
    await ask(fixture.service, endpoint.method, fill(endpoint.target, targets), {
      headers: { ...endpoint.headers, ...fixture.owner.credential },
      ...(endpoint.body === undefined ? {} : { body: fillBody(endpoint.body, targets) }),
    });
  }
  for (const end of ends) end();
  const faults = log.lines.map(parseLine).filter(({ event }) => event === "fault");
  expect(faults.length).toBeGreaterThan(20);
  expect(faults[0]).toMatchObject({ error: "SyntaxError: Unexpected token 'c': the text is not valid JSON" });
  expectNone(canaries);
});

const ANSWERS: readonly Answer[] = [
  404,
  500,
  410,
  "unreachable",
  () => new Response(HEADER, { status: 400, headers: { Location: `https://b.example/?${QUERY}` } }),
  () => {
    throw new TypeError(`Fetch API cannot load: https://user:${HEADER}@a.example/?${QUERY}`);
  },
];

test("no notification leaves its receiver, its secret or its message in the log", async () => {
  const fixture = await AccessFixture.create({ ACCESS_LOG: "true" });
  const { owner } = fixture;
  const path = "/v2/queues/orders";
  const canaries = new Set([...secretsOf(fixture), QUERY, HEADER, BODY]);
  for (const answer of ANSWERS) {
    const hook = new Receiver(answer);
    canaries.add(hook.host);
    const options = { post_data: `{"text": "${HEADER}"}`, _retry_policy: { retries_with_no_delay: 0 } };
    const body = { subscriber: `${hook.url}/${BODY}?token=${QUERY}`, options };
    const made = await owner.must("POST", `${path}/subscriptions`, { body });
    const { subscription_id: id } = JSON.parse(made.text) as { subscription_id: string };
    const secret = await owner.must("POST", `${path}/subscriptions/${id}/secret`);
    canaries.add((JSON.parse(secret.text) as { secret: string }).secret);
    await owner.must("POST", `${path}/messages`, { body: { messages: [{ body: BODY }] } });
    await owner.must("POST", `${path}/subscriptions/${id}/test`);
    await expect.poll(() => hook.received.length).toBeGreaterThan(1);
    await owner.must("DELETE", `${path}/subscriptions/${id}`);
  }
  const refused = { subscriber: `https://user:${HEADER}@a.example/?${QUERY}` };
  const reply = await ask(fixture.service, "POST", `${path}/subscriptions`, {
    headers: owner.credential,
    body: refused,
  });
  expect(reply.status).toBe(400);
  const events = log.about(owner.project).map(({ event }) => event);
  expect(events).toContain("delivery.given_up");
  await expect.poll(() => log.about(owner.project).map(({ event }) => event)).toContain("subscription.gone");
  expectNone(canaries);
});
