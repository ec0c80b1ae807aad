/** Frames: both formats, the part of a frame that its reply repeats, and the replies to frames without a request. */
import { describe, expect, test } from "vitest";
import type { ACTIONS } from "../../src/websocket/actions/table.ts";
import { connect, type Connection } from "../support/drivers/web-socket.ts";

/** The request that a reply repeats for a frame that could not be decoded. */
const NOTHING = { action: null, body: {}, headers: {}, api: "v2" };

/** The connection still works: one frame gets one reply. */
async function expectAlive(socket: Connection): Promise<void> {
  expect((await socket.ask("queue_get", { queue_name: "alive" })).headers.status).toBe(200);
}

describe("a reply", () => {
  test("repeats action, body and headers, and no other member", async () => {
    const socket = await connect();
    socket.transmit(
      JSON.stringify({
        action: "queue_get",
        id: 7,
        headers: { ...socket.headers, more: [1] },
        body: { queue_name: "q", unknown: null },
      }),
    );
    expect(await socket.reply()).toEqual({
      request: {
        action: "queue_get",
        body: { queue_name: "q", unknown: null },
        headers: { ...socket.headers, more: [1] },
        api: "v2",
      },
      body: {},
      headers: { status: 200, notice: "`unknown` is no member of this action, and has no effect" },
    });
  });

  test("has the format of its request, frame by frame", async () => {
    const socket = await connect();
    const formats: string[] = [];
    for (const isBinary of [false, true, true, false, true]) {
      if (isBinary) socket.postInBinary("queue_list");
      else socket.post("queue_list");
      formats.push(typeof (await socket.receive()) === "string" ? "text" : "binary");
    }
    expect(formats).toEqual(["text", "binary", "binary", "text", "binary"]);
  });

  test("keeps what only the text of a number says", async () => {
    const socket = await connect();
    const body = '{"long":9223372036854775807,"float":1.0,"twice":1,"twice":2,"nan":NaN}';
    const headers = JSON.stringify(socket.headers);
    const posting = `{"queue_name":"q","messages":[{"body":${body}}]}`;
    socket.transmit(`{"action":"message_post","headers":${headers},"body":${posting}}`);
    expect(await socket.receive()).toContain(`"body":${posting}`);
    socket.post("message_list", { queue_name: "q", echo: true });
    expect(await socket.receive()).toContain(`"body":${body}}`);
  });
});

