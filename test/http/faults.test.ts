/** Unexpected errors: the client gets no detail of them, and the log contains no data of clients. */
import { createExecutionContext } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config/config.ts";

const HEADERS = { "Client-ID": "3381af922b9e11e3b19171861300734c", "X-Project-ID": "shop" };

/** Objects all of whose calls fail. */
const namespace = { getByName: () => ({}) } as unknown as DurableObjectNamespace;
const broken = { QUEUES: namespace, PROJECTS: namespace };

function ask(
  path: string,
  settings: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const app = createApp(readConfig({ AUTH_STRATEGY: "none", ...settings }));
  return Promise.resolve(app.request(path, { headers: { ...HEADERS, ...headers } }, broken, createExecutionContext()));
}

afterEach(() => {
  vi.restoreAllMocks();
});

test("a fault is a 503 without any detail", async () => {
  const faults = vi.spyOn(console, "error").mockReturnValue();
  const lines = vi.spyOn(console, "log").mockReturnValue();
  const response = await ask("/v2/queues/jobs/stats?secret=1");
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    title: "Service temporarily unavailable",
    description: "Queue stats could not be read. Please try again in a few seconds.",
    code: "unavailable",
  });
  const request = response.headers.get("X-OpenStack-Request-Id");
  expect(request).toMatch(/^req-/);
  expect(JSON.parse(String(faults.mock.calls[0]?.[0]))).toMatchObject({
    level: "error",
    event: "fault",
    request,
    project: "shop",
    operation: "queue_get_stats",
    status: 503,
    duration_ms: expect.any(Number),
    error: expect.stringMatching(/^TypeError: /),
  });
  expect(JSON.parse(String(lines.mock.calls[0]?.[0]))).toEqual({
    time: expect.any(String),
    level: "warn",
    event: "request",
    request,
    project: "shop",
    queue: "jobs",
    operation: "queue_get_stats",
    status: 503,
    code: "unavailable",
    duration_ms: expect.any(Number),
  });
});

test("a fault outside of any operation is a 503 too", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "log").mockReturnValue();
  const app = createApp(readConfig({ AUTH_STRATEGY: "none" }));
  const response = await app.request("/v2/queues", { headers: HEADERS }, null as unknown as typeof broken);
  expect(response.status).toBe(503);
  expect(response.headers.get("X-OpenStack-Request-Id")).toMatch(/^req-/);
});

test("successful requests are logged only with ACCESS_LOG", async () => {
  const lines = vi.spyOn(console, "log").mockReturnValue();
  await ask("/");
  expect(lines).not.toHaveBeenCalled();
  await ask("/", { ACCESS_LOG: "true" });
  await ask("/v2/queues?limit=0&secret=1", { ACCESS_LOG: "true" });
  expect(lines.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)).toMatchObject([
    { event: "request", status: 300 },
    { event: "request", project: "shop", operation: "queue_list", status: 400, code: "out-of-range" },
  ]);
  expect(JSON.stringify(lines.mock.calls)).not.toContain("secret");
});

test("a refused body is read, so that the client can read the answer", async () => {
  const body = "x".repeat(300_000);
  const request = new Request("http://zaqar.test/v2/queues/a:b", {
    method: "PUT",
    body,
    headers: { ...HEADERS, "Content-Length": `${body.length}` },
  });
  const app = createApp(readConfig({ AUTH_STRATEGY: "none" }));
  const response = await app.fetch(request, broken, createExecutionContext());
  expect(response.status).toBe(400);
  expect(request.bodyUsed).toBe(true);
});

test("health exists in admin mode, and says which step failed", async () => {
  const faults = vi.spyOn(console, "error").mockReturnValue();
  expect((await ask("/v2/health")).status).toBe(404);
  expect((await ask("/v2/health", { ADMIN_MODE: "true" })).status).toBe(403);
  const response = await ask("/v2/health", { ADMIN_MODE: "true" }, { "X-Roles": "member, Admin" });
  expect(response.status).toBe(200);
  const { storage_reachable: isReachable, operation_status: steps } = (await response.json()) as {
    storage_reachable: boolean;
    operation_status: Record<string, { succeeded: boolean; ref: string }>;
  };
  expect(isReachable).toBe(false);
  expect(Object.keys(steps)).toEqual(["create_queue", "delete_queue"]);
  expect(steps["create_queue"]).toMatchObject({ succeeded: false, ref: expect.any(String) });
  expect(JSON.stringify(faults.mock.calls)).toContain(steps["create_queue"]?.ref);
});
