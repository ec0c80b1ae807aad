/** The validation of the fields of a subscription. */
import { describe, expect, test } from "vitest";
import { membersOf, type JsonText, type Members } from "../../src/domain/json.ts";
import { SUBSCRIBER_KINDS } from "../../src/domain/subscriber.ts";
import { checkNewSubscription, checkSubscriptionChanges } from "../../src/domain/subscription.ts";
import { toEpochMs, toSeconds } from "../../src/domain/time.ts";

const NOW = toEpochMs(Date.UTC(2030, 0, 1) + 999);
/** Seconds from now to the last second of the year 9999. */
const TTL_MAX = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 - Date.UTC(2030, 0, 1) / 1000;

const rules = { kinds: SUBSCRIBER_KINDS, defaultTtl: toSeconds(3600) };
const UNSUPPORTED =
  "The subscriber type of subscription must be supported in the list " +
  "['http', 'https', 'mailto', 'trust+http', 'trust+https'].";

function members(document: string): Members {
  return membersOf(document as JsonText);
}

/** The subscription that a POST creates, or the reason of its refusal. */
function created(document: string): unknown {
  const checked = checkNewSubscription(members(document), rules, NOW);
  if (checked.ok) return checked.value;
  return checked.failure.kind === "subscription-invalid" ? checked.failure.reason : checked.failure;
}

/** The changes that a PATCH makes, or the reason of its refusal. */
function changed(document: string): unknown {
  const checked = checkSubscriptionChanges(members(document), { ...rules, id: "s1" }, NOW);
  if (checked.ok) return checked.value;
  return checked.failure.kind === "subscription-invalid" ? checked.failure.reason : checked.failure;
}

const createdWith = (field: string, value: string): unknown => created(`{"subscriber":"http://a","${field}":${value}}`);
const changedWith = (field: string, value: string): unknown => changed(`{"${field}":${value}}`);

describe("a new subscription", () => {
  test("needs only a subscriber", () => {
    expect(created('{"subscriber":"http://a"}')).toEqual({ subscriber: "http://a", ttl: 3600, options: "{}" });
  });

  test("keeps subscriber and options as they are, and ignores unknown members", () => {
    const options = '{"a":1.0, "b":9007199254740993}';
    expect(created(String.raw`{"x":[],"subscriber":"HTTP:\/\/\u0061","ttl":60,"options":${options}}`)).toEqual({
      subscriber: "HTTP://a",
      ttl: 60,
      options,
    });
  });

  test("has the defaults for nulls", () => {
    expect(created('{"subscriber":"http://a","ttl":null,"options":null}')).toEqual(
      created('{"subscriber":"http://a"}'),
    );
  });

  test("has the default ttl of the service", () => {
    const checked = checkNewSubscription(
      members('{"subscriber":"http://a"}'),
      { ...rules, defaultTtl: 77 as never },
      NOW,
    );
    expect(checked).toMatchObject({ ok: true, value: { ttl: 77 } });
  });

  test.each(["{}", '{"Subscriber":"http://a"}', '{"ttl":1}'])("%s has no subscriber", (document) => {
    expect(created(document)).toBe("Missing parameter subscriber in body.");
  });

  test.each(["null", '""', "5", "0", "[]", '["http://a"]', "true", '"ftp://a"', '"fake"'])(
    "has no subscriber %s",
    (subscriber) => {
      expect(created(`{"subscriber":${subscriber}}`)).toBe(UNSUPPORTED);
    },
  );
});

describe("changes", () => {
  test("are those that are stated", () => {
    expect(changed('{"ttl":60}')).toEqual({ subscriber: null, ttl: 60, options: null });
    expect(changed('{"subscriber":"mailto:a@b","options":{}}')).toEqual({
      subscriber: "mailto:a@b",
      ttl: null,
      options: "{}",
    });
    expect(changed('{"ttl":60,"subscriber":null,"options":null}')).toEqual({
      subscriber: null,
      ttl: 60,
      options: null,
    });
  });

  test("of an empty document are none", () => {
    expect(changed("{}")).toBe("No subscription to create.");
  });

  test.each(['{"confirmed":true}', '{"ttl":null}', '{"subscriber":null,"options":null}'])(
    "%s makes none",
    (document) => {
      expect(changed(document)).toEqual({ kind: "subscription-not-updated", subscription: "s1" });
    },
  );

  test.each(['""', "5", "[]", '"ftp://a"'])("to a subscriber %s are refused", (subscriber) => {
    expect(changedWith("subscriber", subscriber)).toBe(UNSUPPORTED);
  });
});

test("of several defects the first is reported: subscriber, options, ttl", () => {
  for (const check of [created, changed]) {
    expect(check('{"ttl":1,"options":[],"subscriber":"x"}')).toBe(UNSUPPORTED);
    expect(check('{"ttl":1,"options":[],"subscriber":"http://a"}')).toBe("Options must be a dict.");
    expect(check('{"ttl":1,"options":{},"subscriber":"http://a"}')).toMatch(/^The TTL/);
  }
});

