/** Metadata: what PUT stores, the defaults that reads add, and the reserved keys. */
import { describe, expect, test } from "vitest";
import { project, type Metadata } from "../support/drivers/zaqar-client.ts";

describe("free metadata", () => {
  test.each([
    ["a text", '"ops"'],
    ["an empty text", '""'],
    ["a number beyond doubles", "9007199254740993"],
    ["a fraction written as a whole", "1.0"],
    ["null", "null"],
    ["false", "false"],
    ["an array", '[1,{"a":[]}]'],
    ["an object with numeric keys out of order", '{"b":1,"2":2,"a":3,"1":4}'],
    ["text beyond ASCII", '"日本 😀"'],
  ])("%s is stored and shown as it was written", async (_, value) => {
    const orders = project().missingQueue();
    expect(await orders.send("PUT", "", { body: `{"key":${value}}` })).toAnswer(201);
    expect((await orders.send("GET", "")).text).toContain(`"key":${value}`);
  });

  test.each(["name", "a/b", "", "__proto__", "constructor", "_unknown", "_flavor", "ключ"])(
    "%j is a key like any other",
    async (key) => {
      const orders = project().missingQueue();
      expect(await orders.send("PUT", "", { body: `{${JSON.stringify(key)}:"value"}` })).toAnswer(201);
      const shown = (await orders.send("GET", "")).text;
      expect(shown).toContain(`${JSON.stringify(key)}:"value"`);
    },
  );

  test("the last of duplicate keys counts", async () => {
    const orders = project().missingQueue();
    expect(await orders.send("PUT", "", { body: '{"a":1,"b":2,"a":3}' })).toAnswer(201);
    expect(await orders.metadata()).toMatchObject({ a: 3, b: 2 });
  });
});

describe("the document of a PUT", () => {
  test.each(["{", "[]", '["a"]', "1", '"text"', "null", " ", '{"a":1}x', '{"a":18446744073709551616}', "\ufeff{}"])(
    "%j is refused",
    async (body) => {
      expect(await project().missingQueue().send("PUT", "", { body })).toRefuse(400, "Invalid request body");
    },
  );

  test("invalid UTF-8 is refused", async () => {
    const body = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(await project().missingQueue().send("PUT", "", { body })).toRefuse(400, "Invalid request body");
  });

  test("65,536 bytes pass, one more does not", async () => {
    const document = (bytes: number): string => `{"a":"${"x".repeat(bytes - 8)}"}`;
    expect(
      await project()
        .missingQueue()
        .send("PUT", "", { body: document(65_536) }),
    ).toAnswer(201);
    expect(
      await project()
        .missingQueue()
        .send("PUT", "", { body: document(65_537) }),
    ).toRefuse(400, "Invalid API request");
  });

  test("size is in bytes, not characters", async () => {
    const body = `{"a":"${"é".repeat(32_765)}"}`;
    expect(await project().missingQueue().send("PUT", "", { body })).toRefuse(400, "Invalid API request");
  });

  test("size is judged by Content-Length, before the document is read", async () => {
    const answer = await project().missingQueue().send("PUT", "", { body: "{", contentLength: "65537" });
    expect(answer).toRefuse(400, "Invalid API request");
  });
});

