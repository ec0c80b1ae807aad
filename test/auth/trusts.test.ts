/** Trusts: the requests to Keystone, and the subscriptions that get a trust. */
import { describe, expect, test } from "vitest";
import { Keystone, type KeystoneDeps } from "../../src/auth/keystone.ts";
import { UrlSigner } from "../../src/auth/signed-url.ts";
import { toTrusts, type Trusts } from "../../src/auth/trusts.ts";
import { readConfig } from "../../src/config/config.ts";
import { toProjectId, type SubscriptionId, type TrustId } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import type { Subscription } from "../../src/domain/subscription.ts";
import { toEpochMs, toSeconds, type EpochMs } from "../../src/domain/time.ts";
import type { Context } from "../../src/operations/context.ts";
import { ProjectLimits } from "../../src/operations/project-limits.ts";
import { addTrustToChanges, addTrust } from "../../src/operations/trusts.ts";
import { newEvent } from "../../src/telemetry/event.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { APPLICATION_CREDENTIAL, KeystoneStandIn } from "../support/fakes/keystone.ts";
import { ACCESS_SETTINGS } from "../support/drivers/service.ts";

freezeClock();

const NO_USER = { KEYSTONE_USERNAME: "", KEYSTONE_PASSWORD: "", KEYSTONE_PROJECT: "" };

interface Scene {
  readonly keystone: KeystoneStandIn;
  readonly trusts: Trusts | null;
  readonly caller: KeystoneDeps;
}

function setTheScene(settings: Readonly<Record<string, string>> = {}): Scene {
  const keystone = new KeystoneStandIn();
  const { keystone: config } = readConfig({ ...ACCESS_SETTINGS, ...settings });
  const caller: KeystoneDeps = {
    now: () => toEpochMs(Date.now()),
    waitUntil: () => undefined,
    fetch: (url, init) => keystone.binding.fetch(url, init),
  };
  return { keystone, trusts: toTrusts(config, config === null ? null : new Keystone(config)), caller };
}

function inSeconds(seconds: number): EpochMs {
  return toEpochMs(Date.now() + seconds * 1000);
}

async function trustOf({ keystone, trusts, caller }: Scene, until = inSeconds(3600)): Promise<TrustId> {
  const token = keystone.issue({ project: "p1", user: "bob", roles: ["member", "Reader"] });
  const trust = await trusts?.create({ token, until }, caller);
  if (trust?.ok !== true) throw new Error("There is no trust.");
  return trust.value;
}

describe("a trust", () => {
  test("lets the service's user do what the caller may, until the subscription ends", async () => {
    const scene = setTheScene();
    const id = await trustOf(scene);
    expect(scene.keystone.trusts).toEqual([
      {
        id,
        trustor_user_id: "bob",
        trustee_user_id: "sukkal",
        project_id: "p1",
        roles: [{ id: "id-of-member" }, { id: "id-of-Reader" }],
        impersonation: true,
        expires_at: new Date(inSeconds(3600)).toISOString(),
      },
    ]);
  });

  test.each([
    ["9999-12-31T23:59:59Z", true],
    ["+010000-01-01T00:00:00Z", false],
  ])("until %s has an expiry: %s", async (end, isStated) => {
    const scene = setTheScene();
    await trustOf(scene, toEpochMs(Date.parse(end)));
    expect(scene.keystone.trusts[0]?.expires_at !== undefined).toBe(isStated);
  });

  test.each([
    ["of no project", { roles: ["member"] }],
    ["without roles", { project: "p1", roles: [] }],
    ["of an application credential", { project: "p1", accessRules: [] }],
  ])("cannot be given with a token %s", async (_, token) => {
    const { keystone, trusts, caller } = setTheScene();
    const trust = await trusts?.create({ token: keystone.issue(token), until: inSeconds(60) }, caller);
    expect(trust).toEqual({ ok: false, failure: { kind: "not-authorized" } });
    expect(keystone.trusts).toEqual([]);
  });

  test("cannot be given with a token that has been revoked", async () => {
    const { trusts, caller } = setTheScene();
    const trust = await trusts?.create({ token: "gAAAAAgone", until: inSeconds(60) }, caller);
    expect(trust).toEqual({ ok: false, failure: { kind: "not-authorized" } });
  });

  test.each(["unreachable", 500, 503] as const)("fails when Keystone is %s, which is not a refusal", async (outage) => {
    const { keystone, trusts, caller } = setTheScene();
    const token = keystone.issue({ project: "p1" });
    keystone.outage = outage;
    await expect(trusts?.create({ token, until: inSeconds(60) }, caller)).rejects.toThrow(Error);
  });

  test.each([
    ["without Keystone", { AUTH_STRATEGY: "keys" }],
    ["without an account", NO_USER],
    [
      "with an application credential",
      {
        ...NO_USER,
        KEYSTONE_APPLICATION_CREDENTIAL_ID: APPLICATION_CREDENTIAL.id,
        KEYSTONE_APPLICATION_CREDENTIAL_SECRET: APPLICATION_CREDENTIAL.secret,
      },
    ],
  ])("cannot be given to a service %s", (_, settings) => {
    expect(setTheScene(settings).trusts).toBeNull();
  });
});

