/** Settings that change what frames do, as they do over HTTP. The values are in test/support/changed-settings.ts. */
import { describe, expect, test } from "vitest";
import { connect, type Connection } from "../support/drivers/web-socket.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { queueStub, storedText } from "../support/objects/stubs.ts";

interceptCalls();

const Q = { queue_name: "orders" };
const SECRET = "the meeting is at dawn";

async function queueAndSocket(metadata = {}): Promise<readonly [Queue, Connection]> {
  const orders = await project().queue("orders", metadata);
  return [orders, await connect(orders.project.id)];
}

describe("REQUIRE_CONFIRMATION", () => {
  test("is not for connections that have subscribed themselves", async () => {
    const [orders, socket] = await queueAndSocket();
    const id = await socket.subscribe("orders");
    expect(await orders.subscription(id)).toMatchObject({ confirmed: true });
    await orders.post("a");
    expect(await socket.pushed()).toMatchObject({ Message_Type: "Notification", body: "a" });
  });

  test("is for the subscribers that frames name", async () => {
    const [orders, socket] = await queueAndSocket();
    const hook = new Receiver();
    const reply = await socket.ask("subscription_create", { ...Q, subscriber: hook.url });
    expect(reply).toMatchObject({ headers: { status: 201 } });
    await orders.post("a");
    await expect.poll(() => hook.received.length).toBe(1);
    expect(JSON.parse(hook.received[0]?.body ?? "")).toMatchObject({ Message_Type: "SubscriptionConfirmation" });
  });
});

test("MESSAGE_ENCRYPTION_KEY: what frames post is encrypted at rest and in pushes, and decrypted in replies", async () => {
  const [orders, socket] = await queueAndSocket({ _enable_encrypt_messages: true });
  await socket.subscribe("orders");
  const posted = await socket.ask("message_post", { ...Q, messages: [{ body: SECRET }] });
  const [id] = (posted.body as { readonly message_ids: readonly string[] }).message_ids;
  expect(await storedText(queueStub(orders))).not.toContain(SECRET);
  // As subscribers get it.
  expect(JSON.stringify(await socket.pushed())).not.toContain(SECRET);
  expect(await socket.ask("message_list", { ...Q, echo: true })).toMatchObject({
    body: { messages: [{ body: SECRET }] },
  });
  expect(await socket.ask("message_get", { ...Q, message_id: id })).toMatchObject({
    body: { messages: { body: SECRET } },
  });
  const claim = await socket.ask("claim_create", Q);
  expect(claim).toMatchObject({ body: { messages: [{ body: SECRET }] } });
  await socket.ask("claim_delete", { ...Q, claim_id: (claim.body as { readonly claim_id: string }).claim_id });
  expect(await socket.ask("message_delete_many", { ...Q, pop: 1 })).toMatchObject({
    body: { messages: [{ body: SECRET }] },
  });
});

test("ENABLE_CHECKSUM: messages have checksums, also those that a wait has claimed", async () => {
  const [, socket] = await queueAndSocket();
  const checksum = "MD5:6067924ae1b1832abce3d12fe83755a9";
  await socket.ask("claim_create", { ...Q, wait: 2 });
  await socket.ask("message_post", { ...Q, messages: [{ body: "a" }, { body: null }] });
  const waited = (await socket.pushed()) as { readonly messages: readonly object[] };
  expect(waited.messages).toMatchObject([{ checksum }, { body: null }]);
  expect(waited.messages[1]).not.toHaveProperty("checksum");
  const list = await socket.ask("message_list", { ...Q, echo: true, include_claimed: true });
  expect(list).toMatchObject({ body: { messages: [{ checksum }, {}] } });
});

test("MESSAGE_DELETE_WITH_CLAIM_ID: ids need the ids of their claims", async () => {
  const [, socket] = await queueAndSocket();
  const posted = await socket.ask("message_post", { ...Q, messages: [{ body: 1 }] });
  const { message_ids: ids } = posted.body as { readonly message_ids: readonly string[] };
  const claim = await socket.ask("claim_create", Q);
  const { claim_id: id } = claim.body as { readonly claim_id: string };
  expect((await socket.ask("message_delete_many", { ...Q, message_ids: ids })).headers.status).toBe(400);
  const request = { ...Q, message_ids: ids, claim_ids: [id] };
  expect((await socket.ask("message_delete_many", request)).headers.status).toBe(204);
});

test.each([
  ["x".repeat(4), 400],
  ["x".repeat(5), 201],
  ["x".repeat(40), 201],
  ["x".repeat(41), 400],
])("CLIENT_ID_UUID_SAFE=off: the Client-ID %s is any text of the right length: %d", async (client, status) => {
  const socket = await connect(undefined, client);
  expect((await socket.ask("message_post", { ...Q, messages: [{ body: 1 }] })).headers.status).toBe(status);
});

test("SUBSCRIBER_TYPES: other subscribers are refused", async () => {
  const [, socket] = await queueAndSocket();
  const reply = await socket.ask("subscription_create", { ...Q, subscriber: "http://subscriber.test" });
  expect(reply).toMatchObject({
    body: { exception: expect.stringContaining("['https', 'mailto']") as string },
    headers: { status: 400 },
  });
});
