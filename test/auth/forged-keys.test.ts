/** Forged API keys: the look-ups that they cause are limited, and they do not delay requests with valid keys. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { FAILED_LOOKUP_SECONDS, FAILED_LOOKUPS_MAX } from "../../src/auth/lookup-budget.ts";
import { readConfig } from "../../src/config/config.ts";
import { generateApiKey, formatApiKey, KeyChecks, type PresentedKey } from "../../src/domain/api-key.ts";
import { digestOf } from "../../src/domain/digest.ts";
import { toProjectId } from "../../src/domain/id.ts";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import type { ProjectRpc } from "../../src/objects/rpc/project.ts";
import { freshProject } from "../support/drivers/authenticated-client.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { bearer, makeKey } from "../support/drivers/api-keys.ts";
import { ACCESS_SETTINGS, type Service } from "../support/drivers/service.ts";

freezeClock();

const bindings = env as unknown as ObjectBindings;
/** Keys of versions without checks. */
const NO_CHECKS = new KeyChecks([]);

/** A service that records the projects whose objects it calls. */
function start(settings: Readonly<Record<string, string>> = {}): Service & { readonly asked: string[] } {
  const asked: string[] = [];
  const projects = new Proxy(bindings.PROJECTS, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        asked.push(String(args[0]));
        return Reflect.apply(value, target, args);
      };
    },
  });
  const app = createApp(readConfig({ ...ACCESS_SETTINGS, AUTH_STRATEGY: "keys", METER: "off", ...settings }));
  return {
    asked,
    paths: [],
    async fetch(request) {
      const ctx = createExecutionContext();
      const response = await app.fetch(request, { ...bindings, PROJECTS: projects }, ctx);
      await waitOnExecutionContext(ctx);
      return response;
    },
  };
}

async function knock(service: Service, key: string): Promise<Response> {
  const headers = { "Client-ID": crypto.randomUUID(), ...bearer(key) };
  return service.fetch(new Request("http://zaqar.test/v2/queues", { headers }));
}

/** Whether the key was refused without a look-up. */
function isHeld(answer: Response): boolean {
  return answer.status === 401 && answer.headers.has("Retry-After");
}

/** Sends made-up keys until they are no longer looked up. */
async function exhaust(service: Service): Promise<void> {
  while (!isHeld(await knock(service, formatApiKey(madeUp()))));
}

function madeUp(): PresentedKey {
  return generateApiKey(toProjectId(freshProject()), NO_CHECKS, (bytes) => crypto.getRandomValues(bytes));
}

/** A valid key in the format of versions without checks. */
async function makeOldKey(): Promise<string> {
  const key = madeUp();
  const project = bindings.PROJECTS.getByName(key.project) as unknown as ProjectRpc;
  const grant = { roles: ["member"], queuePrefix: "", expiresAt: null, description: "" } as const;
  const created = await project.createKey({ ...grant, id: key.id, digest: digestOf(key.secret) });
  if (!created.ok) throw new Error("The key could not be made.");
  return formatApiKey(key);
}

