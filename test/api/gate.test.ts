/** The checks of every request: routing, and the header checks in their order. */
import { describe, expect, test } from "vitest";
import { request } from "../support/drivers/request.ts";
import { project } from "../support/drivers/zaqar-client.ts";

describe("routes", () => {
  test.each([
    ["/v2", "the version without its slash"],
    ["/v2/nothing", "an unknown resource"],
    ["/v1/queues", "another version"],
    ["/v2/Queues", "a resource in another case"],
    ["/V2/queues", "the version in another case"],
    ["/v2/queues/jobs/", "a queue with a trailing slash"],
    ["/v2/queues/jobs/stats/", "statistics with a trailing slash"],
    ["/v2/queues/jobs/nothing", "an unknown part of a queue"],
    ["/v2/queues/jobs/messages/a/b", "a part of a message"],
    ["/v2/queues/jobs/claims/a/b", "a part of a claim"],
    ["/v2/ping/", "ping with a trailing slash"],
    ["//v2/queues", "a path that begins with two slashes"],
    ["//", "nothing but slashes"],
  ])("%s is 404 without any header: %s", async (path) => {
    expect(await request("GET", path)).toRefuse(404, "404 Not Found");
  });

  test.each([
    ["GET", "/v2/queues/", "the queue without a name", 400],
    ["PUT", "/v2/queues/", "the queue without a name", 400],
    ["GET", "/v2/queues/jobs/messages/", "the message without an id", 404],
    ["DELETE", "/v2/queues/jobs/messages/", "the message without an id", 204],
    ["POST", "/v2/queues/jobs/messages/", "the message without an id", 405],
    ["GET", "/v2/queues/jobs/claims/", "the claim without an id", 404],
    ["DELETE", "/v2/queues/jobs/claims/", "the claim without an id", 204],
  ])("%s %s asks for %s: %i", async (method, path, _, status) => {
    expect(await project().send(method, path)).toAnswer(status);
  });
});

/** A path, and its methods as the header Allow lists them. */
const METHODS: readonly [string, string][] = [
  ["/", "GET"],
  ["/v2/", "GET"],
  ["/v2/ping", "GET, HEAD"],
  ["/v2/websocket", "GET"],
  ["/v2/queues", "GET"],
  ["/v2/queues/jobs", "DELETE, GET, PATCH, PUT"],
  ["/v2/queues/jobs/stats", "GET"],
  ["/v2/queues/jobs/purge", "POST"],
  ["/v2/queues/jobs/messages", "DELETE, GET, POST"],
  ["/v2/queues/jobs/messages/a", "DELETE, GET"],
  ["/v2/queues/jobs/claims", "DELETE, POST"],
  ["/v2/queues/jobs/claims/a", "DELETE, GET, PATCH"],
];

describe("methods", () => {
  const ALL = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
  const missing = METHODS.flatMap(([path, allow]) =>
    ALL.filter((method) => !allow.split(", ").includes(method)).map((method) => [method, path, `${allow}, OPTIONS`]),
  ) as [string, string, string][];

  test.each(missing)("%s %s is 405 and says what is allowed: %s", async (method, path, allow) => {
    const answer = await project().send(method, path);
    if (method === "HEAD") expect(answer).toAnswer(405);
    else expect(answer).toRefuse(405, "405 Method Not Allowed");
    expect(answer.headers.get("Allow")).toBe(allow);
  });

  test("a 405 comes after the header checks", async () => {
    expect(await project().send("POST", "/v2/queues", { client: null })).toRefuse(400, "Missing header value");
    expect(await project().send("POST", "/v2/queues", { project: null })).toRefuse(400, "Project-Id Missing");
    expect(await project().send("POST", "/v2/queues/a:b/stats")).toRefuse(400, "Invalid queue identification");
  });

  test("a 405 of the version list needs no headers", async () => {
    expect(await request("POST", "/")).toRefuse(405, "405 Method Not Allowed");
  });

  test.each(METHODS)("OPTIONS %s is 200, empty, and says what is allowed", async (path, allow) => {
    const answer = await project().send("OPTIONS", path);
    expect(answer).toAnswer(200);
    expect(answer.text).toBe("");
    expect(answer.headers.get("Allow")).toBe(`${allow}, OPTIONS`);
  });
});

describe("Client-ID", () => {
  test.each([
    ["3381af92-2b9e-11e3-b191-71861300734c", "a UUID"],
    ["3381af922b9e11e3b19171861300734c", "without dashes"],
    ["3381AF92-2B9E-11E3-B191-71861300734C", "in capitals"],
    ["{3381af92-2b9e-11e3-b191-71861300734c}", "in braces"],
    ["urn:uuid:3381af92-2b9e-11e3-b191-71861300734c", "as a URN"],
    ["00000000-0000-0000-0000-000000000000", "of no version"],
    ["3381af92-2b9e-71e3-b191-71861300734c", "of version 7"],
  ])("%s is accepted: %s", async (client) => {
    expect(await project().send("GET", "/v2/ping", { client })).toAnswer(204);
  });

  test.each([
    ["", "empty"],
    ["3381af92-2b9e-11e3-b191-71861300734", "a digit short"],
    ["3381af92-2b9e-11e3-b191-71861300734c0", "a digit long"],
    ["3381af92-2b9e-11e3-b191-71861300734g", "not hexadecimal"],
    ["client", "a word"],
  ])("%j is refused: %s", async (client) => {
    expect(await project().send("GET", "/v2/queues", { client })).toRefuse(400, "Wrong UUID value");
  });

  test("a missing one is named in the refusal", async () => {
    const answer = await project().send("GET", "/v2/queues", { client: null });
    expect(answer).toRefuse(400, "Missing header value");
    expect(answer.json).toMatchObject({ description: expect.stringContaining("Client-Id") });
  });
});

