/** Reserved metadata and the patch. */
import type { QueueName } from "../../src/domain/id.ts";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { membersOf, toObjectText, type JsonText } from "../../src/domain/json.ts";
import { applyChanges, type MetadataChange } from "../../src/domain/metadata-patch.ts";
import { shownKeys } from "../../src/domain/reserved-metadata.ts";
import { checkMetadata, DEFAULT_QUEUE_SETTINGS, toQueueSettings } from "../../src/domain/queue-metadata.ts";

const { limits } = readConfig({ AUTH_STRATEGY: "none" });
const context = { kind: "queue", document: "put", limits, canEncrypt: true } as const;

function defectOf(key: string, value: string, canEncrypt = true): unknown {
  return checkMetadata(membersOf(`{"${key}":${value}}` as JsonText), { ...context, canEncrypt });
}

describe("reserved keys", () => {
  test.each([
    ["_default_message_ttl", "60"],
    ["_default_message_ttl", "1209600"],
    ["_max_messages_post_size", "1"],
    ["_max_messages_post_size", "true"],
    ["_max_messages_post_size", "262144"],
    ["_default_message_delay", "0"],
    ["_default_message_delay", "900"],
    ["_max_claim_count", "0"],
    ["_max_claim_count", "9223372036854775807"],
    ["_dead_letter_queue", "[1]"],
    ["_dead_letter_queue", '"no such/name"'],
    ["_dead_letter_queue_messages_ttl", "60"],
    ["_dead_letter_queue_messages_ttl", "1209600"],
    ["_enable_encrypt_messages", "true"],
    ["_enable_encrypt_messages", "false"],
    ["_enable_encrypt_messages", "0"],
    ["_flavor", "{}"],
    ["_retry_policy", "{}"],
    ["_paused", "[]"],
    ["_paused", '["claims"]'],
    ["_paused", '["notifications", "claims", "claims"]'],
    ["_unknown", '"anything"'],
  ])("%s may be %s", (key, value) => {
    expect(defectOf(key, value)).toBeNull();
  });

  test.each([...shownKeys("queue").map(({ key }) => key), "_retry_policy", "_flavor", "_paused"])(
    "%s may be null",
    (key) => {
      expect(defectOf(key, "null")).toBeNull();
    },
  );

  test.each([
    ["_default_message_ttl", "59"],
    ["_default_message_ttl", "0"],
    ["_default_message_ttl", "1209601"],
    ["_default_message_ttl", "60.0"],
    ["_default_message_ttl", '"60"'],
    ["_default_message_ttl", '""'],
    ["_max_messages_post_size", "0"],
    ["_max_messages_post_size", "262145"],
    ["_default_message_delay", "-1"],
    ["_default_message_delay", "901"],
    ["_max_claim_count", "-1"],
    ["_max_claim_count", "1.5"],
    ["_max_claim_count", "[]"],
    ["_dead_letter_queue_messages_ttl", "59"],
    ["_dead_letter_queue_messages_ttl", "1209601"],
    ["_enable_encrypt_messages", "1"],
    ["_enable_encrypt_messages", '"yes"'],
    ["_retry_policy", "[1]"],
    ["_retry_policy", '{"minimum_delay":"x"}'],
    ["_paused", '"claims"'],
    ["_paused", '["posts"]'],
    ["_paused", '["claims", 1]'],
    ["_paused", "true"],
    ["_paused", "{}"],
    ["_paused", '""'],
  ])("%s may not be %s", (key, value) => {
    expect(defectOf(key, value)).toMatchObject({ kind: "metadata-invalid", document: "put" });
  });

  test("topics have no claims to pause", () => {
    const defect = (value: string) =>
      checkMetadata(membersOf(`{"_paused":${value}}` as JsonText), { ...context, kind: "topic" });
    expect(defect('["notifications"]')).toBeNull();
    expect(defect('["claims"]')).toMatchObject({ reason: '_paused must be a list of "notifications".' });
    expect(defect('["notifications","claims"]')).toMatchObject({ kind: "metadata-invalid" });
  });

  test("encryption needs a key to encrypt with", () => {
    expect(defectOf("_enable_encrypt_messages", "true", false)).toMatchObject({ kind: "metadata-invalid" });
    expect(defectOf("_enable_encrypt_messages", "false", false)).toBeNull();
  });
});

