/** Content-Type, Content-Length, the headers of answers, and the order in which defects are reported. */
import { describe, expect, test } from "vitest";
import { project } from "../support/drivers/zaqar-client.ts";

const FORM = "application/x-www-form-urlencoded";

describe("Content-Type", () => {
  test.each([
    ["GET", FORM, "0"],
    ["GET", "Application/X-WWW-Form-URLEncoded", "0"],
    ["DELETE", FORM, "0"],
    ["POST", FORM, undefined],
  ])("%s with %s and a Content-Length is a form, which is refused", async (method, type, contentLength) => {
    const options = { headers: { "Content-Type": type }, ...(contentLength === undefined ? {} : { contentLength }) };
    const body = method === "POST" ? { body: { messages: [{ body: 1 }] } } : {};
    const answer = await project().send(method, "/v2/queues/jobs/messages", { ...options, ...body });
    expect(answer).toRefuse(400, "Invalid Content-Type");
  });

  test("a form type without a Content-Length is not a form", async () => {
    expect(await project().send("GET", "/v2/queues", { headers: { "Content-Type": FORM } })).toAnswer(200);
  });

  test.each([
    null,
    "",
    "text/plain",
    "application/xml",
    "application/json; charset=utf-8",
    `${FORM}; charset=utf-8`,
    "nonsense",
  ])("a body of type %s is read as JSON", async (type) => {
    const body = new TextEncoder().encode('{"messages":[{"body":1}]}');
    const answer = await project().send("POST", "/v2/queues/jobs/messages", {
      body,
      headers: { "Content-Type": type },
    });
    expect(answer).toAnswer(201);
  });
});

describe("Content-Length", () => {
  test.each(["abc", "-1", "1.5", "0x10", "1e2"])("%s is not a length", async (contentLength) => {
    const answer = await project().send("POST", "/v2/queues/jobs/messages", {
      body: '{"messages":[{"body":1}]}',
      contentLength,
    });
    expect(answer).toRefuse(400, "Invalid header value");
  });

  const JSON_PATCH = { "Content-Type": "application/openstack-messaging-v2.0-json-patch" };
  test.each([
    ["POST", "/v2/queues/jobs/messages", {}],
    ["PATCH", "/v2/queues/jobs/claims/c", {}],
    ["PATCH", "/v2/queues/jobs", JSON_PATCH],
  ])("%s %s needs a body", async (method, path, headers) => {
    for (const options of [{ headers }, { body: "", chunked: true, headers }]) {
      expect(await project().send(method, path, options)).toRefuse(400, "Invalid request body");
    }
    const empty = await project().send(method, path, { contentLength: "0", headers });
    expect(empty).toRefuse(400, "Invalid request body");
  });

  test("an absent body and an unparsable one have different errors", async () => {
    for (const options of [{}, { body: "", chunked: true }]) {
      const absent = await project().send("POST", "/v2/queues/jobs/messages", options);
      expect(absent.json).toMatchObject({ description: expect.stringMatching(/empty/i) });
    }
    const empty = await project().send("POST", "/v2/queues/jobs/messages", { contentLength: "0" });
    expect(empty.json).toMatchObject({ description: expect.stringMatching(/parsed/i) });
  });

  test.each([
    ["PUT", "/v2/queues/jobs", 201],
    ["POST", "/v2/queues/jobs/claims", 204],
    ["POST", "/v2/queues/jobs/purge", 204],
  ])("%s %s needs no body", async (method, path, status) => {
    expect(await project().send(method, path)).toAnswer(status);
    expect(await project().send(method, path, { contentLength: "0" })).toAnswer(status);
    expect(await project().send(method, path, { body: "", chunked: true })).toAnswer(status);
  });
});

