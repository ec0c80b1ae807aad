/** Settings: defaults, bounds, and sentences that name the variable. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { SETTINGS } from "../../src/config/settings.ts";

const REQUIRED = { AUTH_STRATEGY: "none" };

test("who is believed has to be decided", () => {
  expect(() => readConfig({})).toThrow(/^AUTH_STRATEGY is not set: it must be "keystone", "keys", /);
  expect(() => readConfig({ AUTH_STRATEGY: "" })).toThrow(/^AUTH_STRATEGY is not set/);
  expect(() => readConfig({ AUTH_STRATEGY: "kerberos" })).toThrow(/^AUTH_STRATEGY is "kerberos"/);
});

test("everything else has a default, and an empty value counts as unset", () => {
  const empty = Object.fromEntries(SETTINGS.flatMap(({ name, isNeverEmpty }) => (isNeverEmpty ? [] : [[name, ""]])));
  expect(readConfig({ ...empty, ...REQUIRED })).toEqual(readConfig(REQUIRED));
  expect(readConfig(REQUIRED)).toMatchObject({
    clientIdUuidSafe: "strict",
    adminMode: false,
    enableChecksum: false,
    messageDeleteWithClaimId: false,
    messageEncryptionKey: null,
    accessLog: false,
    limits: { defaultMessageTtl: 3600, maxMessagesPostSize: 262_144, maxMessagesPerPage: 20, maxClaimWait: 20 },
  });
});

test("what is no text is no setting: bindings live in the same environment", () => {
  expect(readConfig({ ...REQUIRED, QUEUES: {}, MAX_MESSAGE_TTL: 60 }).limits.maxMessageTtl).toBe(1_209_600);
});

/** Settings that may not pass each other: the other one moves along. */
const COMPANIONS: Readonly<Record<string, string>> = {
  DEFAULT_MESSAGE_TTL: "MAX_MESSAGE_TTL",
  DEFAULT_MESSAGE_DELAY: "MAX_MESSAGE_DELAY",
  DEFAULT_CLAIM_TTL: "MAX_CLAIM_TTL",
  DEFAULT_CLAIM_GRACE: "MAX_CLAIM_GRACE",
  MIN_LENGTH_CLIENT_ID: "MAX_LENGTH_CLIENT_ID",
  MAX_MESSAGES_PER_CLAIM_OR_POP: "MAX_CLAIMED_MESSAGES",
};

function environment(name: string, value: number): Record<string, string> {
  const companions = Object.entries(COMPANIONS)
    .filter((pair) => pair.includes(name))
    .flat();
  const settings: Record<string, string> = { ...REQUIRED };
  for (const companion of companions) settings[companion] = `${clamp(companion, value)}`;
  return { ...settings, [name]: `${value}` };
}

function clamp(name: string, value: number): number {
  const { min, max } = SETTINGS.find((setting) => setting.name === name)?.range ?? { min: value, max: value };
  return Math.min(Math.max(value, min), max);
}

describe("numbers", () => {
  const ranges = SETTINGS.flatMap(({ name, range }) =>
    range === undefined ? [] : [[name, range.min, range.max] as const],
  );

  test.each(ranges)("%s goes from %d to %d", (name, min, max) => {
    expect(() => readConfig(environment(name, min))).not.toThrow();
    expect(() => readConfig(environment(name, max))).not.toThrow();
    expect(() => readConfig({ ...REQUIRED, [name]: `${min - 1}` })).toThrow(
      new RegExp(`^${name} is "${min - 1}": it must be`),
    );
    expect(() => readConfig({ ...REQUIRED, [name]: `${max + 1}` })).toThrow(
      new RegExp(`^${name} is "${max + 1}": it must be`),
    );
  });

  test.each(["x", "1.5", "1e3", " 60", "60s", "+60", "0x3c"])("%j is no number", (value) => {
    expect(() => readConfig({ ...REQUIRED, MAX_CLAIM_TTL: value })).toThrow(/^MAX_CLAIM_TTL is /);
  });

  test.each(Object.entries(COMPANIONS))("%s may not be greater than %s", (smaller, larger) => {
    const limit = SETTINGS.find(({ name }) => name === larger)?.range?.min ?? 0;
    const value = Math.max(limit, SETTINGS.find(({ name }) => name === smaller)?.range?.min ?? 0);
    const settings = { ...REQUIRED, [larger]: `${value}`, [smaller]: `${value + 1}` };
    expect(() => readConfig(settings)).toThrow(
      new RegExp(`^${smaller} is ${value + 1}: it must not be greater than ${larger}`),
    );
  });
});

test.each(SETTINGS.filter(({ choices }) => choices !== undefined).map(({ name }) => name))("%s is a choice", (name) => {
  expect(() => readConfig({ ...REQUIRED, [name]: "perhaps" })).toThrow(
    new RegExp(`^${name} is "perhaps": it must be "`),
  );
});
