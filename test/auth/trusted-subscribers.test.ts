/** Subscriptions of `trust+` subscribers with tokens of Keystone, as Heat and Aodh create them. */
import { beforeEach, describe, expect, test } from "vitest";
import { clientWith, freshProject } from "../support/drivers/authenticated-client.ts";
import { KeystoneStandIn, type IssuedToken } from "../support/fakes/keystone.ts";
import { ACCESS_SETTINGS, startService } from "../support/drivers/service.ts";
import type { Project } from "../support/drivers/zaqar-client.ts";

const MISTRAL = "trust+https://mistral.test/v2/executions";

let keystone: KeystoneStandIn;

beforeEach(() => {
  keystone = new KeystoneStandIn();
});

function user(token: IssuedToken = {}, settings: Readonly<Record<string, string>> = {}): Project {
  const service = startService({ ...ACCESS_SETTINGS, ...settings }, keystone.binding);
  return clientWith(service, { "X-Auth-Token": keystone.issue({ project: freshProject(), ...token }) });
}

interface Shown {
  readonly options: unknown;
}

async function subscribe(alice: Project, body: object): Promise<{ readonly path: string; readonly shown: Shown }> {
  const answer = await alice.send("POST", "/v2/queues/orders/subscriptions", { body });
  expect(answer).toAnswer(201);
  const { subscription_id: id } = answer.json as { readonly subscription_id: string };
  const path = `/v2/queues/orders/subscriptions/${id}`;
  return { path, shown: (await alice.send("GET", path)).json as Shown };
}

describe("a subscription of Mistral", () => {
  test("shows the trust that was made for it", async () => {
    const { shown } = await subscribe(user({ user: "bob" }), { subscriber: MISTRAL, options: { post_data: "a" } });
    const [trust] = keystone.trusts;
    expect(trust).toMatchObject({ trustor_user_id: "bob", trustee_user_id: "sukkal" });
    expect(shown.options).toEqual({ post_data: "a", trust_id: trust?.id });
  });

  test("keeps a trust that the client names", async () => {
    const { shown } = await subscribe(user(), { subscriber: MISTRAL, options: { trust_id: "mine" } });
    expect(shown.options).toEqual({ trust_id: "mine" });
    expect(keystone.trusts).toEqual([]);
  });

  test("gets a new trust when its options are replaced", async () => {
    const alice = user();
    const { path } = await subscribe(alice, { subscriber: MISTRAL });
    expect(await alice.send("PATCH", path, { body: { options: { post_data: "b" } } })).toAnswer(204);
    const shown = (await alice.send("GET", path)).json;
    expect(shown).toMatchObject({ options: { post_data: "b", trust_id: keystone.trusts[1]?.id } });
  });

  test("is refused to an application credential, with which Keystone creates no trust", async () => {
    const anything = [{ service: "messaging", method: "POST", path: "/v2/queues/*/subscriptions" }];
    const body = { subscriber: MISTRAL };
    const answer = await user({ accessRules: anything }).send("POST", "/v2/queues/orders/subscriptions", { body });
    expect(answer).toRefuse(403, "Not authorized");
  });

  test("is 503 while Keystone cannot create a trust", async () => {
    const alice = user();
    await alice.send("GET", "/v2/queues");
    keystone.outage = "unreachable";
    const answer = await alice.send("POST", "/v2/queues/orders/subscriptions", { body: { subscriber: MISTRAL } });
    expect(answer).toRefuse(503, "Service temporarily unavailable");
  });

  test("is 503 in a service without a user of its own", async () => {
    const accountless = { KEYSTONE_USERNAME: "", KEYSTONE_PASSWORD: "", KEYSTONE_PROJECT: "" };
    const body = { subscriber: MISTRAL };
    const answer = await user({}, accountless).send("POST", "/v2/queues/orders/subscriptions", { body });
    expect(answer).toRefuse(503, "Service temporarily unavailable");
  });
});

test("a subscription of another kind makes no call to Keystone", async () => {
  const alice = user();
  await subscribe(alice, { subscriber: "https://hook.test/" });
  expect(keystone.requests.filter((request) => request.includes("trust"))).toEqual([]);
});
