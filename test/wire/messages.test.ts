/** The decoding of posts and the encoding of messages. */
import { describe, expect, test } from "vitest";
import { toEpoch, toClaimId, toMessageId, parseQueueName, type QueueName } from "../../src/domain/id.ts";
import { splitBodies, type Message, type Posting } from "../../src/domain/message.ts";
import { toSeconds } from "../../src/domain/time.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { queueNamed } from "../../src/domain/place.ts";
import {
  encodeMessage,
  encodeMessageList,
  encodePop,
  encodePosted,
  type MessageListQuery,
} from "../../src/wire/messages.ts";
import { decodePosting } from "../../src/wire/message-posts.ts";

const QUEUE = queueNamed(parseQueueName("jobs") as QueueName);
const EPOCH = toEpoch(0x18c0ffee123, 0xabcde);
const A = toMessageId(EPOCH, 1);
const B = toMessageId(EPOCH, 2);
const CLAIM = toClaimId("3381af92-2b9e-11e3-b191-71861300734c");

function decode(text: string): Posting {
  return decodePosting(new TextEncoder().encode(text));
}

function message(parts: Partial<Message> = {}): Message {
  const body = '{"job": 1.0}' as JsonText;
  return { id: A, ttl: toSeconds(300), age: toSeconds(2), body, claim: null, claimCount: 0, ...parts };
}

const NO_ARRAY = { kind: "document-type-unsupported", member: "messages", expected: "array" };

describe("a post", () => {
  test("keeps every body as it was written", () => {
    const bodies = ['{"b":1, "a":1.0,"a":2}', "9007199254740993", '"\\ud800"', "null", "[ 1 ]", "1e400", '""'];
    const { runs } = decode(`{"messages":[${bodies.map((body) => `{ "body" : ${body} }`).join(" , ")}]}`);
    expect(runs).toHaveLength(1);
    expect(runs.flatMap((run) => splitBodies(run.bodies))).toEqual(bodies);
  });

  test("gathers successive messages with one ttl and delay into runs", () => {
    const { runs, defect } = decode(
      `{"messages":[{"body":1,"ttl":60},{"ttl":60,"body":2},{"body":3},{"body":4,"ttl":60},{"body":5,"ttl":60,"delay":0},{"body":6,"ttl":60,"delay":0}]}`,
    );
    expect(defect).toBeNull();
    expect(runs.map(({ ttl, delay, count }) => [ttl, delay, count])).toEqual([
      [60, null, 2],
      [null, null, 1],
      [60, null, 1],
      [60, 0, 2],
    ]);
  });

  test("the last of repeated members counts", () => {
    const { runs } = decode(`{"messages":1,"messages":[{"body":1,"ttl":"x","b\\u006fdy":[2],"ttl":60}]}`);
    expect(runs).toEqual([{ ttl: 60, delay: null, count: 1, bodies: "[2]" }]);
    expect(decode(`{"messages":[{"body":1}],"messages":{}}`).defect?.kind).toBe("document-type-unsupported");
  });

  test("drops what it does not know", () => {
    const { runs } = decode(`{"x":1,"messages":[{"body":1,"claim_id":"c","id":7}]}`);
    expect(runs).toEqual([{ ttl: null, delay: null, count: 1, bodies: "1" }]);
  });

  test("counts true as 1, like Python", () => {
    expect(decode(`{"messages":[{"body":1,"ttl":true}]}`).runs[0]?.ttl).toBe(1);
  });

  test.each([
    ["", { kind: "body-unparsable" }, "no text"],
    ["{", { kind: "body-unparsable" }, "no JSON"],
    ["\ufeff{}", { kind: "body-unparsable" }, "a byte order mark"],
    ['"messages"', { kind: "body-unparsable" }, "a scalar"],
    ['{"messages":[{"body":9223372036854775808}]}', { kind: "integer-too-large" }, "an integer beyond 64 bits"],
    ["{}", { kind: "messages-missing" }, "no messages"],
    ['["messages"]', { kind: "messages-missing" }, "an array"],
    ['{"messages":{}}', NO_ARRAY, "messages that are no array"],
    ['{"messages":null}', NO_ARRAY, "messages that are null"],
    ['{"messages":[]}', { kind: "messages-none" }, "an empty array"],
    ['{"messages":[1]}', { kind: "field-type", field: "messages", expected: "object" }, "a message that is a number"],
    ['{"messages":["s"]}', { kind: "field-type", field: "messages", expected: "object" }, "a message that is a string"],
    ['{"messages":[{}]}', { kind: "field-missing", field: "body" }, "a message without a body"],
    ['{"messages":[{"body":1,"ttl":null}]}', { kind: "field-type", field: "ttl", expected: "int" }, "a ttl of null"],
    ['{"messages":[{"body":1,"ttl":"60"}]}', { kind: "field-type", field: "ttl", expected: "int" }, "a ttl of text"],
    [
      '{"messages":[{"body":1,"ttl":60.0}]}',
      { kind: "field-type", field: "ttl", expected: "int" },
      "a ttl with a fraction",
    ],
    ['{"messages":[{"ttl":"60"}]}', { kind: "field-type", field: "ttl", expected: "int" }, "ttl before body"],
    ['{"messages":[{"body":1},{}]}', { kind: "field-missing", field: "body" }, "all or nothing"],
  ])("%j is refused with %j: %s", (text, defect, _) => {
    expect(decode(text)).toEqual({ runs: [], defect, delayDefect: null });
  });

  test("without a Content-Length is empty", () => {
    expect(decodePosting(null).defect).toEqual({ kind: "body-empty" });
  });

  test("that is not UTF-8 cannot be parsed", () => {
    expect(decodePosting(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])).defect).toEqual({ kind: "body-unparsable" });
  });

  test("with a delay that is not an integer is read to its end, because the queue may ignore delays", () => {
    const { runs, defect, delayDefect } = decode(`{"messages":[{"body":1,"delay":"x"},{"body":2,"delay":5}]}`);
    expect(delayDefect).toEqual({ kind: "field-type", field: "delay", expected: "int" });
    expect(defect).toBeNull();
    expect(runs.map(({ delay }) => delay)).toEqual([null, 5]);
  });

  test("reports an invalid delay before another defect, and not one after it", () => {
    const before = decode(`{"messages":[{"body":1,"delay":"x"},{}]}`);
    expect([before.delayDefect?.kind, before.defect?.kind]).toEqual(["field-type", "field-missing"]);
    const behind = decode(`{"messages":[{"delay":"x"},{"body":1,"delay":"x"}]}`);
    expect([behind.delayDefect, behind.defect?.kind]).toEqual([null, "field-missing"]);
  });
});

