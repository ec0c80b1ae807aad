/** Metadata, pages, statistics and purges on the wire. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { parseQueueName, toEpoch, toMessageId, type QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { queueNamed } from "../../src/domain/place.ts";
import { unwrap } from "../../src/domain/refusal.ts";
import { toEpochMs, toSeconds } from "../../src/domain/time.ts";
import { parseQuery } from "../../src/wire/query.ts";
import { decodePurge, decodeQueueList, encodeMetadata, encodeQueueList, encodeStats } from "../../src/wire/queues.ts";

const { limits } = readConfig({ AUTH_STRATEGY: "none" });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const name = (text: string): QueueName => parseQueueName(text) as QueueName;

const DEFAULTS =
  '"_max_messages_post_size":262144,"_default_message_ttl":3600,"_default_message_delay":0,"_dead_letter_queue":null,"_dead_letter_queue_messages_ttl":null,"_max_claim_count":null,"_enable_encrypt_messages":false';

describe("metadata as shown", () => {
  test("has the defaults behind what is stored", () => {
    expect(encodeMetadata("queue", "{}" as JsonText, limits)).toBe(`{${DEFAULTS}}`);
    expect(encodeMetadata("queue", '{"team":"ops","n":1.0}' as JsonText, limits)).toBe(
      `{"team":"ops","n":1.0,${DEFAULTS}}`,
    );
  });

  test.each(["0", "0.0", "null", "false", '""', "[]", "{ }"])(
    "shows the default of a key that is stored as %s",
    (value) => {
      expect(encodeMetadata("queue", `{"_default_message_ttl":${value}}` as JsonText, limits)).toContain(
        '"_default_message_ttl":3600',
      );
    },
  );

  test("keeps stored values that are not falsy, and falsy ones of other keys", () => {
    const shown = encodeMetadata("queue", '{"_max_claim_count":3,"x":0,"_flavor":null}' as JsonText, limits);
    expect(shown).toMatch(/^\{"_max_claim_count":3,"x":0,"_flavor":null,/);
  });
});

test("topics show three defaults", () => {
  const defaults = '"_max_messages_post_size":262144,"_default_message_ttl":3600,"_default_message_delay":0';
  expect(encodeMetadata("topic", "{}" as JsonText, limits)).toBe(`{${defaults}}`);
  const stored = '{"_max_claim_count":0,"_default_message_ttl":0}' as JsonText;
  expect(JSON.parse(encodeMetadata("topic", stored, limits))).toEqual({
    _max_claim_count: 0,
    _default_message_ttl: 3600,
    _max_messages_post_size: 262144,
    _default_message_delay: 0,
  });
});

describe("a page of queues", () => {
  const page = { entries: [{ name: name("a"), metadata: "{}" as JsonText }], count: null };
  const shown = (query: string, parts = {}): unknown =>
    JSON.parse(
      encodeQueueList("queue", { ...page, ...parts }, unwrap(decodeQueueList("queue", parseQuery(query))), limits),
    );

  test.each([
    ["", "marker=a"],
    ["limit=1", "limit=1&marker=a"],
    ["limit=1&marker=0", "marker=a&limit=1"],
    ["with_count=yes&detailed=False&name=x%26y", "detailed=false&name=x%26y&with_count=true&marker=a"],
    ["team=ops&limit=+2", "limit=2&marker=a"],
  ])("asked with %j links to %j", (query, next) => {
    expect(shown(query)).toMatchObject({ links: [{ rel: "next", href: `/v2/queues?${next}` }] });
  });

  test("shows metadata only when asked for", () => {
    expect(shown("")).toMatchObject({ queues: [{ name: "a", href: "/v2/queues/a" }] });
    expect(shown("")).not.toHaveProperty("queues.0.metadata");
    expect(shown("detailed=true")).toHaveProperty("queues.0.metadata._default_message_ttl", 3600);
  });

  test("has no link when empty, and no count of 0", () => {
    expect(shown("with_count=true", { entries: [], count: 0 })).toEqual({ queues: [], links: [] });
    expect(shown("with_count=true", { count: 7 })).toHaveProperty("count", 7);
  });

  test("is filtered by every other parameter, the last value of each", () => {
    const query = unwrap(decodeQueueList("queue", parseQuery("team=ops&limit=1&_x=1,2&blank=&commas=,")));
    expect(query.filters).toEqual([
      { key: "team", value: "ops" },
      { key: "_x", value: "2" },
    ]);
  });
});

test("statistics have whole seconds and no null members", () => {
  const id = toMessageId(toEpoch(1, 1), 1);
  const stamp = { id, age: toSeconds(40), createdAt: toEpochMs(Date.UTC(2026, 0, 2, 3, 4, 5, 678)) };
  const stats = { exists: true, claimed: 1, free: 2, oldest: stamp, newest: null };
  expect(JSON.parse(encodeStats(queueNamed(name("q")), stats))).toEqual({
    messages: {
      claimed: 1,
      free: 2,
      total: 3,
      oldest: { age: 40, created: "2026-01-02T03:04:05Z", href: `/v2/queues/q/messages/${id}` },
    },
  });
});

test("a page of topics takes with_count for a filter, whatever its value", () => {
  const query = unwrap(decodeQueueList("topic", parseQuery("with_count=maybe&limit=1&detailed=true")));
  expect(query).toMatchObject({ withCount: null, filters: [{ key: "with_count", value: "maybe" }] });
  const page = { entries: [{ name: name("a"), metadata: "{}" as JsonText }], count: null };
  expect(JSON.parse(encodeQueueList("topic", page, query, limits))).toMatchObject({
    topics: [{ name: "a", href: "/v2/topics/a" }],
    links: [{ rel: "next", href: "/v2/topics?limit=1&detailed=true&marker=a" }],
  });
});

test("statistics of a topic with messages count no claims", () => {
  const topic = { kind: "topic", name: name("t") } as const;
  const none = { claimed: 0, free: 0, oldest: null, newest: null };
  expect(JSON.parse(encodeStats(topic, { exists: true, ...none }))).toEqual({ messages: { total: 0 } });
  expect(JSON.parse(encodeStats(topic, { exists: false, ...none }))).toEqual({
    messages: { claimed: 0, free: 0, total: 0 },
  });
});

describe("a purge", () => {
  test.each([
    [null, ["messages", "subscriptions"]],
    ["", ["messages", "subscriptions"]],
    ['{"resource_types":[]}', []],
    ['{"resource_types":["messages"]}', ["messages"]],
    ['{"resource_types":["subscriptions","messages"],"x":1}', ["subscriptions", "messages"]],
  ])("%j means %j", (text, types) => {
    expect(unwrap(decodePurge(text === null ? null : bytes(text)))).toEqual(types);
  });

  test.each([
    ["{", "body-unparsable"],
    ["{}", "purge-needs-types"],
    ['["messages"]', "purge-needs-types"],
    ['{"resource_types":"messages"}', "purge-type-unknown"],
    ['{"resource_types":["messages","claims"]}', "purge-type-unknown"],
    ['{"resource_types":[1]}', "purge-type-unknown"],
    ['{"resource_types":null}', "purge-type-unknown"],
  ])("%j is refused: %s", (text, kind) => {
    expect(decodePurge(bytes(text))).toMatchObject({ ok: false, failure: { kind } });
  });
});