/** key, value, whether it is valid, the reason */
const RESERVED: readonly [string, unknown, boolean, string][] = [
  ["_default_message_ttl", 60, true, "the minimum"],
  ["_default_message_ttl", 59, false, "below the minimum"],
  ["_default_message_ttl", 1_209_600, true, "the maximum"],
  ["_default_message_ttl", 1_209_601, false, "above the maximum"],
  ["_default_message_ttl", 0, false, "zero"],
  ["_default_message_ttl", "60", false, "a text"],
  ["_default_message_ttl", 60.5, false, "a fraction"],
  ["_default_message_ttl", true, false, "a boolean counts as 1"],
  ["_default_message_ttl", "", false, "falsy, but of a wrong type"],
  ["_default_message_ttl", [], false, "falsy, but of a wrong type"],
  ["_default_message_ttl", null, true, "null"],
  ["_max_messages_post_size", 1, true, "the minimum"],
  ["_max_messages_post_size", 0, false, "below the minimum"],
  ["_max_messages_post_size", 262_144, true, "the maximum"],
  ["_max_messages_post_size", 262_145, false, "above the maximum"],
  ["_max_messages_post_size", "1", false, "a text"],
  ["_max_messages_post_size", null, true, "null"],
  ["_default_message_delay", 0, true, "the minimum"],
  ["_default_message_delay", -1, false, "below the minimum"],
  ["_default_message_delay", 900, true, "the maximum"],
  ["_default_message_delay", 901, false, "above the maximum"],
  ["_default_message_delay", "1", false, "a text"],
  ["_default_message_delay", false, true, "a boolean counts as 0"],
  ["_default_message_delay", null, true, "null"],
  ["_max_claim_count", 0, true, "zero"],
  ["_max_claim_count", -1, false, "nobody would ever get a message"],
  ["_max_claim_count", 1_000_000_000, true, "there is no upper bound"],
  ["_max_claim_count", "2", false, "a text"],
  ["_max_claim_count", 2.5, false, "a fraction"],
  ["_max_claim_count", "", false, "falsy, but of a wrong type"],
  ["_max_claim_count", true, true, "a boolean counts as 1"],
  ["_max_claim_count", null, true, "null"],
  ["_dead_letter_queue", "dead", true, "a name"],
  ["_dead_letter_queue", "no name at all / \n", true, "any text"],
  ["_dead_letter_queue", 5, true, "any type"],
  ["_dead_letter_queue", { a: 1 }, true, "any type"],
  ["_dead_letter_queue", null, true, "null"],
  ["_dead_letter_queue_messages_ttl", 60, true, "the minimum"],
  ["_dead_letter_queue_messages_ttl", 59, false, "below the minimum"],
  ["_dead_letter_queue_messages_ttl", 1_209_600, true, "the maximum"],
  ["_dead_letter_queue_messages_ttl", 1_209_601, false, "above the maximum"],
  ["_dead_letter_queue_messages_ttl", "60", false, "a text"],
  ["_dead_letter_queue_messages_ttl", null, true, "null"],
  ["_enable_encrypt_messages", 1, false, "truthy, but no boolean"],
  ["_enable_encrypt_messages", "yes", false, "truthy, but no boolean"],
  ["_enable_encrypt_messages", false, true, "a boolean"],
  ["_enable_encrypt_messages", 0, true, "falsy"],
  ["_enable_encrypt_messages", null, true, "null"],
  ["_enable_encrypt_messages", true, false, "there is no key to encrypt with"],
  ["_flavor", "gold", true, "without pools a text like any other"],
  ["_retry_policy", {}, true, "an empty object"],
  [
    "_retry_policy",
    {
      retries_with_no_delay: 3,
      minimum_delay: 5,
      maximum_delay: 30,
      minimum_delay_retries: 3,
      maximum_delay_retries: 3,
    },
    true,
    "integers",
  ],
  ["_retry_policy", [], false, "no object"],
  ["_retry_policy", { minimum_delay: "5" }, false, "a delay that is a text"],
  ["_retry_policy", { minimum_delay: 5, maximum_delay: 15 }, true, "delays ten seconds apart"],
  ["_retry_policy", { minimum_delay: 5, maximum_delay: 14 }, false, "delays closer than ten seconds"],
  ["_retry_policy", { minimum_delay: 21 }, false, "closer than ten seconds to the default of 30"],
  ["_retry_policy", { maximum_delay: 14 }, false, "closer than ten seconds to the default of 5"],
  ["_retry_policy", { retry_backoff_function: "geometric" }, true, "a known function"],
  ["_retry_policy", { retry_backoff_function: "random" }, false, "an unknown function"],
  ["_retry_policy", { ignore_subscription_override: true }, true, "a boolean"],
  ["_retry_policy", { ignore_subscription_override: "yes" }, false, "no boolean"],
  ["_retry_policy", null, true, "null"],
];

describe("reserved keys", () => {
  const fine = RESERVED.filter(([, , isFine]) => isFine);
  const wrong = RESERVED.filter(([, , isFine]) => !isFine);

  test.each(fine)("%s may be %j (%s: %s)", async (key, value) => {
    expect(
      await project()
        .missingQueue()
        .send("PUT", "", { body: { [key]: value } }),
    ).toAnswer(201);
    const orders = await project().queue();
    expect(await orders.sendPatch([{ op: "add", path: `/metadata/${key}`, value }])).toAnswer(200);
  });

  test.each(wrong)("%s must not be %j (%s: %s)", async (key, value) => {
    const put = await project()
      .missingQueue()
      .send("PUT", "", { body: { [key]: value } });
    expect(put).toRefuse(400, "Invalid API request");
    const orders = await project().queue();
    const patch = await orders.sendPatch([{ op: "add", path: `/metadata/${key}`, value }]);
    expect(patch).toRefuse(400, "Invalid request body");
    expect(await orders.metadata()).toEqual(await project().missingQueue().metadata());
  });

  test("encryption is refused with the reason when the service has no key", async () => {
    const answer = await project()
      .missingQueue()
      .send("PUT", "", { body: { _enable_encrypt_messages: true } });
    expect(answer.json).toMatchObject({ description: expect.stringMatching(/key/) });
  });

  test.each(["60.0", "1e2", "6e1"])("a ttl of %s is no integer", async (ttl) => {
    const answer = await project()
      .missingQueue()
      .send("PUT", "", { body: `{"_default_message_ttl":${ttl}}` });
    expect(answer).toRefuse(400, "Invalid API request");
  });
});

describe("the defaults shown over stored values", () => {
  const DEFAULTS: Metadata = {
    _default_message_ttl: 3600,
    _default_message_delay: 0,
    _max_messages_post_size: 262_144,
    _dead_letter_queue: null,
    _dead_letter_queue_messages_ttl: null,
    _max_claim_count: null,
    _enable_encrypt_messages: false,
  };

  test.each([
    ["_default_message_ttl", null],
    ["_max_messages_post_size", null],
    ["_default_message_delay", null],
    ["_default_message_delay", false],
    ["_max_claim_count", 0],
    ["_max_claim_count", false],
    ["_dead_letter_queue", ""],
    ["_dead_letter_queue", {}],
    ["_dead_letter_queue", []],
    ["_dead_letter_queue", 0],
    ["_enable_encrypt_messages", null],
    ["_enable_encrypt_messages", 0],
  ])("%s stored as %j is shown as its default", async (key, value) => {
    const orders = await project().queue("orders", { [key]: value });
    expect(await orders.metadata()).toEqual(DEFAULTS);
  });

  test.each([
    ["_flavor", "gold"],
    ["_retry_policy", { minimum_delay: 5 }],
  ])("%s is shown only where it is stored", async (key, value) => {
    const orders = await project().queue("orders", { [key]: value });
    expect(await orders.metadata()).toEqual({ ...DEFAULTS, [key]: value });
  });
});
