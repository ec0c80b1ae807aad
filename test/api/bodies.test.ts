/** Bodies are returned exactly as they were posted, token by token. */
import { describe, expect, test } from "vitest";
import { project, type Answer, type Queue } from "../support/drivers/zaqar-client.ts";

/** Posts one message whose body is this raw text. */
function postRaw(orders: Queue, body: string): Promise<Answer> {
  return orders.send("POST", "/messages", { body: `{"messages":[{"body":${body}}]}` });
}

const NESTED = `${"[".repeat(1000)}${"]".repeat(1000)}`;

const BODIES: readonly [string, string][] = [
  ["an integer beyond doubles", "9007199254740993"],
  ["the largest integer of 64 bits", "9223372036854775807"],
  ["the smallest integer of 64 bits", "-9223372036854775808"],
  ["a whole number written as a fraction", "1.0"],
  ["a number with an exponent", "1E+2"],
  ["a number with more digits than a double has", "0.1000000000000000055511151231257827"],
  ["minus zero", "-0"],
  ["a fraction with the digits of an integer too large", "18446744073709551616.0"],
  ["a number beyond doubles", "1e400"],
  ["NaN", "NaN"],
  ["infinities", "[Infinity,-Infinity]"],
  ["NaN deep inside", '{"a":[{"b":NaN}]}'],
  ["a text that only looks like NaN", '"NaN, Infinity"'],
  ["a text full of digits", '"123456789012345678901234567890"'],
  ["null", "null"],
  ["false", "false"],
  ["an empty text", '""'],
  ["an empty object", "{}"],
  ["an empty array", "[]"],
  ["keys in an order of their own", '{"b":1,"a":2,"10":3,"9":4}'],
  ["duplicate keys", '{"a":1,"a":2}'],
  ["a prototype", '{"__proto__":{"polluted":true},"constructor":1}'],
  ["a key that is empty", '{"":{"":""}}'],
  ["lone surrogates, escaped", '"\\ud800 \\udfff"'],
  ["a surrogate pair, escaped", '"\\ud83d\\ude00"'],
  ["an emoji", '"😀 日本 ünïcödé"'],
  ["a key beyond ASCII", '{"ключ":"значение"}'],
  ["escapes", '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001e"'],
  ["a text that ends in backslashes", '["\\\\","\\\\\\\\","x"]'],
  ["a text with the signs of JSON", '"{[\\"body\\":1,]}"'],
  ["line separators of JavaScript", '"\u2028\u2029"'],
  ["a thousand levels", NESTED],
];

describe("a body comes back as it was written", () => {
  test.each(BODIES)("%s", async (_, body) => {
    const orders = await project().queue();
    const posted = await postRaw(orders, body);
    expect(posted).toAnswer(201);
    const id = posted.headers.get("Location")?.split("=")[1];
    const raw = `"body":${body}`;
    expect((await orders.send("GET", "/messages?echo=true")).text).toContain(raw);
    expect((await orders.send("GET", `/messages?ids=${id}`)).text).toContain(raw);
    expect((await orders.send("GET", `/messages/${id}`)).text).toContain(raw);
    const claimed = await orders.send("POST", "/claims");
    expect(claimed.text).toContain(raw);
    const claim = claimed.headers.get("Location")?.split("/").at(-1);
    expect((await orders.send("GET", `/claims/${claim}`)).text).toContain(raw);
    await orders.send("DELETE", `/claims/${claim}`);
    expect((await orders.send("DELETE", "/messages?pop=1")).text).toContain(raw);
  });

  test("all of them in one post", async () => {
    const orders = await project().queue();
    const messages = BODIES.map(([, body]) => `{"body":${body}}`).join(",");
    expect(await orders.send("POST", "/messages", { body: `{"messages":[${messages}]}` })).toAnswer(201);
    const first = await orders.send("POST", "/claims?limit=20");
    const second = await orders.send("POST", "/claims?limit=20");
    for (const [index, [, body]] of BODIES.entries()) {
      expect((index < 20 ? first : second).text).toContain(`"body":${body}`);
    }
  });

  test("blanks around it or in it do no harm", async () => {
    const orders = await project().queue();
    const body = ' \r\n\t{ "messages" : [ { "body" :\n{ "a" : [ 1 , 2 ] } , "ttl" : 60 } ] }\n ';
    expect(await orders.send("POST", "/messages", { body })).toAnswer(201);
    expect(await orders.list()).toMatchObject([{ ttl: 60, body: { a: [1, 2] } }]);
  });
});