/** Bodies without a Content-Length, as HTTP/2 clients, proxies and `Transfer-Encoding: chunked` send them. */
describe("a body without a Content-Length", () => {
  const chunked = true;

  test("is read as the document of a purge", async () => {
    const orders = await project().queue();
    await orders.post("a");
    const body = { resource_types: ["subscriptions"] };
    expect(await orders.send("POST", "/purge", { body, chunked })).toAnswer(204);
    expect(await orders.list()).toHoldBodies("a");
  });

  test("is read as the metadata of a queue and as its changes", async () => {
    const orders = project().missingQueue();
    expect(await orders.send("PUT", "", { body: { _default_message_ttl: 99 }, chunked })).toAnswer(201);
    expect(await orders.metadata()).toMatchObject({ _default_message_ttl: 99 });
    const body = [{ op: "add", path: "/metadata/team", value: "ops" }];
    expect(await orders.sendPatch(body, { chunked })).toAnswer(200);
    expect(await orders.metadata()).toMatchObject({ team: "ops" });
  });

  test("is read as the lease of a claim", async () => {
    const orders = await project().queue();
    await orders.post("a");
    const claimed = await orders.send("POST", "/claims", { body: { ttl: 100, grace: 60 }, chunked });
    const path = claimed.headers.get("Location")?.replace("/v2/queues/orders", "") ?? "";
    expect((await orders.send("GET", path)).json).toMatchObject({ ttl: 100 });
  });

  test("is read as a post, also a repeated one with an Idempotency-Key", async () => {
    const orders = await project().queue();
    const options = { body: { messages: [{ body: "a" }] }, chunked, headers: { "Idempotency-Key": "k" } };
    const posted = await orders.send("POST", "/messages", options);
    expect(posted).toAnswer(201);
    expect((await orders.send("POST", "/messages", options)).text).toBe(posted.text);
    expect(await orders.list()).toHoldBodies("a");
  });

  test("is read as the document of a redrive and of a share", async () => {
    const orders = await project().queue();
    const redrive = await orders.send("POST", "/redrive", { body: { to: 1 }, chunked });
    expect(redrive).toAnswer(400);
    expect(await orders.send("POST", "/share", { body: "{garbage", chunked })).toRefuse(400, "Invalid request body");
  });

  test.each([
    ["POST", "/claims"],
    ["POST", "/purge"],
    ["PUT", ""],
  ])("%s of %s refuses garbage", async (method, below) => {
    const orders = await project().queue();
    expect(await orders.send(method, below, { body: "{garbage", chunked })).toRefuse(400, "Invalid request body");
  });

  test.each([
    ["POST", "/messages", '{"messages":[{"body":1}]}', 262_144, 201, "Invalid API request"],
    ["PUT", "", "{}", 65_536, 204, "Invalid API request"],
    ["POST", "/claims", "{}", 65_536, 204, "Invalid request body"],
    ["POST", "/claims/x/settle", '{"delete":["x"]}', 131_072, 204, "Invalid request body"],
  ])("%s of %s has the limit of one with", async (method, below, document, max, status, title) => {
    const orders = await project().queue();
    expect(await orders.send(method, below, { body: document.padEnd(max), chunked })).toAnswer(status);
    const excessive = { body: document.padEnd(max + 1), chunked };
    const announced = await orders.send(method, below, { body: document.padEnd(max + 1) });
    const refused = await orders.send(method, below, excessive);
    expect(refused).toRefuse(400, title);
    expect(refused.json).toEqual(announced.json);
  });

  test("is limited by the queue's own limit of a post", async () => {
    const orders = await project().queue("orders", { _max_messages_post_size: 30 });
    const body = '{"messages":[{"body":1}]}';
    expect(await orders.send("POST", "/messages", { body: body.padEnd(30), chunked })).toAnswer(201);
    const refused = await orders.send("POST", "/messages", { body: body.padEnd(31), chunked });
    expect(refused).toRefuse(400, "Invalid API request");
  });
});

describe("Content-Encoding", () => {
  test.each(["gzip", "deflate", "br", "zstd", "GZIP", "gzip, identity", "nonsense"])(
    "%s is refused by name, and nothing happens",
    async (encoding) => {
      const orders = await project().queue();
      await orders.post("a");
      for (const chunked of [false, true]) {
        const headers = { "Content-Encoding": encoding };
        const purge = await orders.send("POST", "/purge", { body: "{}", chunked, headers });
        expect(purge).toRefuse(415, "415 Unsupported Media Type");
        expect(purge.json).toMatchObject({ description: expect.stringContaining(encoding) });
        expect(purge.headers.get("Accept-Encoding")).toBe("identity");
        const body = { messages: [{ body: "b" }] };
        expect(await orders.send("POST", "/messages", { body, chunked, headers })).toAnswer(415);
      }
      expect(await orders.list()).toHoldBodies("a");
    },
  );

  test.each(["", "identity", "Identity"])("%j means no encoding", async (encoding) => {
    const orders = await project().queue();
    const options = { body: { messages: [{ body: "a" }] }, headers: { "Content-Encoding": encoding } };
    expect(await orders.send("POST", "/messages", options)).toAnswer(201);
  });

  test("without a body is ignored", async () => {
    expect(await project().send("GET", "/v2/queues", { headers: { "Content-Encoding": "gzip" } })).toAnswer(200);
    expect(await project().send("PUT", "/v2/queues/jobs", { headers: { "Content-Encoding": "gzip" } })).toAnswer(201);
  });
});

