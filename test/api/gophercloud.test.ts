/**
 * The requests of gophercloud v2 (openstack/messaging/v2), which no test runs as a client: its query strings and documents, the
 * statuses that it accepts, and the members that it reads.
 */
import { describe, expect, test } from "vitest";
import { request, requestBy, withClientHeaders, type Answer } from "../support/drivers/request.ts";
import { ACCESS_SETTINGS, startService } from "../support/drivers/service.ts";
import { JSON_PATCH, project, type Project } from "../support/drivers/zaqar-client.ts";

const HEADERS = { Accept: "application/json", "Content-Type": "application/json" };
const CREATE_QUEUE = { _default_message_ttl: 3600, _max_claim_count: 10, description: "made by a provider" };

/** The pages of a list, which it follows by the path of each link until one is empty. */
async function pages(owner: Project, first: string, member: "queues" | "messages"): Promise<readonly unknown[][]> {
  const found: unknown[][] = [];
  for (let path = first; ;) {
    const answer = await owner.send("GET", path, { headers: HEADERS });
    expect(answer).toAnswer(200);
    const page = answer.json as Record<typeof member, unknown[]> & { readonly links: readonly { href: string }[] };
    if (page[member].length === 0) return found;
    found.push(page[member]);
    path = page.links[0]?.href ?? "";
  }
}

test("it finds version 2 at the root, with a token and without other headers", async () => {
  const answer = await request("GET", "/", { headers: { Accept: "application/json", "X-Auth-Token": "any" } });
  expect([200, 300]).toContain(answer.status);
  const { versions } = answer.json as {
    readonly versions: readonly { readonly id: string; readonly status: string }[];
  };
  // It reads a number from the id, with or without a "v".
  expect(versions.map(({ id, status }) => [Number.parseInt(id, 10), status])).toEqual([[2, "CURRENT"]]);
});

describe("queues", () => {
  test("are created, changed, shown and deleted", async () => {
    const orders = project().missingQueue();
    expect(await orders.send("PUT", "", { headers: HEADERS, body: CREATE_QUEUE })).toAnswer(201);
    expect(await orders.send("PUT", "", { headers: HEADERS, body: CREATE_QUEUE })).toAnswer(204);
    // Every operation has a value, the removal too.
    const patch = [
      { op: "replace", path: "/metadata/_max_claim_count", value: 3 },
      { op: "remove", path: "/metadata/description", value: "" },
    ];
    const changed = await orders.send("PATCH", "", {
      headers: { ...HEADERS, "Content-Type": JSON_PATCH },
      body: patch,
    });
    expect(changed).toAnswer(200);
    expect(changed.json).toMatchObject({ _max_claim_count: 3, _default_message_ttl: 3600 });
    expect((await orders.send("GET", "", { headers: HEADERS })).json).toEqual(changed.json);
    const stats = await orders.send("GET", "/stats", { headers: HEADERS });
    expect(stats.json).toEqual({ messages: { claimed: 0, free: 0, total: 0 } });
    const purge = { headers: HEADERS, body: { resource_types: ["messages", "subscriptions"] } };
    expect(await orders.send("POST", "/purge", purge)).toAnswer(204);
    expect(await orders.send("DELETE", "", { headers: HEADERS })).toAnswer(204);
  });

  test("are listed by the links, until a page is empty", async () => {
    const owner = project();
    for (const name of ["a", "b", "c"]) await owner.queue(name);
    const found = await pages(owner, "/v2/queues?detailed=true&limit=2&with_count=true", "queues");
    expect(found).toMatchObject([
      [{ name: "a", href: "/v2/queues/a", metadata: { _default_message_ttl: 3600 } }, { name: "b" }],
      [{ name: "c" }],
    ]);
  });

  test("are shared", async () => {
    const service = startService({
      AUTH_STRATEGY: "none",
      SIGNED_URL_SECRET_KEY: ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY,
    });
    const { id, client } = project();
    const body = { paths: ["messages"], methods: ["GET", "PATCH"], expires: "2100-01-01T00:00:00" };
    const options = withClientHeaders({ project: id, client, headers: HEADERS, body });
    const answer = await requestBy((asked) => service.fetch(asked), "POST", "/v2/queues/orders/share", options);
    expect(answer).toAnswer(200);
    expect(answer.json).toEqual({
      project: id,
      paths: ["/v2/queues/orders/messages"],
      methods: ["GET", "PATCH"],
      expires: "2100-01-01T00:00:00",
      signature: expect.any(String),
    });
  });
});