describe("a token of a trust", () => {
  test("is requested once, and renewed a minute before it expires", async () => {
    const scene = setTheScene();
    const { keystone, trusts, caller } = scene;
    const id = await trustOf(scene, inSeconds(90_000));
    const first = await trusts?.tokenOf(id, caller);
    expect(first).toEqual({ value: expect.stringMatching(/^gAAAA/), project: "p1" });
    clock.advance({ seconds: 3539 });
    expect(await trusts?.tokenOf(id, caller)).toEqual(first);
    clock.advance({ seconds: 1 });
    expect(await trusts?.tokenOf(id, caller)).not.toEqual(first);
    expect(keystone.requests.filter((request) => request === "POST token of trust")).toHaveLength(2);
  });

  test("that was refused by its receiver is replaced", async () => {
    const scene = setTheScene();
    const id = await trustOf(scene);
    const first = await scene.trusts?.tokenOf(id, scene.caller);
    scene.trusts?.forget(id);
    expect(await scene.trusts?.tokenOf(id, scene.caller)).not.toEqual(first);
  });

  test("cannot be had from a trust that is deleted or never existed", async () => {
    const scene = setTheScene();
    const id = await trustOf(scene, inSeconds(60));
    clock.advance({ seconds: 60 });
    expect(await scene.trusts?.tokenOf(id, scene.caller)).toBeNull();
    expect(await scene.trusts?.tokenOf("another" as TrustId, scene.caller)).toBeNull();
  });

  test("is not requested again for 30 s after Keystone refused the service, because Keystone locks accounts", async () => {
    const { keystone, trusts, caller } = setTheScene({ KEYSTONE_PASSWORD: "wrong" });
    const ask = () => trusts?.tokenOf("any" as TrustId, caller);
    for (let attempt = 0; attempt < 3; attempt++) await expect(ask()).rejects.toThrow(/own credentials/);
    // For any trust.
    await expect(trusts?.tokenOf("another" as TrustId, caller)).rejects.toThrow(/own credentials/);
    expect(keystone.requests).toEqual(["POST token of trust"]);
    clock.advance({ seconds: 30 });
    await expect(ask()).rejects.toThrow(/own credentials/);
    expect(keystone.requests).toHaveLength(2);
  });
});

/** A context whose created trusts are recorded, with their expiry in `until`. */
function contextOf(until: EpochMs[], parts: Partial<Context> = {}): Context {
  const config = readConfig({ AUTH_STRATEGY: "none" });
  return {
    principal: { project: toProjectId("p"), user: null, roles: [], proof: "keystone", queuePrefix: "" },
    config,
    event: newEvent("req-1", () => 0),
    clock: () => toEpochMs(0),
    projectLimits: new ProjectLimits(config.quotas),
    signer: new UrlSigner([]),
    waitUntil: () => undefined,
    createTrust: async (end) => {
      until.push(end);
      return { ok: true, value: "t1" as TrustId };
    },
    ...parts,
  };
}

const MISTRAL = "trust+https://mistral.example/v2/executions";
const HOOK = "https://hook.example/";
const KNOWN = "trust+https://mistral.example/v2/known";

