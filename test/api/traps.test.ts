/** The surprises of upstream's API, one short test for each. Other files test the same rules in full. */
import { expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { request } from "../support/drivers/request.ts";
import { numbered, project } from "../support/drivers/zaqar-client.ts";

freezeClock();

test("a missing queue is shown with defaults and deleted without complaint; only PATCH is 404", async () => {
  const orders = project().missingQueue();
  expect(await orders.metadata()).toMatchObject({ _default_message_ttl: 3600 });
  expect(await orders.send("DELETE", "")).toAnswer(204);
  expect(await orders.sendPatch([])).toRefuse(404, "Not found");
});

test("PUT of an existing queue is 204, changes nothing, and still checks its body", async () => {
  const orders = await project().queue("orders", { team: "ops" });
  expect(await orders.send("PUT", "", { body: { team: "dev" } })).toAnswer(204);
  expect(await orders.send("PUT", "", { body: { _max_claim_count: "2" } })).toAnswer(400);
  expect(await orders.metadata()).toMatchObject({ team: "ops" });
});

test("a failing post to an unknown queue creates the queue", async () => {
  const orders = project().missingQueue();
  expect(await orders.send("POST", "/messages", { body: "{" })).toAnswer(400);
  expect(await orders.project.queueNames()).toEqual(["orders"]);
});

test("lists are 200 when empty; the empty answer of a claim is 204", async () => {
  const orders = await project().queue();
  expect((await orders.send("GET", "/messages")).json).toEqual({ messages: [], links: [] });
  expect((await project().send("GET", "/v2/queues")).json).toEqual({ queues: [], links: [] });
  expect(await orders.send("POST", "/claims")).toAnswer(204);
});

test("the last page has a next link too, whose parameters are not the request's", async () => {
  const orders = await project().queue("orders", { team: "ops" });
  const id = await orders.postOne("a");
  expect((await orders.page()).next).toBe(`/v2/queues/orders/messages?echo=true&include_delayed=true&marker=${id}`);
  expect((await orders.project.queues({ team: "ops" })).next).toBe("/v2/queues?marker=orders");
});

test("without a limit ten are returned, though twenty are allowed", async () => {
  const orders = await project().queue();
  await orders.post(...numbered(20));
  expect(await orders.list()).toHaveLength(10);
  expect((await orders.claim()).messages).toHaveLength(10);
});

test("only lists leave the client's own messages out", async () => {
  const orders = await project().queue();
  const id = await orders.postOne("mine");
  expect(await orders.list({ echo: false })).toHoldBodies();
  expect(await orders.get(id)).not.toBeNull();
  expect(await orders.getMany([id])).toHoldBodies("mine");
  await (await orders.claim()).release();
  expect(await orders.pop()).toHoldBodies("mine");
});

test("clients are the same when their UUIDs are, however written", async () => {
  const orders = await project().queue();
  const hex = orders.project.client.replaceAll("-", "");
  await orders.post("mine");
  for (const client of [hex, hex.toUpperCase(), `{${orders.project.client}}`, `urn:uuid:${hex}`]) {
    expect(await orders.as(client).list({ echo: false })).toHoldBodies();
  }
});

test("ping, the home document and a 405 need Client-ID and project; an unknown route needs neither", async () => {
  for (const path of ["/v2/ping", "/v2/"]) expect(await request("GET", path)).toRefuse(400, "Missing header value");
  expect(await request("DELETE", "/v2/queues")).toRefuse(400, "Missing header value");
  expect(await request("GET", "/v2/unknown")).toRefuse(404, "404 Not Found");
});

test("form, then Accept, then Client-ID, then project, then name", async () => {
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const accept = { Accept: "application/vnd.openstack.messaging-v2+json" };
  const client = { "Client-ID": crypto.randomUUID() };
  const path = "/v2/queues/a:b";
  const options = { body: "{}" };
  expect(await request("PUT", path, { ...options, headers: { ...form, ...accept } })).toAnswer(400);
  expect(await request("PUT", path, { ...options, headers: accept })).toRefuse(406, "406 Not Acceptable");
  expect(await request("PUT", path, options)).toRefuse(400, "Missing header value");
  expect(await request("PUT", path, { ...options, headers: client })).toRefuse(400, "Project-Id Missing");
  const named = { ...client, "X-Project-ID": "p" };
  expect(await request("PUT", path, { ...options, headers: named })).toRefuse(400, "Invalid queue identification");
});

test("over-size is 400, by Content-Length, the limit included", async () => {
  const orders = await project().queue();
  const body = '{"messages":[{"body":1}]}'.padEnd(262_144);
  expect(await orders.send("POST", "/messages", { body })).toAnswer(201);
  expect(await orders.send("POST", "/messages", { body: `${body} ` })).toRefuse(400, "Invalid API request");
});

test("a value out of range is an error of the request, a wrong type of the body, in a PATCH both of the body", async () => {
  const orders = await project().queue();
  const post = (ttl: unknown) => orders.send("POST", "/messages", { body: { messages: [{ body: 1, ttl }] } });
  expect(await post(59)).toRefuse(400, "Invalid API request");
  expect(await post("59")).toRefuse(400, "Invalid request body");
  const patch = await orders.sendPatch([{ op: "add", path: "/metadata/_default_message_ttl", value: 59 }]);
  expect(patch).toRefuse(400, "Invalid request body");
});

test("booleans are integers, 60.0 and null are not, and numbers keep their tokens", async () => {
  const orders = await project().queue();
  const claim = (lease: string) => orders.send("POST", "/claims", { body: lease });
  expect(await claim('{"ttl":true}')).toRefuse(400, "Invalid API request");
  expect(await claim('{"ttl":60.0}')).toRefuse(400, "Invalid request body");
  const post = (message: string) => orders.send("POST", "/messages", { body: `{"messages":[${message}]}` });
  expect(await post('{"body":1,"ttl":null}')).toRefuse(400, "Invalid request body");
  expect(await post('{"body":9223372036854775808}')).toRefuse(400, "Invalid request body");
  expect(await post('{"body":[9007199254740993,1.0]}')).toAnswer(201);
  expect((await orders.send("GET", "/messages?echo=true")).text).toContain("[9007199254740993,1.0]");
});

test("a message's delay is ignored unless the queue is a delayed one", async () => {
  const orders = await project().queue();
  await orders.post({ body: "a", delay: 900 });
  expect(await orders.claim()).toHoldBodies("a");
});

test("falsy reserved values are shown as defaults, and reserved keys can be removed unstored", async () => {
  const orders = await project().queue("orders", { _max_claim_count: 0 });
  expect(await orders.metadata()).toMatchObject({ _max_claim_count: null });
  await orders.patch({ op: "remove", path: "/metadata/_dead_letter_queue" });
  expect(await orders.sendPatch([{ op: "remove", path: "/metadata/team" }])).toRefuse(409, "Resource conflict");
});

test("PATCH wants its media type, then a sound document, then a queue, and looks at no root for remove", async () => {
  const missing = project().missingQueue();
  const json = { headers: { "Content-Type": "application/json" } };
  expect(await missing.sendPatch("{", json)).toRefuse(415, "415 Unsupported Media Type");
  expect(await missing.sendPatch("{")).toRefuse(400, "Invalid request body");
  expect(await missing.sendPatch([])).toRefuse(404, "Not found");
  const orders = await project().queue("orders", { team: "ops" });
  await orders.patch({ op: "remove", path: "/ANY/team" }, { op: "add", path: "/METADATA/size", value: 1 });
  expect(await orders.metadata()).toMatchObject({ size: 1 });
});

test("bulk deletion asks for no claim; single deletion does, and a wrong one is never 404", async () => {
  const orders = await project().queue();
  const [a, b] = await orders.post("a", "b");
  await orders.claim();
  expect(await orders.send("DELETE", `/messages/${a}`)).toRefuse(403, "Unable to delete");
  expect(await orders.send("DELETE", `/messages/${a}?claim_id=nonsense`)).toRefuse(400, "Unable to delete");
  await orders.deleteMany([a ?? "", b ?? ""]);
  expect(await orders.stats()).toMatchObject({ total: 0 });
});

test("messages by ids are 404 when there is none, and have no links when there is", async () => {
  const orders = await project().queue();
  expect(await orders.send("GET", "/messages?ids=a")).toRefuse(404, "Not found");
  const id = await orders.postOne("a");
  expect((await orders.send("GET", `/messages?ids=${id}`)).json).not.toHaveProperty("links");
});

test("commas and repeats make lists, %2C does not, blanks are absent, the last scalar counts", async () => {
  const orders = await project().queue();
  const [a, b] = await orders.post("a", "b");
  expect(await orders.send("GET", `/messages?ids=${a},${b}`)).toAnswer(200);
  expect(await orders.send("GET", `/messages?ids=${a}&ids=${b}`)).toAnswer(200);
  expect(await orders.send("GET", `/messages?ids=${a}%2C${b}`)).toAnswer(404);
  expect(await orders.send("GET", "/messages?limit=&echo=")).toAnswer(200);
  expect(await orders.send("GET", "/messages?limit=99&limit=1")).toAnswer(200);
});

test("True and yes and on are true, TRUE and None are nothing", async () => {
  const orders = await project().queue();
  for (const echo of ["True", "yes", "on"]) expect(await orders.send("GET", `/messages?echo=${echo}`)).toAnswer(200);
  for (const echo of ["TRUE", "None"]) {
    expect(await orders.send("GET", `/messages?echo=${echo}`)).toRefuse(400, "Invalid parameter");
  }
});

test("a claim's limit is in the query, its lease in the body, and what else is there is dropped", async () => {
  const orders = await project().queue();
  await orders.post("a", "b", "c");
  const answer = await orders.send("POST", "/claims?limit=2&ttl=1", { body: { limit: 1, more: true } });
  expect((answer.json as { messages: unknown[] }).messages).toHaveLength(2);
});

test("a renewal takes the defaults for what it does not say, and any grace", async () => {
  const orders = await project().queue();
  await orders.post("a");
  const claim = await orders.claim({ ttl: 43_200 });
  await claim.renew({ grace: 1 });
  expect(await claim.get()).toMatchObject({ ttl: 300 });
});

test("a life is stretched only when it would end before the claim; the ttl shows it, the age does not", async () => {
  const orders = await project().queue();
  await orders.post({ body: "short", ttl: 299 }, { body: "long enough", ttl: 330 });
  clock.advance({ seconds: 1 });
  expect((await orders.claim()).messages).toMatchObject([
    { ttl: 360, age: 1 },
    { ttl: 330, age: 1 },
  ]);
});

test("claim_id and claim_count are members of popped messages alone, which have no href", async () => {
  const orders = await project().queue();
  const id = await orders.postOne("a");
  const shown = ["age", "body", "href", "id", "ttl"];
  for (const message of [await orders.get(id), ...(await orders.list()), ...(await orders.getMany([id]))]) {
    expect(Object.keys(message ?? {}).toSorted()).toEqual(shown);
  }
  const claim = await orders.claim();
  expect(Object.keys(claim.messages[0] ?? {}).toSorted()).toEqual(shown);
  await claim.release();
  expect(Object.keys((await orders.pop())[0] ?? {}).toSorted()).toEqual([
    "age",
    "body",
    "claim_count",
    "claim_id",
    "id",
    "ttl",
  ]);
});

test("hrefs and locations are bare paths, and a claimed message's href ends in its claim", async () => {
  const orders = await project().queue();
  const id = await orders.postOne("a");
  const claim = await orders.claim();
  expect(claim.location).toBe(`/v2/queues/orders/claims/${claim.id}`);
  expect(claim.messages[0]?.href).toBe(`/v2/queues/orders/messages/${id}?claim_id=${claim.id}`);
  expect((await claim.get())?.href).toBe(claim.location);
});

test("dead letters need both keys, and move on claim number max + 1, which is 204", async () => {
  const orders = await project().queue("orders", { _max_claim_count: 2, _dead_letter_queue: "dead" });
  await orders.post("a");
  const statuses: number[] = [];
  for (let count = 0; count < 3; count++) {
    const answer = await orders.send("POST", "/claims");
    statuses.push(answer.status);
    await orders.send("DELETE", `/claims/${answer.headers.get("Location")?.split("/").at(-1)}`);
  }
  expect(statuses).toEqual([201, 201, 204]);
});

test("/ is 300 without headers, /v2 is 404, /v2/ is application/json-home, and HEAD is for ping", async () => {
  expect(await request("GET", "/")).toAnswer(300);
  expect(await project().send("GET", "/v2")).toRefuse(404, "404 Not Found");
  expect((await project().send("GET", "/v2/")).headers.get("Content-Type")).toBe("application/json-home");
  expect(await project().send("HEAD", "/v2/ping")).toAnswer(204);
  for (const path of ["/", "/v2/", "/v2/queues", "/v2/queues/a"])
    expect(await project().send("HEAD", path)).toAnswer(405);
});

test("unknown parameters of the queue list are filters; count heeds none and is absent when 0", async () => {
  const owner = project();
  expect((await owner.send("GET", "/v2/queues?with_count=true")).json).not.toHaveProperty("count");
  await owner.queue("a", { size: 1 });
  await owner.queue("b", { size: "1" });
  expect(await owner.queues({ size: 1, with_count: true })).toMatchObject({ queues: [{ name: "a" }], count: 2 });
});

test("every answer has a request id of its own, and 204 and HEAD have no body", async () => {
  const ids = new Set<string | null>();
  for (const [method, path] of [
    ["GET", "/"],
    ["GET", "/v2"],
    ["HEAD", "/v2/ping"],
    ["DELETE", "/v2/queues/a"],
    ["PUT", "/v2/queues/a:b"],
  ] as const) {
    const answer = await project().send(method, path);
    ids.add(answer.headers.get("X-OpenStack-Request-Id"));
    if (answer.status === 204) expect(answer.text).toBe("");
  }
  expect(ids.size).toBe(5);
});