describe("the document around the bodies", () => {
  test.each([
    ['{"messages":[{"body":"lost"}],"messages":[{"body":"kept"}]}', "kept"],
    ['{"messages":[{"body":"lost","body":"kept"}]}', "kept"],
    ['{"messages":[{"ttl":1,"body":"kept","ttl":60}]}', "kept"],
    ['{"messages":[{"b\\u006fdy":"kept"}]}', "kept"],
    ['{"messages":[{"body":"kept","__proto__":{"ttl":1}}]}', "kept"],
    ['{"__proto__":{"messages":[]},"messages":[{"body":"kept"}]}', "kept"],
  ])("the last of duplicate keys counts, and escapes in keys are read: %s", async (body, kept) => {
    const orders = await project().queue();
    expect(await orders.send("POST", "/messages", { body })).toAnswer(201);
    expect(await orders.list()).toHoldBodies(kept);
  });

  test("names of an object's prototype are not members of a message", async () => {
    const orders = await project().queue();
    const body = '{"messages":[{"__proto__":{"body":1}}]}';
    expect(await orders.send("POST", "/messages", { body })).toRefuse(400, "Invalid request body");
  });
});

describe("refused", () => {
  test.each([
    ["9223372036854775808", "an integer just beyond 64 bits"],
    ["-9223372036854775809", "a negative integer just beyond 64 bits"],
    ["18446744073709551615", "the largest unsigned integer of 64 bits"],
    ["123456789012345678901234567890", "a very large integer"],
    ['{"a":[{"b":9223372036854775808}]}', "a large integer deep inside"],
    ["9".repeat(5000), "an integer of 5000 digits"],
  ])("%s: %s", async (body) => {
    const orders = await project().queue();
    const answer = await postRaw(orders, body);
    expect(answer).toRefuse(400, "Invalid request body");
    expect(answer.json).toMatchObject({ description: expect.stringMatching(/too large/i) });
    expect(await orders.list()).toHoldBodies();
  });

  test.each([
    "01",
    "+1",
    ".5",
    "1.",
    "0x10",
    "-NaN",
    "nan",
    "infinity",
    "+Infinity",
    "undefined",
    "'a'",
    '"\t"',
    '"\\x"',
    '"\\u12"',
    "[1,]",
    '{"a":1,}',
    "{a:1}",
    "/* */1",
    "1 2",
    "",
    "[",
    '"',
  ])("%j is not JSON", async (body) => {
    const orders = await project().queue();
    expect(await postRaw(orders, body)).toRefuse(400, "Invalid request body");
  });

  test.each([
    ["a byte order mark", [0xef, 0xbb, 0xbf, ...new TextEncoder().encode('{"messages":[{"body":1}]}')]],
    [
      "a byte that begins no character",
      [...new TextEncoder().encode('{"messages":[{"body":"'), 0xff, ...new TextEncoder().encode('"}]}')],
    ],
    [
      "half a character",
      [...new TextEncoder().encode('{"messages":[{"body":"'), 0xf0, 0x9f, ...new TextEncoder().encode('"}]}')],
    ],
    [
      "a surrogate in UTF-8",
      [...new TextEncoder().encode('{"messages":[{"body":"'), 0xed, 0xa0, 0x80, ...new TextEncoder().encode('"}]}')],
    ],
    ["UTF-16", [0xff, 0xfe, 0x7b, 0, 0x7d, 0]],
  ])("%s", async (_, bytes) => {
    const orders = await project().queue();
    const answer = await orders.send("POST", "/messages", { body: new Uint8Array(bytes) });
    expect(answer).toRefuse(400, "Invalid request body");
    expect(await orders.list()).toHoldBodies();
  });

  test("two hundred thousand opening brackets, without falling over", async () => {
    const orders = await project().queue();
    const answer = await postRaw(orders, "[".repeat(200_000));
    expect(answer).toRefuse(400, "Invalid request body");
  });
});
