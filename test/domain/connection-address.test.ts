/** The URI of a subscriber that is a connection. */
import { expect, test } from "vitest";
import { parseConnection, toSubscriber } from "../../src/domain/connection-address.ts";
import { checkSubscriber, SUBSCRIBER_KINDS } from "../../src/domain/subscriber.ts";

const ADDRESS = { hub: "FRA/12", connection: "5f0b4d1c-8e53-4a44-8d3e-0a4f7f6f2f11" };

test("an address is read as it was written, whatever slashes the hub's name has", () => {
  expect(toSubscriber(ADDRESS)).toBe("websocket://FRA/12/5f0b4d1c-8e53-4a44-8d3e-0a4f7f6f2f11");
  expect(parseConnection(toSubscriber(ADDRESS))).toEqual(ADDRESS);
});

test.each(["https://a.example/b", "websocket:/a/b", "WEBSOCKET://a/b", "websocket://", "websocket://a"])(
  "%s is no connection",
  (subscriber) => {
    expect(parseConnection(subscriber)).toBeNull();
  },
);

test("a document that names a connection is refused", () => {
  expect(checkSubscriber(toSubscriber(ADDRESS), SUBSCRIBER_KINDS)).toMatchObject({
    ok: false,
    failure: { kind: "subscription-invalid" },
  });
});