describe("a message", () => {
  test("has exactly these members", () => {
    expect(encodeMessage(QUEUE, message(), null)).toBe(
      `{"id":"${A}","href":"/v2/queues/jobs/messages/${A}","ttl":300,"age":2,"body":{"job": 1.0}}`,
    );
  });

  test("names its claim at the end of its href", () => {
    const text = encodeMessage(QUEUE, message({ claim: CLAIM }), null);
    expect(text).toContain(`"href":"/v2/queues/jobs/messages/${A}?claim_id=${CLAIM}"`);
  });

  test("shows a checksum when there is one", () => {
    expect(encodeMessage(QUEUE, message(), "MD5:00")).toMatch(/"body":\{"job": 1\.0\},"checksum":"MD5:00"\}$/);
  });

  test("that was popped has no href, but its claim and count", () => {
    expect(encodePop([message({ claimCount: 2 })], null)).toBe(
      `{"messages":[{"id":"${A}","age":2,"ttl":300,"body":{"job": 1.0},"claim_id":null,"claim_count":2}]}`,
    );
    expect(encodePop([message({ claim: CLAIM })], ["MD5:00"])).toContain(
      `"claim_id":"${CLAIM}","claim_count":0,"checksum":"MD5:00"`,
    );
    expect(encodePop([], null)).toBe('{"messages":[]}');
  });
});

test("the answer to a post names what it stored", () => {
  const path = "/v2/queues/jobs/messages";
  const many = (count: number): string =>
    encodePosted(
      QUEUE,
      Array.from({ length: count }, () => A),
    ).location;
  expect(many(20)).toMatch(/^\/v2\/queues\/\w+\/messages\?ids=[0-9a-f,]+$/);
  expect(many(21)).toMatch(/^\/v2\/queues\/\w+\/messages$/);
  expect(encodePosted(QUEUE, [A, B])).toEqual({
    body: `{"resources":["${path}/${A}","${path}/${B}"]}`,
    location: `${path}?ids=${A},${B}`,
  });
});

describe("the next link", () => {
  const NONE: MessageListQuery = {
    marker: null,
    limit: null,
    echo: null,
    includeClaimed: null,
    includeDelayed: null,
    details: null,
  };
  const page = { messages: [message()], next: "M", isDelayed: false, checksums: null };
  const linkOf = (query: Partial<MessageListQuery>, isDelayed = false): unknown => {
    const text = encodeMessageList(QUEUE, { ...NONE, ...query }, { ...page, isDelayed });
    return (JSON.parse(text) as { links: { href: string }[] }).links[0]?.href.replace("/v2/queues/jobs/messages?", "");
  };

  test.each([
    [{}, "include_delayed=true&marker=M"],
    [{ limit: 2, echo: true }, "limit=2&echo=true&include_delayed=true&marker=M"],
    [{ marker: "L", limit: 2 }, "marker=M&limit=2&include_delayed=true"],
    [{ echo: false, includeClaimed: true }, "echo=false&include_claimed=true&include_delayed=true&marker=M"],
    [{ includeDelayed: false }, "include_delayed=true&marker=M"],
    [{ details: true }, "include_delayed=true&details=true&marker=M"],
  ])("of %j is %s", (query, expected) => {
    expect(linkOf(query)).toBe(expected);
  });

  test("of a delayed queue repeats the request's include_delayed", () => {
    expect(linkOf({}, true)).toBe("marker=M");
    expect(linkOf({ includeDelayed: false }, true)).toBe("include_delayed=false&marker=M");
  });

  test("is missing from an empty page", () => {
    const empty = encodeMessageList(QUEUE, NONE, { messages: [], next: null, isDelayed: false, checksums: null });
    expect(empty).toBe('{"messages":[],"links":[]}');
  });
});