describe.each([
  ["a POST", createdWith],
  ["a PATCH", changedWith],
])("in %s", (_, check) => {
  const SHORT = "The TTL for a subscription must be at least 60 seconds long.";
  const LONG = "The TTL seconds for a subscription plus current time must be less than 9999-12-31 23:59:59.999999.";

  test.each([60, 3600, 220_367_260_800, TTL_MAX])("the ttl may be %d", (ttl) => {
    expect(check("ttl", String(ttl))).toMatchObject({ ttl });
  });

  test.each([
    ["59", SHORT],
    ["0", SHORT],
    ["-1", SHORT],
    ["true", SHORT],
    ["false", SHORT],
    [String(TTL_MAX + 1), LONG],
    ["9223372036854775807", LONG],
    ["60.0", "TTL must be an integer."],
    ["60.5", "TTL must be an integer."],
    ['"60"', "TTL must be an integer."],
    ['""', "TTL must be an integer."],
    ["[]", "TTL must be an integer."],
    ["{}", "TTL must be an integer."],
  ])("the ttl may not be %s", (ttl, reason) => {
    expect(check("ttl", ttl)).toBe(reason);
  });

  test.each(["[]", '""', "0", "false", "[1]", '"x"', "5", "true"])("options may not be %s", (options) => {
    expect(check("options", options)).toBe("Options must be a dict.");
  });

  test.each([
    ["free-form", '{"anything":[1,{"a":null}],"":0}'],
    ["an empty policy", '{"_retry_policy":{}}'],
    ["a policy", '{"_retry_policy":{"minimum_delay":5,"maximum_delay":15}}'],
    ["headers", '{"post_headers":{"X-Project-ID":"p1","X-Empty":"","X-Latin":"é\\t~"}}'],
    ["no headers", '{"post_headers":{}}'],
    ["data", String.raw`{"post_data":"{\"a\":\n\"$zaqar_message$\"}"}`],
    ["empty data", '{"post_data":""}'],
    ["a sender and a subject", '{"from":"a@example.com","subject":"Queue is full é😀"}'],
    ["a trust", '{"trust_id":"abc"}'],
    ["order", '{"_concurrency":1}'],
    ["speed", '{"_concurrency":16}'],
    ["events", '{"_events":["depth>1","message"]}'],
    [
      "nulls",
      '{"_retry_policy":null,"post_headers":null,"post_data":null,"from":null,"subject":null,"trust_id":null,"_concurrency":null}',
    ],
  ])("options may be %s", (_name, options) => {
    expect(check("options", options)).toMatchObject({ options });
  });

  test.each([
    ['{"_retry_policy":[]}', "retry_policy must be a dict."],
    ['{"_retry_policy":"x"}', "retry_policy must be a dict."],
    [
      '{"_retry_policy":{"maximum_delay":10}}',
      "invalid minimum_delay and maximum_delay. There must be 10 seconds or more between them: they are 5 and 10 (5 and 30 unless stated).",
    ],
    ['{"_retry_policy":{"minimum_delay":"5"}}', "Retry policy: minimum_delay must be a integer."],
    ['{"post_headers":[]}', "post_headers must be a dict."],
    ['{"post_headers":""}', "post_headers must be a dict."],
    ['{"post_headers":{"a":1}}', 'post_headers must contain only strings. "a" is none.'],
    ['{"post_headers":{"a":null}}', 'post_headers must contain only strings. "a" is none.'],
    ['{"post_headers":{"a":"x","b":["y"]}}', 'post_headers must contain only strings. "b" is none.'],
    ['{"post_headers":{"":"x"}}', 'post_headers must contain only valid HTTP headers. "" is none.'],
    ['{"post_headers":{"a b":"x"}}', 'post_headers must contain only valid HTTP headers. "a b" is none.'],
    ['{"post_headers":{"a:":"x"}}', 'post_headers must contain only valid HTTP headers. "a:" is none.'],
    ['{"post_headers":{"é":"x"}}', 'post_headers must contain only valid HTTP headers. "é" is none.'],
    ['{"post_headers":{"a\\r\\nb":"x"}}', 'post_headers must contain only valid HTTP headers. "a\r\nb" is none.'],
    ['{"post_headers":{"a":"x\\r\\nb: y"}}', 'post_headers must contain only valid HTTP headers. "a" is none.'],
    ['{"post_headers":{"a":"x\\n"}}', 'post_headers must contain only valid HTTP headers. "a" is none.'],
    ['{"post_headers":{"a":"\\u007f"}}', 'post_headers must contain only valid HTTP headers. "a" is none.'],
    ['{"post_headers":{"a":"\\u0100"}}', 'post_headers must contain only valid HTTP headers. "a" is none.'],
    ['{"post_data":{"a":1}}', "post_data must be a string."],
    ['{"post_data":0}', "post_data must be a string."],
    ['{"from":5}', "from must be a string."],
    ['{"from":"a@example.com\\r\\nBcc: b@example.com"}', "from must be a string of one line."],
    ['{"subject":["x"]}', "subject must be a string."],
    ['{"subject":"a\\nb"}', "subject must be a string of one line."],
    ['{"_events":["depth>1","depth>1"]}', "_events may contain each event once."],
    ['{"trust_id":false}', "trust_id must be a string."],
    ['{"trust_id":"a\\nb"}', "trust_id must be a string of one line."],
  ])("options may not be %s", (options, reason) => {
    expect(check("options", options)).toBe(reason);
  });

  test.each(["0", "17", "-1", "1.5", "2.0", "1e1", '"2"', "true", "false", "[2]", "{}", '""', "9007199254740993"])(
    "_concurrency may not be %s",
    (value) => {
      const reason = "_concurrency must be an integer from 1 to 16.";
      expect(check("options", `{"_concurrency":${value}}`)).toBe(reason);
    },
  );
});