describe("with ALLOW_UNCHECKED_API_KEYS=false", () => {
  const ONLY_CHECKED = { ALLOW_UNCHECKED_API_KEYS: "false" };

  test("a forged key is refused without a call to the project that it names", async () => {
    const service = start(ONLY_CHECKED);
    for (let times = 0; times < 3; times++) {
      expect((await knock(service, formatApiKey(madeUp()))).status).toBe(401);
    }
    expect(service.asked).toEqual([]);
  });

  test("a key without a check is refused too, and a key with one is accepted", async () => {
    const service = start(ONLY_CHECKED);
    const { key, project_id } = await makeKey(service);
    service.asked.length = 0;
    expect((await knock(service, await makeOldKey())).status).toBe(401);
    expect(service.asked).toEqual([]);
    expect((await knock(service, key)).status).toBe(200);
    expect(new Set(service.asked)).toEqual(new Set([project_id]));
  });

  test("a key stays valid after a rotation of the secret, as long as the old secret is the previous one", async () => {
    const { key } = await makeKey(start(ONLY_CHECKED));
    const next = { ...ONLY_CHECKED, SIGNED_URL_SECRET_KEY: "the next signing key, of thirty-two bytes" };
    const rotated = { ...next, SIGNED_URL_PREVIOUS_SECRET_KEY: ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY };
    expect((await knock(start(rotated), key)).status).toBe(200);
    expect((await knock(start(next), key)).status).toBe(401);
    const otherOperator = { ...ONLY_CHECKED, ADMIN_API_KEY: `sk_admin_${"b".repeat(32)}` };
    expect((await knock(start(otherOperator), key)).status, "the operator's key is another").toBe(200);
  });

  test("a service whose only secret is the operator's key makes checks with that", async () => {
    const alone = { ...ONLY_CHECKED, SIGNED_URL_SECRET_KEY: "" };
    const config = readConfig({ AUTH_STRATEGY: "keys", ADMIN_API_KEY: ACCESS_SETTINGS.ADMIN_API_KEY, ...ONLY_CHECKED });
    expect(config.keyCheckSecrets).toEqual([ACCESS_SETTINGS.ADMIN_API_KEY]);
    expect(() => readConfig({ AUTH_STRATEGY: "keys", ...ONLY_CHECKED })).toThrow(/^ALLOW_UNCHECKED_API_KEYS is false/);
    expect(() => readConfig({ ...ACCESS_SETTINGS, ...alone })).toThrow(/^SIGNED_URL_SECRET_KEY is empty/);
  });
});

describe("by default", () => {
  test("look-ups of forged keys are bounded, and pause when the bound is reached", async () => {
    const service = start();
    for (let times = 0; times < FAILED_LOOKUPS_MAX; times++) {
      expect(isHeld(await knock(service, formatApiKey(madeUp())))).toBe(false);
    }
    expect(service.asked).toHaveLength(FAILED_LOOKUPS_MAX);
    const held = await knock(service, formatApiKey(madeUp()));
    expect([held.status, held.headers.get("Retry-After")]).toEqual([401, String(FAILED_LOOKUP_SECONDS)]);
    expect(service.asked).toHaveLength(FAILED_LOOKUPS_MAX);
    clock.advance({ seconds: FAILED_LOOKUP_SECONDS });
    expect(isHeld(await knock(service, formatApiKey(madeUp())))).toBe(false);
    expect(isHeld(await knock(service, formatApiKey(madeUp())))).toBe(true);
  });

  test("during the pause keys with a check are accepted, and cached ones without", async () => {
    const service = start();
    const { key } = await makeKey(service);
    const old = await makeOldKey();
    expect((await knock(service, old)).status).toBe(200);
    await exhaust(service);
    clock.advance({ seconds: 31 });
    await exhaust(service);
    expect((await knock(service, old)).status, "looked up again").toBe(200);
    expect((await knock(service, key)).status, "for the first time").toBe(200);
    expect(isHeld(await knock(service, await makeOldKey()))).toBe(true);
    clock.advance({ seconds: FAILED_LOOKUP_SECONDS });
    expect((await knock(service, await makeOldKey())).status).toBe(200);
  });

  test("a refused key that is tried again is not looked up again", async () => {
    const service = start();
    const key = formatApiKey(madeUp());
    for (let times = 0; times < 2 * FAILED_LOOKUPS_MAX; times++) expect((await knock(service, key)).status).toBe(401);
    expect(service.asked).toHaveLength(1);
  });

  test("a revoked key is refused, with a check or without", async () => {
    const service = start();
    const old = await makeOldKey();
    const { key } = await makeKey(service);
    for (const each of [old, key]) {
      expect((await knock(service, each)).status).toBe(200);
      const headers = { "Client-ID": crypto.randomUUID(), ...bearer(ACCESS_SETTINGS.ADMIN_API_KEY) };
      const path = `/v2/keys/${encodeURIComponent(each.slice(3, each.lastIndexOf("_")))}`;
      const init = { method: "DELETE", headers };
      expect((await service.fetch(new Request(`http://zaqar.test${path}`, init))).status).toBe(204);
      clock.advance({ seconds: 31 });
      expect((await knock(service, each)).status).toBe(401);
    }
  });
});
