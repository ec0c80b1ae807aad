/**
 * The check that all tests make of every frame: it accepts what the service replies, and refuses the same reply with anything
 * changed.
 */
import { expect, test } from "vitest";
import { ACTIONS } from "../../src/websocket/actions/table.ts";
import { connect, toText } from "../support/drivers/web-socket.ts";
import { defectOfFrame, endpointOfAction } from "../support/openapi-replies.ts";

const QUEUE = { queue_name: "orders" };

/** The reply to a claim of one message, or to another action, as text. */
async function replied(action = "claim_create", body: object = { ttl: 60, grace: 60 }): Promise<string> {
  const socket = await connect();
  await socket.ask("message_post", { ...QUEUE, messages: [{ body: "one" }] });
  socket.post(action, { ...QUEUE, ...body });
  const frame = toText(await socket.receive());
  expect(defectOfFrame(frame)).toBeNull();
  return frame;
}

test.each([
  ["another status", '"status":201', '"status":200', "claim_create has no status 200"],
  ["a header more", '"status":201', '"status":201,"more":1', "more"],
  ["a member of the envelope more", '{"request"', '{"more":1,"request"', "more"],
  ["a member of the request more", '"api":"v2"', '"api":"v2","more":1', "more"],
  ["a member of the envelope missing", /,"headers":\{"status":201\}/, "", "headers"],
  ["a member more", '"age"', '"more":1,"age"', "more"],
  ["a link, which frames do not have", '"age"', '"href":"/v2","age"', "href"],
  ["a member missing", /"age":\d+,/, "", "age"],
  ["the claim of a message missing", /(?<="id":"\w+",)"claim_id":"[^"]+",/, "", "claim_id"],
  ["a member of another type", /(?<="claim_id":"[^"]+",)"ttl":\d+/, '"ttl":"120"', "ttl"],
  ["a number below its minimum", /"age":\d+/, '"age":-1', "age"],
  ["a member of the root more", '"body":{"claim_id"', '"body":{"more":1,"claim_id"', "more"],
  ["a sentence instead of a document", /"body":\{"claim_id".*(?=,"headers")/, '"body":"Claimed."', "type"],
])("%s is refused", async (_, text, changed, defect) => {
  const frame = await replied();
  const mutated = frame.replace(text, changed);
  expect(mutated, "the mutation").not.toBe(frame);
  expect(defectOfFrame(mutated)).toContain(defect);
});

test.each([
  ["a code that the action does not have", '"claim-not-found"', '"key-not-found"', "the code key-not-found"],
  ["its status of another failure", '"status":404', '"status":409', "the code claim-not-found"],
  ["a member more", '"error":null', '"error":null,"more":1', "more"],
  ["no code", /,"code":"[^"]+"/, "", "code"],
])("a refusal with %s is refused", async (_, text, changed, defect) => {
  const frame = await replied("claim_get", { claim_id: "unknown" });
  expect(defectOfFrame(frame.replace(text, changed))).toContain(defect);
});

test("a fault with an unknown code is refused", async () => {
  const frame = await replied("claim_get", {});
  expect(defectOfFrame(frame.replace("frame-invalid", "claim-not-found"))).toContain("code");
});

test("the frame that ends a wait is compared", () => {
  const claim = { Message_Type: "Claim", queue_name: "orders", claim_id: null, messages: [] };
  expect(defectOfFrame(JSON.stringify(claim))).toBeNull();
  expect(defectOfFrame(JSON.stringify({ ...claim, messages: [{}] }))).toContain("id");
});

test("every action stands for an endpoint that performs its operation", () => {
  for (const [name, { operation }] of Object.entries(ACTIONS)) {
    // The home document is no operation with a policy.
    if (name === "get_home_doc") continue;
    expect(endpointOfAction(name as keyof typeof ACTIONS).operations, name).toContain(operation);
  }
});
