/** Secrets: no line of the log and no answer contains a credential, a secret or a message. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeystoneStandIn } from "../support/fakes/keystone.ts";
import { ask, type Question, type Reply } from "../support/drivers/project-owner.ts";
import { ACCESS_SETTINGS, startService } from "../support/drivers/service.ts";

const LOGS = ["log", "warn", "error"] as const;
const MESSAGE = "the body of a message";

let keystone: KeystoneStandIn;
let said: string[];

beforeEach(() => {
  keystone = new KeystoneStandIn();
  said = [];
  for (const name of LOGS) vi.spyOn(console, name).mockImplementation((line: unknown) => void said.push(String(line)));
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** All secrets of this test. */
const secrets = new Set<string>([
  ACCESS_SETTINGS.KEYSTONE_PASSWORD,
  ACCESS_SETTINGS.ADMIN_API_KEY,
  ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY,
]);

function secret(text: string): string {
  secrets.add(text);
  return text;
}

test("no answer and no log line contains a secret, whether requests succeed or fail", async () => {
  const service = startService({ ...ACCESS_SETTINGS, ACCESS_LOG: "true" }, keystone.binding);
  const replies: Reply[] = [];
  const go = async (method: string, path: string, question: Question = {}): Promise<Reply> => {
    const reply = await ask(service, method, path, question);
    replies.push(reply);
    return reply;
  };
  const token = secret(keystone.issue({ project: "alpha" }));
  const member = { "X-Auth-Token": token };
  const operator = { Authorization: `Bearer ${ACCESS_SETTINGS.ADMIN_API_KEY}` };

  await go("GET", "/v2/queues", { headers: member });
  await go("POST", "/v2/queues/jobs/messages", { headers: member, body: { messages: [{ body: MESSAGE }] } });
  await go("POST", "/v2/queues/jobs/messages", { headers: member, body: { messages: [{ ttl: MESSAGE, body: 1 }] } });
  const made = await ask(service, "POST", "/v2/keys", { headers: operator, body: { project_id: "alpha" } });
  const key = secret((JSON.parse(made.text) as { key: string }).key);
  secret(key.slice(key.lastIndexOf("_") + 1));
  await go("GET", "/v2/queues", { headers: { Authorization: `Bearer ${key}` } });
  await go("GET", "/v2/queues", { headers: { Authorization: `Bearer ${key}0` } });
  await go("GET", "/v2/queues", { headers: { "X-Auth-Token": key, Authorization: `Bearer ${key}` } });
  await go("GET", "/v2/queues", { headers: { Authorization: `Basic ${secret("dXNlcjpwYXNzd29yZA==")}` } });
  await go("GET", "/v2/keys?project_id=alpha", { headers: operator });
  await go("GET", `/v2/keys/${key}`, { headers: operator });
  const shared = await ask(service, "POST", "/v2/queues/jobs/share", { headers: member, body: {} });
  const { signature, expires } = JSON.parse(shared.text) as { signature: string; expires: string };
  const signed = {
    "URL-Signature": secret(signature),
    "URL-Expires": expires,
    "URL-Methods": "GET",
    "URL-Paths": "/v2/queues/jobs/messages",
    "X-Project-ID": "alpha",
  };
  await go("GET", "/v2/queues/jobs/messages", { headers: signed });
  await go("DELETE", "/v2/queues/jobs/messages?pop=1", { headers: signed });
  await go("GET", `/v2/nothing?token=${token}`, { headers: member });
  for (const outage of ["unreachable", 500] as const) {
    keystone.outage = outage;
    expect((await go("GET", "/v2/queues", { headers: { "X-Auth-Token": secret(`another-${outage}`) } })).status).toBe(
      503,
    );
  }
  keystone.outage = { status: 200, text: `{"token": "${token}", "password": "${ACCESS_SETTINGS.KEYSTONE_PASSWORD}"}` };
  expect((await go("GET", "/v2/queues", { headers: { "X-Auth-Token": secret("a third one") } })).status).toBe(503);
  const echo = secret("echoed");
  keystone.outage = { status: 200, text: echo };
  expect((await go("GET", "/v2/queues", { headers: { "X-Auth-Token": echo } })).status).toBe(503);

  const told = [...said, ...replies.map(({ text, headers }) => text + JSON.stringify([...headers]))].join("\n");
  for (const text of secrets) expect(told, "what was logged and answered").not.toContain(text);
  expect(said.join("\n")).not.toContain(MESSAGE);
  expect(replies.length).toBeGreaterThan(12);
});

test("every log line names the request, its project, operation, status and duration", async () => {
  const service = startService({ ...ACCESS_SETTINGS, ACCESS_LOG: "true" }, keystone.binding);
  const headers = { "X-Auth-Token": keystone.issue({ project: "alpha" }) };
  await ask(service, "GET", "/v2/queues", { headers });
  await ask(service, "GET", "/v2/health", { headers });
  keystone.outage = "unreachable";
  await ask(service, "GET", "/v2/queues", { headers: { "X-Auth-Token": "unknown" } });
  const common = {
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    request: expect.stringMatching(/^req-/),
    duration_ms: expect.any(Number),
  };
  const request = { ...common, level: "info", event: "request" };
  expect(said.map((line) => JSON.parse(line) as unknown)).toEqual([
    { ...request, project: "alpha", operation: "queue_list", status: 200 },
    { ...request, project: "alpha", operation: "health_get", status: 403, code: "not-authorized" },
    expect.objectContaining({ ...common, level: "error", event: "fault", operation: "authenticate", status: 503 }),
    { ...request, level: "warn", operation: "authenticate", status: 503, code: "unavailable" },
  ]);
});
