/** `GET /healthz`: whether the service can serve requests. Anybody may ask, any number of times. */
import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config/config.ts";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { request } from "../support/drivers/request.ts";

const bindings = env as unknown as ObjectBindings;
const READY = { ready: true, checks: { storage: "ok", descriptors: "ok" } };

function readinessStub(): DurableObjectStub {
  return bindings.PROJECTS.getByName("\nreadiness");
}

/** A new service without cached results, over storage with scripted answers. */
class Watched {
  looks = 0;
  private readonly app: ReturnType<typeof createApp>;
  private readonly bindings: ObjectBindings;

  constructor(store: () => Promise<void>, settings: Readonly<Record<string, string>> = {}) {
    this.app = createApp(readConfig({ AUTH_STRATEGY: "none", METER: "off", ...settings }));
    const project = {
      setQuotas: () => (this.looks++, store()),
      quotas: async () => ({ queues: 1 }),
    };
    const PROJECTS = { getByName: () => project } as unknown as DurableObjectNamespace;
    this.bindings = { ...bindings, PROJECTS };
  }

  async ask(method = "GET"): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }> {
    const ctx = createExecutionContext();
    const response = await this.app.fetch(new Request("http://zaqar.test/healthz", { method }), this.bindings, ctx);
    await waitOnExecutionContext(ctx);
    return { status: response.status, text: await response.text(), headers: response.headers };
  }
}

describe("a service that can serve", () => {
  test("says so to any client, whatever it sends", async () => {
    for (const headers of [{}, { Accept: "text/plain" }, { "X-Auth-Token": "x", Authorization: "Basic x" }]) {
      const answer = await request("GET", "/healthz", { headers });
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual(READY);
      expect(answer.headers.get("Content-Type")).toBe("application/json");
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
    }
  });

  test("says so without a body too", async () => {
    const answer = await request("HEAD", "/healthz");
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("");
  });

  test.each(["POST", "PUT", "DELETE"])("refuses %s", async (method) => {
    const answer = await request(method, "/healthz");
    expect(answer.status).toBe(405);
    expect(answer.headers.get("Allow")).toBe("GET, HEAD, OPTIONS");
  });

  test("writes one row", async () => {
    await request("GET", "/healthz");
    const rows = (): Promise<unknown> =>
      runInDurableObject(readinessStub(), (_, { storage }) => storage.sql.exec("SELECT name FROM quota").toArray());
    expect(await rows()).toEqual([{ name: "queues" }]);
    await request("GET", "/healthz");
    expect(await rows()).toEqual([{ name: "queues" }]);
  });

  test("checks once, however many requests arrive", async () => {
    const watched = new Watched(async () => undefined);
    const answers = await Promise.all(Array.from({ length: 50 }, () => watched.ask()));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(watched.looks).toBe(1);
  });

  test("needs no credential where everything else does", async () => {
    const keys = { AUTH_STRATEGY: "keys", ADMIN_API_KEY: `sk_admin_${"0123456789abcdef".repeat(2)}` };
    expect(await new Watched(async () => undefined, keys).ask()).toMatchObject({ status: 200 });
  });
});

describe("a service that cannot", () => {
  test("says what is wrong, without the exception's text", async () => {
    const watched = new Watched(() => Promise.reject(new Error("database or disk is full: SQLITE_FULL")));
    const { status, text } = await watched.ask();
    expect(status).toBe(503);
    const storage = "A row cannot be written and read: the disk may be full, or hold the data of a newer version.";
    expect(JSON.parse(text)).toEqual({ ready: false, checks: { storage, descriptors: "ok" } });
    expect(await watched.ask("HEAD")).toMatchObject({ status: 503, text: "" });
    expect(watched.looks).toBe(1);
  });

  test("says so although the storage does not answer", async () => {
    const { status, text } = await new Watched(() => new Promise(() => undefined)).ask();
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ checks: { storage: "No answer within 3 seconds." } });
  });
});
