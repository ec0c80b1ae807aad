/** What each action is answered (Zaqar: zaqar/api/v2/endpoints.py). */
import { expect, test } from "vitest";
import { connect } from "../support/drivers/web-socket.ts";

test("a queue is created, filled, listed", async () => {
  const socket = await connect();
  expect(await socket.ask("queue_create", { queue_name: "orders" })).toMatchObject({
    body: "Queue orders created.",
    headers: { status: 201 },
  });
  const posted = await socket.ask("message_post", { queue_name: "orders", messages: [{ body: { n: 1 }, ttl: 60 }] });
  expect(posted).toMatchObject({ headers: { status: 201 } });
  expect(await socket.askInBinary("message_list", { queue_name: "orders", echo: true })).toMatchObject({
    headers: { status: 200 },
    body: { messages: [{ body: { n: 1 } }] },
  });
  expect(await socket.askInBinary("claim_create", { queue_name: "orders", ttl: 60, grace: 60 })).toMatchObject({
    headers: { status: 201 },
  });
});