describe("messages", () => {
  const post = (owner: Project): Promise<Answer> => {
    const messages = [{ ttl: 300, delay: 20, body: { n: 1 } }, { body: { n: 2 } }, { body: { n: 3 } }];
    return owner.send("POST", "/v2/queues/orders/messages", { headers: HEADERS, body: { messages } });
  };

  test("are posted, and their ids are read from the resources", async () => {
    const owner = project();
    const answer = await post(owner);
    expect(answer).toAnswer(201);
    const href: unknown = expect.stringMatching(/^\/v2\/queues\/orders\/messages\/\w+$/);
    expect(answer.json).toEqual({ resources: [href, href, href] });
    const found = await pages(owner, "/v2/queues/orders/messages?echo=true&include_claimed=true&limit=2", "messages");
    expect(found).toMatchObject([[{ body: { n: 1 } }, { body: { n: 2 } }], [{ body: { n: 3 } }]]);
  });

  test("are read, deleted and popped, with the ids of a list one by one", async () => {
    const owner = project();
    const { resources } = (await post(owner)).json as { readonly resources: readonly string[] };
    const [a, b] = resources.map((href) => href.split("/").at(-1));
    const path = "/v2/queues/orders/messages";
    const many = await owner.send("GET", `${path}?ids=${a}&ids=${b}`, { headers: HEADERS });
    expect(many.json).toMatchObject({ messages: [{ id: a, ttl: 300, age: 0, body: { n: 1 } }, { id: b }] });
    expect((await owner.send("GET", `${path}/${a}`, { headers: HEADERS })).json).toMatchObject({ id: a });
    expect(await owner.send("DELETE", `${path}/${a}`, { headers: HEADERS })).toAnswer(204);
    expect(await owner.send("DELETE", `${path}?ids=${a}&ids=${b}`, { headers: HEADERS })).toAnswer(204);
    const popped = await owner.send("DELETE", `${path}?pop=2`, { headers: HEADERS });
    expect(popped).toAnswer(200);
    expect(popped.json).toMatchObject({ messages: [{ body: { n: 3 }, claim_count: 0, claim_id: null }] });
  });
});

test("claims are created, read, renewed in part, and released", async () => {
  const orders = await project().queue();
  await orders.postOne({ body: { n: 1 } });
  const created = await orders.send("POST", "/claims?limit=10", { headers: HEADERS, body: { ttl: 3600, grace: 3600 } });
  expect(created).toAnswer(201);
  const { messages } = created.json as { readonly messages: readonly { readonly href: string }[] };
  const id = messages[0]?.href.split("claim_id=").at(-1);
  expect((await orders.send("GET", `/claims/${id}`, { headers: HEADERS })).json).toMatchObject({
    age: 0,
    ttl: 3600,
    href: `/v2/queues/orders/claims/${id}`,
    messages: [{ href: messages[0]?.href }],
  });
  expect(await orders.send("POST", "/claims", { headers: HEADERS, body: {} })).toAnswer(204);
  expect(await orders.send("PATCH", `/claims/${id}`, { headers: HEADERS, body: { ttl: 1200 } })).toAnswer(204);
  expect(await orders.send("DELETE", `/claims/${id}`, { headers: HEADERS })).toAnswer(204);
});