describe("project", () => {
  test("a missing one and an empty one have different errors", async () => {
    expect(await project().send("GET", "/v2/queues", { project: null })).toRefuse(400, "Project-Id Missing");
    const empty = await project().send("GET", "/v2/queues", { project: "" });
    expect(empty).toRefuse(400, "Empty project header not allowed");
  });

  test.each(["X-Tenant-ID", "X-Tenant"])("%s stands in for a missing X-Project-ID", async (header) => {
    const orders = await project().queue("orders");
    const headers = { [header]: orders.project.id };
    const answer = await orders.project.send("GET", "/v2/queues", { project: null, headers });
    expect(answer.json).toMatchObject({ queues: [{ name: "orders" }] });
  });

  test("X-Project-ID has precedence over X-Tenant-ID, and that over X-Tenant", async () => {
    const orders = await project().queue("orders");
    const asked = async (headers: Record<string, string>): Promise<number> => {
      const answer = await orders.project.send("GET", "/v2/queues", { project: null, headers });
      return (answer.json as { queues: unknown[] }).queues.length;
    };
    expect(await asked({ "X-Project-ID": orders.project.id, "X-Tenant-ID": "other", "X-Tenant": "other" })).toBe(1);
    expect(await asked({ "X-Project-ID": "other", "X-Tenant-ID": orders.project.id })).toBe(0);
    expect(await asked({ "X-Tenant-ID": orders.project.id, "X-Tenant": "other" })).toBe(1);
  });

  test.each(["a/b", "a b", "a/b/c:d?e=f&g", "x".repeat(256)])("any characters make a project: %s", async (name) => {
    const id = (crypto.randomUUID() + name).slice(0, 256);
    const { client } = project();
    const queue = await project().send("PUT", "/v2/queues/jobs", { project: id, client });
    expect(queue).toAnswer(201);
    const list = await project().send("GET", "/v2/queues", { project: id, client });
    expect(list.json).toMatchObject({ queues: [{ name: "jobs" }] });
  });

  test("its length is limited only in requests about a queue", async () => {
    const id = "x".repeat(257);
    expect(await project().send("GET", "/v2/queues/jobs", { project: id })).toRefuse(
      400,
      "Invalid queue identification",
    );
    expect(await project().send("GET", "/v2/queues", { project: id })).toAnswer(200);
  });
});

describe("queue names", () => {
  test.each(["a", "A", "0", "123", "_", "-", "a.b", "..a", "A-b_c.9", "x".repeat(64)])(
    "%s is allowed",
    async (name) => {
      expect(await project().send("PUT", `/v2/queues/${name}`)).toAnswer(201);
    },
  );

  test.each([
    "x".repeat(65),
    "a:b",
    "a%20b",
    "a%2Fb",
    "%C3%A9",
    "a%0A",
    "%F0%9F%98%80",
    "a~b",
    "%00",
    "a*",
    "a@b",
    "%25",
  ])("%s is refused", async (name) => {
    expect(await project().send("PUT", `/v2/queues/${name}`)).toRefuse(400, "Invalid queue identification");
    expect(await project().send("GET", `/v2/queues/${name}/messages`)).toRefuse(400, "Invalid queue identification");
  });

  test("case matters", async () => {
    const { project: owner } = await project().queue("Jobs");
    expect(await owner.send("PUT", "/v2/queues/jobs")).toAnswer(201);
    expect(await owner.queueNames()).toEqual(["Jobs", "jobs"]);
  });
});

describe("Accept", () => {
  test.each([
    null,
    "",
    "*/*",
    "application/json",
    "application/*",
    "application/json; charset=utf-8",
    "text/html, application/json;q=0.5",
    "text/html, */*;q=0.1",
    "APPLICATION/JSON",
  ])("%j admits JSON", async (accept) => {
    expect(await project().send("GET", "/v2/queues", { headers: { Accept: accept } })).toAnswer(200);
  });

  test.each([
    "text/html",
    "application/json-home",
    "application/vnd.openstack.messaging-v2+json",
    "application/xml",
    "image/*",
    "application/json;q=0",
  ])("%s does not admit JSON", async (accept) => {
    expect(await project().send("GET", "/v2/queues", { headers: { Accept: accept } })).toAnswer(406);
  });

  test("a 406 links to an explanation", async () => {
    const headers = { Accept: "application/vnd.openstack.messaging-v2+json" };
    const answer = await project().send("GET", "/v2/queues", { headers });
    expect(answer).toRefuse(406, "406 Not Acceptable");
    expect(answer.json).toMatchObject({ link: { text: expect.any(String), href: expect.any(String), rel: "help" } });
  });

  test("a client that prefers XML is refused in XML", async () => {
    const answer = await project().send("GET", "/v2/nothing", { headers: { Accept: "application/xml" } });
    expect(answer).toAnswer(404);
    expect(answer.headers.get("Content-Type")).toBe("application/xml");
    expect(answer.text).toContain("<error><title>404 Not Found</title><code>route-unknown</code></error>");
  });

  test("a client that takes neither JSON nor XML is refused without a body", async () => {
    const answer = await project().send("GET", "/v2/nothing", { headers: { Accept: "text/html" } });
    expect(answer).toAnswer(404);
    expect(answer.text).toBe("");
  });
});