describe("the retry policy", () => {
  test.each([
    ['{"minimum_delay":5,"maximum_delay":30}', true, "the defaults"],
    ['{"minimum_delay":20}', true, "a spread of 10 to the default maximum"],
    ['{"minimum_delay":21}', false, "a spread of 9"],
    ['{"maximum_delay":15}', true, "a spread of 10 from the default minimum"],
    ['{"maximum_delay":14}', false, "a spread of 9"],
    ['{"minimum_delay":30,"maximum_delay":20}', false, "the wrong way round"],
    ['{"retry_backoff_function":"geometric"}', true, "a known function"],
    ['{"retry_backoff_function":"cubic"}', false, "an unknown one"],
    ['{"retry_backoff_function":5}', false, "none at all"],
    ['{"ignore_subscription_override":true}', true, "a boolean"],
    ['{"ignore_subscription_override":"x"}', false, "no boolean"],
    ['{"retries_with_no_delay":1.5}', false, "no integer"],
  ])("%s passes: %s, %s", (policy, passes, _) => {
    expect(defectOf("_retry_policy", policy) === null).toBe(passes);
  });
});

describe("settings", () => {
  const settings = (metadata: string): unknown => toQueueSettings(metadata as JsonText, "orders" as QueueName);

  test("of a queue that states none are the service's", () => {
    expect(settings("{}")).toEqual(DEFAULT_QUEUE_SETTINGS);
    expect(settings('{"_default_message_ttl":null,"_max_claim_count":null,"x":1}')).toEqual(DEFAULT_QUEUE_SETTINGS);
  });

  test.each<readonly [value: string, pausesClaims: boolean, pausesNotifications: boolean]>([
    ['["claims"]', true, false],
    ['["notifications"]', false, true],
    ['["claims","notifications"]', true, true],
    ["[]", false, false],
    ["null", false, false],
    // Before the key was reserved it could have any value.
    ['"claims"', false, false],
    ['{"claims":1}', false, false],
    ['[1,null,"x"]', false, false],
  ])("_paused %s pauses claims: %s, notifications: %s", (value, pausesClaims, pausesNotifications) => {
    expect(settings(`{"_paused":${value}}`)).toMatchObject({ pausesClaims, pausesNotifications });
  });

  test("dead-lettering needs both keys, and a name that a queue can have", () => {
    const both = '{"_max_claim_count":2,"_dead_letter_queue":"dead","_dead_letter_queue_messages_ttl":60}';
    expect(settings(both)).toMatchObject({ deadLetters: { queue: "dead", maxClaimCount: 2, ttl: 60 } });
    expect(settings('{"_max_claim_count":0,"_dead_letter_queue":"dead"}')).toMatchObject({
      deadLetters: { queue: "dead", maxClaimCount: 0, ttl: null },
    });
    for (const metadata of [
      '{"_max_claim_count":2}',
      '{"_max_claim_count":-1,"_dead_letter_queue":"dead"}',
      '{"_dead_letter_queue":"dead"}',
      '{"_max_claim_count":2,"_dead_letter_queue":null}',
      '{"_max_claim_count":null,"_dead_letter_queue":"dead"}',
      '{"_max_claim_count":2,"_dead_letter_queue":"no such/name"}',
      '{"_max_claim_count":2,"_dead_letter_queue":["dead"]}',
      // Such queues can no longer be created.
      '{"_max_claim_count":2,"_dead_letter_queue":".."}',
    ]) {
      expect(settings(metadata)).toMatchObject({ deadLetters: null });
    }
  });
});

describe("a patch", () => {
  const apply = (metadata: string, changes: readonly MetadataChange[]): unknown => {
    const result = applyChanges("queue", membersOf(metadata as JsonText), changes);
    return result.ok ? toObjectText(result.value) : result.failure;
  };
  const value = "1.0" as JsonText;

  test.each<[string, MetadataChange[], unknown]>([
    ["adds", [{ op: "add", key: "b", value }], '{"a":0,"b":1.0}'],
    ["adds over what is there", [{ op: "add", key: "a", value }], '{"a":1.0}'],
    ["replaces", [{ op: "replace", key: "a", value }], '{"a":1.0}'],
    ["removes", [{ op: "remove", key: "a" }], "{}"],
    [
      "applies in order",
      [
        { op: "remove", key: "a" },
        { op: "add", key: "a", value },
        { op: "replace", key: "a", value },
      ],
      '{"a":1.0}',
    ],
    [
      "replaces a reserved key that is not stored",
      [{ op: "replace", key: "_max_claim_count", value }],
      '{"a":0,"_max_claim_count":1.0}',
    ],
    ["removes a reserved key that is not stored", [{ op: "remove", key: "_max_claim_count" }], '{"a":0}'],
    [
      "does not replace what is missing",
      [{ op: "replace", key: "b", value }],
      { kind: "metadata-key-missing", op: "replace", key: "b" },
    ],
    [
      "does not remove what is missing",
      [{ op: "remove", key: "_flavor" }],
      { kind: "metadata-key-missing", op: "remove", key: "_flavor" },
    ],
    [
      "does all or nothing",
      [
        { op: "remove", key: "a" },
        { op: "remove", key: "a" },
      ],
      { kind: "metadata-key-missing", op: "remove", key: "a" },
    ],
  ])("%s", (_, changes, expected) => {
    expect(apply('{"a":0}', changes)).toEqual(expected);
  });
});