describe("a new subscription", () => {
  const entrusted = async (document: object, until: EpochMs[] = []): Promise<unknown> => {
    const text = JSON.stringify(document) as JsonText;
    const isKnown = async (subscriber: string): Promise<boolean> => subscriber === KNOWN;
    return JSON.parse(await addTrust(contextOf(until), { document: text, isKnown }));
  };

  test.each([
    ["gets a trust", { subscriber: MISTRAL }, { subscriber: MISTRAL, options: { trust_id: "t1" } }],
    [
      "gets a trust among its options",
      { subscriber: MISTRAL, options: { post_data: "a" } },
      { subscriber: MISTRAL, options: { post_data: "a", trust_id: "t1" } },
    ],
    [
      "gets a trust in the place of a null",
      { subscriber: MISTRAL, options: { trust_id: null } },
      { subscriber: MISTRAL, options: { trust_id: "t1" } },
    ],
  ])("%s", async (_, document, result) => {
    expect(await entrusted(document)).toEqual(result);
  });

  test.each([
    ["a trust of its own", { subscriber: MISTRAL, options: { trust_id: "mine" } }],
    ["no need of one", { subscriber: HOOK }],
    ["a subscriber that is known", { subscriber: KNOWN }],
    ["a document that will be refused", { subscriber: MISTRAL, ttl: 1 }],
    ["no subscriber", {}],
  ])("that has %s stays as it is", async (_, document) => {
    const until: EpochMs[] = [];
    expect(await entrusted(document, until)).toEqual(document);
    expect(until).toEqual([]);
  });

  test.each([
    [{ subscriber: MISTRAL }, 3600],
    [{ subscriber: MISTRAL, ttl: 60 }, 60],
  ])("has a trust for as long as its ttl: %j", async (document, seconds) => {
    const until: EpochMs[] = [];
    await entrusted(document, until);
    expect(until).toEqual([seconds * 1000]);
  });

  test("is 503 for a caller who cannot create a trust, unless it needs none", async () => {
    const context = contextOf([], { createTrust: null });
    const document = (subscriber: string) => JSON.stringify({ subscriber }) as JsonText;
    const isKnown = async () => false;
    await expect(addTrust(context, { document: document(MISTRAL), isKnown })).rejects.toMatchObject({
      failure: { kind: "unavailable" },
    });
    expect(await addTrust(context, { document: document(HOOK), isKnown })).toBe(document(HOOK));
  });

  test("is refused when Keystone refuses the trust", async () => {
    const context = contextOf([], { createTrust: async () => ({ ok: false, failure: { kind: "not-authorized" } }) });
    const document = JSON.stringify({ subscriber: MISTRAL }) as JsonText;
    const refused = addTrust(context, { document, isKnown: async () => false });
    await expect(refused).rejects.toMatchObject({ failure: { kind: "not-authorized" } });
  });
});

describe("a subscription that is changed", () => {
  const current = (subscriber: string, options: object): Subscription => ({
    id: "s1" as SubscriptionId,
    subscriber,
    ttl: toSeconds(600),
    options: JSON.stringify(options) as JsonText,
    age: toSeconds(1),
    confirmed: false,
  });
  const changed = async (document: object, before: Subscription | null, until: EpochMs[] = []): Promise<unknown> => {
    const text = JSON.stringify(document) as JsonText;
    const change = { id: "s1", document: text, find: async () => before };
    return JSON.parse(await addTrustToChanges(contextOf(until), change));
  };

  test.each([
    [
      "keeps being trusted when its options are replaced",
      { options: { post_data: "a" } },
      current(MISTRAL, { trust_id: "old" }),
      { options: { post_data: "a", trust_id: "t1" } },
      600,
    ],
    [
      "is trusted when its subscriber becomes one that needs it",
      { subscriber: MISTRAL, ttl: 60 },
      current(HOOK, { post_data: "a" }),
      { subscriber: MISTRAL, ttl: 60, options: { post_data: "a", trust_id: "t1" } },
      60,
    ],
  ])("%s", async (_, document, before, result, seconds) => {
    const until: EpochMs[] = [];
    expect(await changed(document, before, until)).toEqual(result);
    expect(until).toEqual([seconds * 1000]);
  });

  test.each([
    ["names a trust", { options: { trust_id: "mine" } }, current(MISTRAL, {})],
    ["has one", { subscriber: `${MISTRAL}?a` }, current(MISTRAL, { trust_id: "old" })],
    ["changes its ttl only", { ttl: 60 }, current(MISTRAL, { trust_id: "old" })],
    ["needs none", { options: {} }, current(HOOK, {})],
    ["needs none any more", { subscriber: HOOK }, current(MISTRAL, { trust_id: "old" })],
    ["does not exist", { options: {} }, null],
    ["will be refused", { ttl: 1 }, current(MISTRAL, {})],
  ])("and %s gets no trust", async (_, document, before) => {
    const until: EpochMs[] = [];
    expect(await changed(document, before, until)).toEqual(document);
    expect(until).toEqual([]);
  });
});