describe("a frame", () => {
  test.each([
    ["not JSON", "hello", /^Can't decode text \(JSON\) request\. /, "frame-unparsable"],
    ["nothing", "", /^Can't decode text \(JSON\) request\. /, "frame-unparsable"],
    ["JSON that is cut short", '{"action":', /^Can't decode text \(JSON\) request\. /, "frame-unparsable"],
    ["two values", "{}{}", /^Can't decode text \(JSON\) request\. /, "frame-unparsable"],
    [
      "an integer beyond 64 bits",
      '{"action":9223372036854775808}',
      /^Can't decode text .* 64 bits/,
      "frame-unparsable",
    ],
    ["a list", "[]", /^Unexpected body type\. Expected dict or dict like\.$/, "frame-type-unsupported"],
    ["a number", "5", /^Unexpected body type\. Expected dict or dict like\.$/, "frame-type-unsupported"],
    ["a text", '"hello"', /^Unexpected body type\. Expected dict or dict like\.$/, "frame-type-unsupported"],
    ["null", "null", /^Unexpected body type\. Expected dict or dict like\.$/, "frame-type-unsupported"],
  ])("that is %s is 400, and the connection goes on", async (_, text, error, code) => {
    const socket = await connect();
    socket.transmit(text);
    const reply = await socket.reply();
    expect(reply).toEqual({
      request: NOTHING,
      body: { error: expect.stringMatching(error) as string, code },
      headers: { status: 400 },
    });
    await expectAlive(socket);
  });

  test.each([
    ["nothing", ""],
    ["text", "68656c6c6f"],
    ["a map that is cut short", "81a6616374696f6e"],
    ["a map of four thousand million members", "dfffffffff"],
    ["a text of four thousand million bytes", "81a6616374696f6edbffffffff"],
    ["an extension type", "c70105ff"],
    ["a timestamp", "d6ff00000000"],
    ["a key that is a number", "8101a16f"],
    ["invalid UTF-8", "81a6616374696f6ea1ff"],
    ["half a surrogate pair", "81a6616374696f6ea3eda080"],
    ["an integer beyond 64 bits with a sign", "81a16ecfffffffffffffffff"],
  ])("in binary that is %s is 400 in binary, and the connection goes on", async (_, hex) => {
    const socket = await connect();
    socket.transmit(Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)));
    const reply = await socket.reply();
    expect(reply).toEqual({
      request: NOTHING,
      body: {
        error: expect.stringMatching(/^Can't decode binary \(MessagePack\) request\. /) as string,
        code: "frame-unparsable",
      },
      headers: { status: 400 },
    });
    await expectAlive(socket);
  });

  test.each(["90", "c0", "01", "a161"])("in binary that is no map (%s) is 400", async (hex) => {
    const socket = await connect();
    socket.transmit(Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)));
    expect(await socket.reply()).toMatchObject({
      body: { error: "Unexpected body type. Expected dict or dict like.", code: "frame-type-unsupported" },
      headers: { status: 400 },
    });
    await expectAlive(socket);
  });

  test.each([
    ["in lists", `{"action":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["in maps", `{"action":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`],
    ["in a body", `{"action":"queue_get","headers":{},"body":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
  ])("nested 100,000 deep %s is 400, in both formats", async (_, text) => {
    const socket = await connect();
    socket.transmit(text);
    expect((await socket.reply()).headers.status).toBe(400);
    socket.transmit(new Uint8Array(100_000).fill(0x91));
    expect((await socket.reply()).headers.status).toBe(400);
    await expectAlive(socket);
  });
});

describe("an action", () => {
  const NAMES = ["nope", "", "Queue_list", "constructor", "__proto__", "toString"];
  // Requests of HTTP that have no action, upstream and here.
  const HTTP_ONLY = ["queue_update", "queue_share", "subscription_update", "subscription_confirm", "topic_list"];
  // These exist only with ADMIN_MODE and POOLING.
  const ADMINISTRATIVE = ["check_node_health", "pool_list", "pool_create", "flavor_list"];

  test.each([...NAMES, ...HTTP_ONLY, ...ADMINISTRATIVE])("called %j is 400", async (action) => {
    const socket = await connect();
    const reply = await socket.ask(action, {});
    expect(reply).toMatchObject({
      request: { action, body: {}, headers: socket.headers },
      body: { error: `${action} is not a valid action`, code: "action-unknown" },
      headers: { status: 400 },
    });
    await expectAlive(socket);
  });

  test.each([
    ["missing", undefined, "None"],
    ["null", null, "None"],
    ["a number", 5, "5"],
    ["a list", [1], "[1]"],
    ["a map", { a: 1 }, '{"a":1}'],
  ])("that is %s is 400", async (_, action, shown) => {
    const socket = await connect();
    socket.transmit(JSON.stringify({ action, headers: socket.headers, body: {} }));
    expect(await socket.reply()).toMatchObject({
      body: { error: `${shown} is not a valid action`, code: "action-unknown" },
      headers: { status: 400 },
    });
    await expectAlive(socket);
  });
});

describe("the schema", () => {
  const headers = { "X-Project-ID": "p", "Client-ID": crypto.randomUUID() };
  const body = { queue_name: "q" };

  test.each([
    ["no headers", { body }],
    ["headers that are null", { headers: null, body }],
    ["headers that are a list", { headers: [], body }],
    ["no Client-ID", { headers: { "X-Project-ID": "p" }, body }],
    ["no X-Project-ID", { headers: { "Client-ID": headers["Client-ID"] }, body }],
    ["a Client-ID that is a number", { headers: { ...headers, "Client-ID": 1 }, body }],
    ["a header in lower case", { headers: { "x-project-id": "p", "client-id": headers["Client-ID"] }, body }],
    ["a project with a line break in it", { headers: { ...headers, "X-Project-ID": "a\nb" }, body }],
    ["a project that the service has for itself", { headers: { ...headers, "X-Project-ID": "a\n\nhealth" }, body }],
    ["no body", { headers }],
    ["a body that is null", { headers, body: null }],
    ["a body that is a list", { headers, body: [] }],
    ["no queue", { headers, body: {} }],
    ["a queue that is a number", { headers, body: { queue_name: 1 } }],
  ])("is violated by %s: 400", async (_, frame) => {
    const socket = await connect();
    socket.transmit(JSON.stringify({ action: "queue_get", ...frame }));
    expect(await socket.reply()).toMatchObject({
      body: { error: "Schema validation failed.", code: "frame-invalid" },
      headers: { status: 400 },
    });
    await expectAlive(socket);
  });

  test.each([
    ["Client-ID", { "X-Project-ID": "p" }, "A frame needs the header `Client-ID`, a text."],
    [
      "X-Project-ID",
      { "Client-ID": headers["Client-ID"] },
      "A frame needs the header `X-Project-ID`, a text. It may be empty on a connection that has authenticated.",
    ],
  ])("a frame without %s is told so", async (_, given, description) => {
    const socket = await connect();
    socket.transmit(JSON.stringify({ action: "queue_get", headers: given, body }));
    const error = { error: "Schema validation failed.", code: "frame-invalid" };
    expect((await socket.reply()).body).toEqual({ ...error, description });
  });

  const WRONG: readonly (readonly [keyof typeof ACTIONS, Readonly<Record<string, unknown>>])[] = [
    ["queue_list", { limit: "1" }],
    ["queue_list", { detailed: 1 }],
    ["queue_list", { marker: 1 }],
    ["queue_create", { ...body, metadata: [] }],
    ["queue_create", { ...body, metadata: null }],
    ["message_post", body],
    ["message_post", { ...body, messages: {} }],
    ["message_list", { ...body, limit: 1.5 }],
    ["message_list", { ...body, limit: true }],
    ["message_list", { ...body, echo: "true" }],
    ["message_get", body],
    ["message_get", { ...body, message_id: 1 }],
    ["message_get_many", body],
    ["message_get_many", { ...body, message_ids: "a" }],
    ["message_delete", body],
    ["message_delete", { ...body, message_id: "a", claim_id: 1 }],
    ["message_delete_many", { ...body, pop: "1" }],
    ["claim_create", { ...body, ttl: "60" }],
    ["claim_create", { ...body, limit: null }],
    ["claim_get", body],
    ["claim_update", body],
    ["claim_delete", body],
    ["subscription_list", { ...body, limit: "1" }],
    ["subscription_create", { ...body, subscriber: 1 }],
    ["subscription_create", { ...body, subscriber: "mailto:a@b.test", ttl: "60" }],
    ["subscription_create", { ...body, subscriber: "mailto:a@b.test", options: [] }],
    ["subscription_get", body],
    ["subscription_delete", body],
  ];

  test.each(WRONG)("of %s is violated by %j: 400", async (action, wrong) => {
    const socket = await connect();
    expect(await socket.ask(action, wrong)).toMatchObject({
      body: { error: "Schema validation failed.", code: "frame-invalid" },
      headers: { status: 400 },
    });
  });

  test("lets unknown members pass", async () => {
    const socket = await connect();
    expect((await socket.ask("queue_get", { ...body, unknown: {} }, { unknown: {} })).headers.status).toBe(200);
  });
});