describe("answers", () => {
  test("Location is a path, never a URL", async () => {
    const orders = await project().queue("orders");
    const put = await orders.send("PUT", "");
    expect(put.headers.get("Location")).toBe("/v2/queues/orders");
    const post = await orders.send("POST", "/messages", { body: { messages: [{ body: 1 }] } });
    expect(post.headers.get("Location")).toMatch(/^\/v2\/queues\/orders\/messages\?ids=/);
    const claim = await orders.send("POST", "/claims");
    expect(claim.headers.get("Location")).toMatch(/^\/v2\/queues\/orders\/claims\/[^/]+$/);
  });

  test("the empty 201 of a PUT has the type of JSON", async () => {
    const answer = await project().send("PUT", "/v2/queues/jobs");
    expect(answer).toAnswer(201);
    expect(answer.text).toBe("");
    expect(answer.headers.get("Content-Type")).toBe("application/json");
  });

  test("a client's request id is not echoed", async () => {
    const sent = `req-${crypto.randomUUID()}`;
    const answer = await project().send("GET", "/v2/queues", { headers: { "X-OpenStack-Request-ID": sent } });
    expect(answer.headers.get("X-OpenStack-Request-Id")).not.toBe(sent);
  });

  test("text that is not ASCII is not escaped", async () => {
    const orders = await project().queue("orders", { grüße: "日本 😀" });
    expect((await orders.send("GET", "")).text).toContain('"grüße":"日本 😀"');
  });
});

describe("the first defect is the one reported", () => {
  const FORM_TYPE = { "Content-Type": FORM };
  const WRONG = { Accept: "text/html, application/vnd.openstack.messaging-v2+json" };
  test.each([
    [
      "an unknown route goes before everything",
      "GET",
      "/v2/nothing",
      { headers: { ...FORM_TYPE, ...WRONG }, contentLength: "0", client: null, project: null },
      404,
    ],
    [
      "a form goes before Accept",
      "GET",
      "/v2/queues/a:b",
      { headers: { ...FORM_TYPE, ...WRONG }, contentLength: "0", client: null, project: null },
      400,
    ],
    ["Accept goes before Client-ID", "GET", "/v2/queues/a:b", { headers: WRONG, client: null, project: null }, 406],
  ])("%s", async (_, method, path, options, status) => {
    expect(await project().send(method, path, options)).toAnswer(status);
  });

  test.each([
    ["a missing Client-ID goes before a missing project", { client: null, project: null }, "Missing header value"],
    ["a malformed Client-ID goes before a missing project", { client: "x", project: null }, "Wrong UUID value"],
    ["a missing project goes before the queue's name", { project: null }, "Project-Id Missing"],
    ["the queue's name goes before the endpoint's own checks", {}, "Invalid queue identification"],
  ])("%s", async (_, options, title) => {
    expect(await project().send("GET", "/v2/queues/a:b/messages?limit=0", options)).toRefuse(400, title);
  });
});

describe("what is ignored", () => {
  test("EXTRA-SPEC bypasses no check", async () => {
    const headers = { "EXTRA-SPEC": "messagecode:123" };
    expect(await project().send("GET", "/v2/queues", { headers, client: null })).toRefuse(400, "Missing header value");
    expect(await project().send("GET", "/v2/queues", { headers })).toAnswer(200);
  });

  test("the headers of a profiler are no reason for anything else", async () => {
    const headers = { "X-Trace-Info": "eyJiYXNlX2lkIjoiMSJ9", "X-Trace-HMAC": "0".repeat(40) };
    expect((await project().send("GET", "/v2/queues", { headers })).json).toEqual({ queues: [], links: [] });
  });

  test("an empty URL-Signature bypasses no check", async () => {
    const headers = { "URL-Signature": "" };
    expect(await project().send("GET", "/v2/queues", { headers, project: null })).toRefuse(400, "Project-Id Missing");
    expect(await project().send("GET", "/v2/queues", { headers })).toAnswer(200);
  });
});
