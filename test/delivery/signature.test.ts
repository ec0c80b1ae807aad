/** Signatures of Standard Webhooks. The expected ones were made by its reference library. */
import { describe, expect, test } from "vitest";
import {
  newSecret,
  parseSecret,
  SECRET_BYTES_MAX,
  SECRET_BYTES_MIN,
  signatureHeader,
} from "../../src/delivery/signature.ts";
import type { WebhookSecret } from "../../src/domain/subscription.ts";

/** The secret of the specification's example. */
const FIRST = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" as WebhookSecret;
/** The secret with the bytes 0 to 31. */
const SECOND = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" as WebhookSecret;

const EXAMPLE = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: '{"test": 2432232314}' };
const EMPTY = { id: "sub.7", timestamp: 0, body: "" };
const UNICODE = { id: "m1", timestamp: 1_893_456_000, body: "é😀 ➜" };

function bytes(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => index);
}

describe("the header", () => {
  test.each([
    ["the specification's example", FIRST, EXAMPLE, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="],
    ["an empty body", FIRST, EMPTY, "v1,B9nLYWVcwlXLc9w/RMcsGIADXNmsCM+rIHFa5O7qOtc="],
    ["a body that is not ASCII", FIRST, UNICODE, "v1,qhuFH2NiJ/UXcagIaAjDLm5cB+Sdms7j1BZabAX/kYY="],
    ["another secret", SECOND, EXAMPLE, "v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI="],
    ["another secret and a body that is not ASCII", SECOND, UNICODE, "v1,8U2VhMiZLF4fmcu/Yi+956hmTG/KvDSDwDRTpFEAbBs="],
  ])("is the reference's for %s", async (_, secret, delivery, header) => {
    expect(await signatureHeader([secret], delivery)).toBe(header);
  });

  test("holds one signature per secret during a rotation, in their order", async () => {
    const [first, second] = [await signatureHeader([FIRST], EXAMPLE), await signatureHeader([SECOND], EXAMPLE)];
    expect(await signatureHeader([FIRST, SECOND], EXAMPLE)).toBe(`${first} ${second}`);
    expect(await signatureHeader([SECOND, FIRST], EXAMPLE)).toBe(`${second} ${first}`);
  });

  test.each([
    ["id", { ...EXAMPLE, id: "msg_2" }],
    ["timestamp", { ...EXAMPLE, timestamp: EXAMPLE.timestamp + 1 }],
    ["body", { ...EXAMPLE, body: `${EXAMPLE.body} ` }],
  ])("changes with the %s", async (_, delivery) => {
    expect(await signatureHeader([FIRST], delivery)).not.toBe(await signatureHeader([FIRST], EXAMPLE));
  });
});

describe("a secret", () => {
  test("is made of random bytes", () => {
    expect(newSecret(bytes(32))).toBe(SECOND);
  });

  test.each([
    [SECRET_BYTES_MIN - 1, false],
    [SECRET_BYTES_MIN, true],
    [SECRET_BYTES_MAX, true],
    [SECRET_BYTES_MAX + 1, false],
  ])("may have %d bytes: %s", (count, isSecret) => {
    const text = `whsec_${btoa(String.fromCharCode(...bytes(count)))}`;
    expect(parseSecret(text)).toBe(isSecret ? text : null);
    if (isSecret) expect(newSecret(bytes(count))).toBe(text);
    else expect(() => newSecret(bytes(count))).toThrow("24 to 64 random bytes");
  });

  test.each([
    ["without its prefix", FIRST.slice(6)],
    ["with the prefix in capitals", `WHSEC_${FIRST.slice(6)}`],
    ["without its padding", SECOND.slice(0, -1)],
    ["in base64 for URLs", `whsec_${"-_".repeat(16)}`],
    ["with a blank in it", `whsec_${"AAAA".repeat(8)} `],
    ["with a line behind it", `${SECOND}\n`],
    ["of nothing", "whsec_"],
  ])("%s is not a secret", (_, text) => {
    expect(parseSecret(text)).toBeNull();
  });
});
