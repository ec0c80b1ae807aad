/** The checks of HTTP, which hold over frames too: what a frame is refused for, and by which code. */
import { describe, expect, test } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { connect, type Reply } from "../support/drivers/web-socket.ts";

freezeClock();

const Q = { queue_name: "orders" };
const UNKNOWN = "5dfb4ae5-7df4-4f0b-8f4c-2a1e4c8a9c11";

function answered({ body, headers }: Reply): readonly [number, unknown] {
  return [headers.status, body];
}

describe("a frame is checked as a request is:", () => {
  test.each([
    ["a name that no queue may have", "queue_get", { queue_name: "a/b" }, "queue-name-invalid"],
    ["a name that no new queue may have", "queue_create", { queue_name: ".." }, "queue-name-invalid"],
    [
      "a reserved key of the wrong type",
      "queue_create",
      { ...Q, metadata: { _max_messages_post_size: "x" } },
      "metadata-invalid",
    ],
    [
      "metadata of more than 65,536 bytes",
      "queue_create",
      { ...Q, metadata: { a: "x".repeat(65_536) } },
      "metadata-too-large",
    ],
    ["a page of 21 queues", "queue_list", { limit: 21 }, "out-of-range"],
    ["a page of no messages", "message_list", { ...Q, limit: 0 }, "out-of-range"],
    ["a page of 21 subscriptions", "subscription_list", { ...Q, limit: 21 }, "out-of-range"],
    ["a page of no subscriptions", "subscription_list", { ...Q, limit: 0 }, "out-of-range"],
    ["a claim of 21 messages", "claim_create", { ...Q, limit: 21 }, "out-of-range"],
    ["a claim of 43,201 seconds", "claim_create", { ...Q, ttl: 43_201 }, "out-of-range"],
    ["a grace of 59 seconds", "claim_create", { ...Q, grace: 59 }, "out-of-range"],
    ["a grace of 43,201 seconds", "claim_create", { ...Q, grace: 43_201 }, "out-of-range"],
    ["a renewal by 59 seconds", "claim_update", { ...Q, claim_id: UNKNOWN, ttl: 59 }, "out-of-range"],
    ["a renewal by 43,201 seconds", "claim_update", { ...Q, claim_id: UNKNOWN, ttl: 43_201 }, "out-of-range"],
    [
      "21 deletions",
      "message_delete_many",
      { ...Q, message_ids: Array.from({ length: 21 }, () => "a") },
      "out-of-range",
    ],
    ["no messages", "message_post", { ...Q, messages: [] }, "messages-empty"],
    ["a message that is a number", "message_post", { ...Q, messages: [1] }, "field-type-invalid"],
    ["a message without a body", "message_post", { ...Q, messages: [{ ttl: 60 }] }, "field-missing"],
    ["a message of 59 seconds", "message_post", { ...Q, messages: [{ body: 1, ttl: 59 }] }, "out-of-range"],
    [
      "a post of more than 262,144 bytes",
      "message_post",
      { ...Q, messages: [{ body: "x".repeat(262_144) }] },
      "post-too-large",
    ],
    [
      "options of more than 64 KiB",
      "subscription_create",
      { ...Q, subscriber: "mailto:a@b.test", options: { a: "x".repeat(65_536) } },
      "body-too-large",
    ],
    [
      "a settlement of more than 128 KiB",
      "claim_settle",
      { ...Q, claim_id: UNKNOWN, delete: ["x".repeat(131_072)] },
      "body-too-large",
    ],
    [
      "a settlement of almost 128 KiB with an id that is named twice",
      "claim_settle",
      { ...Q, claim_id: UNKNOWN, delete: ["x".repeat(65_000), "x".repeat(65_000)] },
      "document-invalid",
    ],
  ])("%s", async (_, action, body, code) => {
    const socket = await connect();
    expect(answered(await socket.ask(action, body))).toEqual([
      400,
      { exception: expect.any(String) as string, error: null, code },
    ]);
  });

  test("a Client-ID that is no UUID, where it is used", async () => {
    const socket = await connect(undefined, "somebody");
    const post = { ...Q, messages: [{ body: 1 }] };
    expect((await socket.ask("message_post", post)).headers.status).toBe(400);
    expect((await socket.ask("message_list", Q)).headers.status).toBe(400);
    expect((await socket.ask("queue_create", Q)).headers.status).toBe(201);
    expect((await socket.ask("claim_create", Q)).headers.status).toBe(204);
  });

  test("an empty project", async () => {
    const socket = await connect("");
    expect(answered(await socket.ask("queue_list"))).toEqual([
      400,
      { exception: expect.stringMatching(/X-PROJECT-ID/) as string, error: null, code: "project-empty" },
    ]);
  });

  test("the length of a project, in frames about a queue", async () => {
    expect((await (await connect("p".repeat(256))).ask("queue_get", Q)).headers.status).toBe(200);
    expect((await (await connect("p".repeat(257))).ask("queue_get", Q)).headers.status).toBe(400);
  });

  test("roles, as they are trusted over HTTP", async () => {
    const socket = await connect();
    expect((await socket.ask("queue_create", Q, { "X-Roles": "reader" })).headers.status).toBe(403);
    expect((await socket.ask("queue_get", Q, { "X-Roles": "reader" })).headers.status).toBe(200);
  });
});
