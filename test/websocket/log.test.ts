/** The lines of frames: as those of requests, whether a frame reaches an action or not. Runs with ACCESS_LOG. */
import { expect, test } from "vitest";
import { connect, Connection, upgrade } from "../support/drivers/web-socket.ts";
import { project } from "../support/drivers/zaqar-client.ts";
import { captureLog } from "../support/log.ts";

const log = captureLog();

const CANARY = "canary-of-a-frame";

test("a connection and each of its frames are a line with operation, status and code", async () => {
  const owner = project();
  const socket = await connect(owner.id);
  await socket.ask("queue_create", { queue_name: "orders", metadata: { note: CANARY } });
  await socket.ask("message_post", { queue_name: "orders", messages: [{ body: CANARY, ttl: CANARY }] });
  await socket.ask("authenticate", {}, { "X-Auth-Token": CANARY });
  const common = { event: "request", project: owner.id, queue: "orders" };
  expect(log.about(owner.id)).toEqual([
    { ...common, operation: "queue_create", status: 201 },
    { ...common, operation: "message_post", status: 400, code: "field-type-invalid" },
  ]);
  expect(log.about("websocket_connect")).toEqual([{ event: "request", operation: "websocket_connect", status: 101 }]);
  expect(log.lines.join()).not.toContain(CANARY);
});

test("frames that reach no action are logged too, and an upgrade that is refused", async () => {
  const socket = await Connection.open();
  socket.transmit(`{"${CANARY}`);
  await socket.receive();
  socket.transmit(JSON.stringify({ action: CANARY, headers: { "Client-ID": CANARY }, body: {} }));
  await socket.receive();
  socket.transmit(JSON.stringify({ action: "queue_list", body: CANARY }));
  await socket.receive();
  expect((await upgrade("/v2/websocket", { Origin: `https://${CANARY}.example` })).status).toBe(403);
  expect(log.about('"event":"request"')).toEqual([
    { event: "request", operation: "websocket_connect", status: 101 },
    { event: "request", status: 400, code: "frame-unparsable" },
    { event: "request", status: 400, code: "action-unknown" },
    { event: "request", status: 400, code: "frame-invalid" },
    { event: "request", operation: "websocket_connect", status: 403, code: "not-authorized" },
  ]);
  expect(log.lines.join()).not.toContain(CANARY);
});
