/** Signed frames: what a shared URL permits a client without a credential (Zaqar: zaqar/api/handler.py). */
import { beforeEach, describe, expect, test } from "vitest";
import { freshProject } from "../../support/drivers/authenticated-client.ts";
import type { SharedUrl } from "../../support/drivers/project-owner.ts";
import {
  client,
  FITS_ALL,
  makeKey,
  NOT_AUTHENTICATED,
  share,
  signedHeaders,
  statusOf,
  stranger,
} from "../../support/drivers/proven-client.ts";
import { restartHub } from "../../support/objects/hub.ts";
import { clock, freezeClock } from "../../support/clock.ts";
import { ACTIONS } from "../../../src/websocket/actions/table.ts";

freezeClock();
beforeEach(restartHub);

const Q = { queue_name: "orders" };
const ALL = ["GET", "POST", "DELETE", "PUT", "PATCH"];

/** A queue of a project of its own, shared for these methods. */
async function shared(methods: readonly string[], more: object = {}): Promise<SharedUrl> {
  const key = await makeKey({ project_id: freshProject() });
  return share(key, "orders", { paths: ["messages"], methods, ...more });
}

test("a signature permits the six actions on messages, each by its method", async () => {
  const actions = Object.keys(ACTIONS).filter((name) => name.startsWith("message_"));
  expect(actions).toHaveLength(6);
  const methods = { GET: /_list$|_get$|_get_many$/, POST: /_post$/, DELETE: /_delete$|_delete_many$/ };
  for (const [method, pattern] of Object.entries(methods)) {
    const headers = signedHeaders(await shared([method]));
    const socket = await stranger();
    for (const action of actions) {
      const body = action === "message_delete" ? { ...Q, message_id: "a" } : { ...FITS_ALL, claim_id: undefined };
      const reply = await socket.ask(action, body, headers);
      if (pattern.test(action)) expect(reply).not.toMatchObject(NOT_AUTHENTICATED);
      else expect(reply, `${action} by ${method}`).toMatchObject(NOT_AUTHENTICATED);
    }
  }
});

test("a signature permits nothing else", async () => {
  const key = await makeKey({ project_id: freshProject() });
  const paths = ["messages", "claims", "subscriptions"];
  const headers = signedHeaders(await share(key, "orders", { paths, methods: ALL }));
  const socket = await stranger();
  for (const action of Object.keys(ACTIONS).filter((name) => !name.startsWith("message_"))) {
    expect(await socket.ask(action, FITS_ALL, headers), action).toMatchObject(NOT_AUTHENTICATED);
  }
});

test("messages go through a shared queue, in both formats", async () => {
  const headers = signedHeaders(await shared(ALL));
  const socket = await stranger();
  expect(statusOf(await socket.ask("message_post", { ...Q, messages: [{ body: "a" }] }, headers))).toBe(201);
  const list = await socket.askInBinary("message_list", { ...Q, echo: true }, headers);
  expect(list).toMatchObject({ body: { messages: [{ body: "a" }] }, headers: { status: 200 } });
  expect(statusOf(await socket.ask("message_delete_many", { ...Q, pop: 1 }, headers))).toBe(200);
  // The connection is not authenticated: each frame has its own signature.
  expect(await socket.ask("message_list", Q)).toMatchObject(NOT_AUTHENTICATED);
});

test("replies to signed frames are not bounded as those to strangers are", async () => {
  const headers = signedHeaders(await shared(ALL));
  const socket = await stranger();
  const filler = "x".repeat(600_000);
  for (let count = 0; count < 3; count++) {
    expect(await socket.ask("message_list", { ...Q, filler })).toMatchObject(NOT_AUTHENTICATED);
    expect(statusOf(await socket.ask("message_list", { ...Q, filler }, headers))).toBe(404);
    expect(statusOf(await socket.ask("message_list", { ...Q, filler }, headers))).toBe(404);
  }
});

describe("a signature is worth nothing", () => {
  const CHANGES: readonly (readonly [string, (url: SharedUrl) => object])[] = [
    ["for another project", () => ({ "X-Project-ID": freshProject() })],
    ["for another time", ({ expires }) => ({ "URL-Expires": expires.replace(/^\d+/, "2999") })],
    ["for more methods", ({ methods }) => ({ "URL-Methods": [...methods, "PUT"] })],
    ["for another path", () => ({ "URL-Paths": ["/v2/queues/invoices/messages"] })],
    ["for more paths", ({ paths }) => ({ "URL-Paths": [...paths, "/v2/queues/orders/claims"] })],
    ["with methods as text, as over HTTP", ({ methods }) => ({ "URL-Methods": methods.join(",") })],
    ["with paths as text, as over HTTP", ({ paths }) => ({ "URL-Paths": paths.join(",") })],
    ["without methods", () => ({ "URL-Methods": undefined })],
    ["without paths", () => ({ "URL-Paths": undefined })],
    ["without a time", () => ({ "URL-Expires": undefined })],
    ["with methods that are numbers", () => ({ "URL-Methods": [1] })],
    ["that is made up", () => ({ "URL-Signature": "0".repeat(64) })],
  ];

  test.each(CHANGES)("%s", async (_, change) => {
    const url = await shared(["GET"]);
    const socket = await stranger();
    expect(statusOf(await socket.ask("message_list", { ...Q, echo: true }, signedHeaders(url)))).toBe(404);
    const headers = { ...signedHeaders(url), ...change(url) };
    expect(await socket.ask("message_list", Q, headers)).toMatchObject(NOT_AUTHENTICATED);
    expect(statusOf(await socket.ask("nope"))).toBe(400);
  });

  test.each(["invoices", "order", "orders2", "orders/messages", "orders/messages/../../invoices", "..", "orders%2F"])(
    "for the queue %j",
    async (name) => {
      const headers = signedHeaders(await shared(["GET"]));
      const socket = await stranger();
      const status = statusOf(await socket.ask("message_list", { queue_name: name }, headers));
      expect([400, 403]).toContain(status);
    },
  );

  test("once its time is over", async () => {
    const expires = new Date(Date.now() + 60_000).toISOString();
    const headers = signedHeaders(await shared(["POST"], { expires }));
    const socket = await stranger();
    const body = { ...Q, messages: [{ body: 1 }] };
    clock.advance({ ms: 59_999 });
    expect(statusOf(await socket.ask("message_post", body, headers))).toBe(201);
    clock.advance({ ms: 1 });
    expect(await socket.ask("message_post", body, headers)).toMatchObject(NOT_AUTHENTICATED);
  });

  test("once it is revoked", async () => {
    const project = freshProject();
    const key = await makeKey({ project_id: project });
    const headers = signedHeaders(await share(key, "orders", { paths: ["messages"], methods: ["POST"] }));
    const body = { ...Q, messages: [{ body: 1 }] };
    const owner = await client(project, key.key);
    await owner.ask("queue_create", { ...Q, metadata: { _signing_generation: 2 } });
    const socket = await stranger();
    expect(await socket.ask("message_post", body, headers)).toMatchObject(NOT_AUTHENTICATED);
  });

  test("on a connection that is authenticated", async () => {
    const headers = signedHeaders(await shared(ALL));
    const project = freshProject();
    const socket = await client(project, (await makeKey({ project_id: project })).key);
    expect(statusOf(await socket.ask("message_list", Q, headers))).toBe(403);
    const own = { ...headers, "X-Project-ID": project };
    expect(statusOf(await socket.ask("message_post", { ...Q, messages: [{ body: 1 }] }, own))).toBe(201);
  });
});
