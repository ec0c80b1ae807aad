/** The sequences of frames that upstream's sample clients send (openstack/zaqar, samples/ and examples/websocket.html). */
import { expect, test } from "vitest";
import { connect } from "../support/drivers/web-socket.ts";

const Q = { queue_name: "SampleQueue" };

test("the senders and receivers in Java, JavaScript and Node.js wait for no reply before the next frame", async () => {
  const socket = await connect();
  socket.post("authenticate", undefined, { "X-Auth-Token": "8444886d" });
  socket.post("message_post", { ...Q, messages: [{ body: "a sample" }] });
  socket.post("claim_create", Q);
  socket.post("claim_create", Q);
  const replies = [await socket.reply(), await socket.reply(), await socket.reply(), await socket.reply()];
  expect(replies.map(({ headers }) => headers.status)).toEqual([200, 201, 201, 204]);
  // They read `body.messages` of every frame.
  const messages = replies.map(({ body }) => (body as { readonly messages?: readonly object[] }).messages);
  expect(messages).toMatchObject([undefined, undefined, [{ body: "a sample" }], undefined]);
});

test("the page lists, subscribes, posts and deletes in MessagePack", async () => {
  const socket = await connect();
  const on = socket.askInBinary.bind(socket);
  expect(await on("queue_create", Q)).toMatchObject({ headers: { status: 201 } });
  // Without a body.
  expect(await on("queue_list")).toMatchObject({ body: { queues: [{ name: "SampleQueue" }] } });
  expect(await on("subscription_create", { ...Q, ttl: 3600 })).toMatchObject({ headers: { status: 201 } });
  expect(await on("message_post", { ...Q, messages: [{ body: "hello", ttl: 3600 }] })).toMatchObject({
    request: { action: "message_post" },
    headers: { status: 201 },
  });
  const notification = (await socket.pushed()) as object;
  expect(notification).toMatchObject({ body: "hello", queue_name: "SampleQueue" });
  // By these members it tells replies from notifications.
  expect(Object.keys(notification)).not.toEqual(expect.arrayContaining(["request", "headers"]));
  const list = await on("message_list", { ...Q, echo: true });
  const [message] = (list.body as { readonly messages: readonly { readonly id: string }[] }).messages;
  expect(message).toMatchObject({ body: "hello", age: 0, ttl: 3600 });
  expect(await on("message_delete", { ...Q, message_id: message?.id })).toMatchObject({ headers: { status: 204 } });
  expect(await on("queue_delete", Q)).toMatchObject({ headers: { status: 204 } });
});
