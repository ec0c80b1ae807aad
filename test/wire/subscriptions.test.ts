/** Subscriptions on the wire: the decoding of documents and the encoding of answers. */
import { describe, expect, test } from "vitest";
import { parseQueueName, toSubscriptionId, type QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { queueNamed } from "../../src/domain/place.ts";
import type { Subscription, WebhookSecret } from "../../src/domain/subscription.ts";
import { toSeconds } from "../../src/domain/time.ts";
import { parseQuery } from "../../src/wire/query.ts";
import {
  decodeConfirmation,
  decodeNewSubscription,
  decodeSubscriptionChanges,
  decodeSubscriptionList,
  encodeSecret,
  encodeSubscription,
  encodeSubscriptionId,
  encodeSubscriptionList,
} from "../../src/wire/subscriptions.ts";

const ORDERS = queueNamed(parseQueueName("orders") as QueueName);

function bytes(text: string | null): Uint8Array | null {
  return text === null ? null : new TextEncoder().encode(text);
}

function numbered(number: number): Subscription {
  return {
    id: toSubscriptionId(number, new Uint8Array(6)),
    subscriber: 'http://a/"é"',
    ttl: toSeconds(220367260800),
    age: toSeconds(12),
    options: '{"n":1.0, "big":9007199254740993}' as JsonText,
    confirmed: false,
  };
}

/** Checks that all documents of subscriptions have in common; null: no body. */
const DOCUMENTS: readonly (readonly [body: string | null, outcome: unknown])[] = [
  [null, { value: "{}" }],
  ["", { value: "{}" }],
  ["{}", { value: "{}" }],
  [' {"subscriber": "", "n":1.0}', { value: '{"subscriber": "", "n":1.0}' }],
  ["{", { failure: { kind: "body-unparsable" } }],
  [" ", { failure: { kind: "body-unparsable" } }],
  ['"http://a"', { failure: { kind: "body-unparsable" } }],
  ["5", { failure: { kind: "body-unparsable" } }],
  ['{"ttl":9223372036854775807}', { value: '{"ttl":9223372036854775807}' }],
  ['{"ttl":9223372036854775808}', { failure: { kind: "integer-too-large" } }],
  ['{"options":{"a":[-9223372036854775809]}}', { failure: { kind: "integer-too-large" } }],
];

describe("the document of a new subscription", () => {
  test.each([...DOCUMENTS, ["[]", { failure: { kind: "document-type-unsupported" } }] as const])(
    "%j",
    (body, outcome) => {
      expect(decodeNewSubscription(bytes(body))).toMatchObject(outcome as object);
    },
  );
});

describe("the document of changes", () => {
  const refusal = { failure: { kind: "subscription-invalid", reason: "Subscriptions must be a dict." } };
  test.each([...DOCUMENTS, ["[]", refusal] as const, ['[{"op":"add"}]', refusal] as const])("%j", (body, outcome) => {
    expect(decodeSubscriptionChanges(bytes(body))).toMatchObject(outcome as object);
  });
});

describe("the document of a confirmation", () => {
  const notBoolean = { failure: { kind: "subscription-invalid", reason: "The 'confirmed' should be boolean." } };
  test.each([
    ['{"confirmed":true}', { value: true }],
    ['{"confirmed": false, "more": 1}', { value: false }],
    [null, notBoolean],
    ["", notBoolean],
    ["{}", notBoolean],
    ['{"confirmed":null}', notBoolean],
    ['{"confirmed":1}', notBoolean],
    ['{"confirmed":"true"}', notBoolean],
    ['{"confirmed":[true]}', notBoolean],
    ["[]", { failure: { kind: "subscription-not-confirmed", subscription: "s1" } }],
    ["true", { failure: { kind: "body-unparsable" } }],
    ["{", { failure: { kind: "body-unparsable" } }],
  ])("%j", (body, outcome) => {
    expect(decodeConfirmation(bytes(body), "s1")).toMatchObject(outcome);
  });
});

describe("the parameters of a list", () => {
  test.each([
    ["", { value: { marker: null, limit: null } }],
    ["marker=&limit=", { value: { marker: null, limit: null } }],
    ["limit=0&marker=x&detailed=True", { value: { marker: "x", limit: 0 } }],
    ["limit=two", { failure: { kind: "parameter-invalid", name: "limit", expected: "an integer" } }],
  ])("%s", (query, outcome) => {
    expect(decodeSubscriptionList(parseQuery(query))).toMatchObject(outcome);
  });
});

test("a subscription has its members in upstream's order, and its options as they were written", () => {
  expect(encodeSubscription(ORDERS, numbered(1))).toBe(
    String.raw`{"id":"000000000001000000000000","source":"orders","subscriber":"http://a/\"é\"","ttl":220367260800,"age":12,` +
      '"options":{"n":1.0, "big":9007199254740993},"confirmed":false}',
  );
});

describe("a page", () => {
  const none = { marker: null, limit: null };
  test.each([
    [none, "marker=ID"],
    [{ marker: null, limit: 2 }, "limit=2&marker=ID"],
    [{ marker: "a b", limit: 2 }, "marker=ID&limit=2"],
  ])("asked for with %j links to what is behind its last entry", (query, parameters) => {
    const page = [numbered(1), numbered(2)];
    const { links } = JSON.parse(encodeSubscriptionList(ORDERS, page, query)) as { readonly links: unknown };
    const href = `/v2/queues/orders/subscriptions?${parameters.replace("ID", numbered(2).id)}`;
    expect(links).toEqual([{ rel: "next", href }]);
  });

  test("holds subscriptions as they are shown one by one", () => {
    const [first, second] = [numbered(1), numbered(2)].map((each) => encodeSubscription(ORDERS, each));
    expect(encodeSubscriptionList(ORDERS, [numbered(1), numbered(2)], none)).toContain(
      `{"subscriptions":[${first},${second}],"links":`,
    );
  });

  test("without entries has no link", () => {
    expect(encodeSubscriptionList(ORDERS, [], { marker: "x", limit: 5 })).toBe('{"subscriptions":[],"links":[]}');
  });
});

describe("answers", () => {
  test("of one member", () => {
    expect(encodeSubscriptionId(numbered(1).id)).toBe('{"subscription_id":"000000000001000000000000"}');
    expect(encodeSecret("whsec_x" as WebhookSecret)).toBe('{"secret":"whsec_x"}');
  });
});
