/** The order of replies. Only by it does a client know to which request a reply belongs. */
import { expect, test } from "vitest";
import type { HubRpc } from "../../src/objects/rpc/hub.ts";
import { connect } from "../support/drivers/web-socket.ts";
import { hub } from "../support/objects/hub.ts";

test("frames sent at once are answered in order, whatever each takes", async () => {
  const socket = await connect();
  const sent: string[] = [];
  const post = (action: string, body: object): void => {
    sent.push(action);
    socket.post(action, body);
  };
  for (let round = 0; round < 20; round++) {
    // A request with a commit, a read, and a request without an object.
    post("message_post", { queue_name: `q${round}`, messages: [{ body: round }] });
    post("nope", {});
    post("message_list", { queue_name: `q${round}`, echo: true });
    post("queue_get", { queue_name: 5 });
    post("authenticate", {});
  }
  const answered: unknown[] = [];
  while (answered.length < sent.length) answered.push((await socket.reply()).request.action);
  expect(answered).toEqual(sent);
});

test("a frame sees what those before it have done", async () => {
  const socket = await connect();
  socket.post("message_post", { queue_name: "q", messages: [{ body: 1 }, { body: 2 }] });
  socket.postInBinary("claim_create", { queue_name: "q", ttl: 60, grace: 60, limit: 1 });
  socket.post("queue_get_stats", { queue_name: "q" });
  socket.postInBinary("queue_delete", { queue_name: "q" });
  socket.post("queue_get_stats", { queue_name: "q" });
  const replies = [];
  for (let count = 0; count < 5; count++) replies.push(await socket.reply());
  expect(replies.map(({ headers }) => headers.status)).toEqual([201, 201, 200, 204, 404]);
  expect(replies[2]?.body).toMatchObject({ messages: { claimed: 1, free: 1, total: 2 } });
});

test("when the service is about to stop, a connection is closed behind its last reply", async () => {
  const socket = await connect();
  socket.post("message_post", { queue_name: "q", messages: [{ body: 1 }] });
  socket.post("queue_get_stats", { queue_name: "q" });
  // Both have arrived when these calls do. The connection is in one of the first hubs.
  const hubs = ["hub/0", "hub/1", "hub/2", "hub/3"].map((name) => hub(name) as unknown as HubRpc);
  await Promise.all(hubs.map((each) => each.closeAll()));
  expect((await socket.reply()).headers.status).toBe(201);
  expect((await socket.reply()).headers.status).toBe(200);
  expect(await socket.closed).toEqual({ code: 1012, reason: "The service restarts." });
});
