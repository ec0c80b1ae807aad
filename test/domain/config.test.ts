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

test.each([
  ["q@example.org", true],
  ["Queues <q@example.org>", true],
  ["Queues q@example.org", false],
  ["<q@example.org", false],
  ["q@example.org, r@example.org", false],
])("MAIL_FROM of %s is a sender: %s", (value, isSender) => {
  const read = () => readConfig({ ...REQUIRED, MAIL_FROM: value }).mailFrom;
  if (isSender) expect(read()).toBe(value);
  else expect(read).toThrow(`MAIL_FROM is "${value}": it must be a mail address`);
});

/** Settings that are right in every strategy, with secrets that no sentence may repeat. */
const SECRETS = {
  KEYSTONE_PASSWORD: "hidden-password",
  KEYSTONE_APPLICATION_CREDENTIAL_SECRET: "hidden-credential",
  ADMIN_API_KEY: `sk_admin_hidden-${"x".repeat(32)}`,
  SIGNED_URL_SECRET_KEY: `hidden-${"x".repeat(32)}`,
  SIGNED_URL_PREVIOUS_SECRET_KEY: `hidden-${"y".repeat(32)}`,
  MESSAGE_ENCRYPTION_KEY: "hidden-encryption",
  MESSAGE_ENCRYPTION_PREVIOUS_KEYS: "hidden-before",
  SMTP_URL: "smtp://sukkal:hidden@mail.example",
};
const KEYSTONE = { AUTH_STRATEGY: "keystone", KEYSTONE_URL: "https://keystone.example/identity" };
const USER = { KEYSTONE_USERNAME: "sukkal", KEYSTONE_PASSWORD: "hidden", KEYSTONE_PROJECT: "service" };
const APPLICATION = { KEYSTONE_APPLICATION_CREDENTIAL_ID: "id", KEYSTONE_APPLICATION_CREDENTIAL_SECRET: "hidden" };

describe("AUTH_STRATEGY", () => {
  test.each([
    ["none", ["none"]],
    ["keys", ["keys"]],
    ["keystone", ["keystone"]],
    ["keystone,keys", ["keystone", "keys"]],
    ["keys, keystone", ["keys", "keystone"]],
  ])("%j is %j", (strategy, strategies) => {
    const config = readConfig({ ...KEYSTONE, AUTH_STRATEGY: strategy });
    expect(config.authStrategies).toEqual(strategies);
    expect(config.keystone === null).toBe(!strategies.includes("keystone"));
  });

  test.each([
    " ",
    "none,keys",
    "keys,none",
    "keystone,none",
    "keys,",
    ",keys",
    "keys,keys",
    "Keys",
    "noauth",
    "keys;none",
  ])("%j is no strategy", (strategy) => {
    expect(() => readConfig({ ...KEYSTONE, AUTH_STRATEGY: strategy })).toThrow(/^AUTH_STRATEGY is "/);
  });
});

describe("Keystone", () => {
  test.each([
    ["http://k", "http://k"],
    ["https://k:5000", "https://k:5000"],
    ["https://k/identity/", "https://k/identity"],
    ["https://k/identity/v3", "https://k/identity"],
    ["https://k/v3/", "https://k"],
  ])("at %s is asked at %s", (url, asked) => {
    expect(readConfig({ ...KEYSTONE, KEYSTONE_URL: url }).keystone).toEqual({ url: asked, credentials: null });
  });

  test.each([
    "k",
    "ftp://k",
    "http://",
    "http://u:p@k",
    "http://k?x",
    "http://k#x",
    "http://k/ x",
    "//k",
    "file:///k",
    "http://k:99999",
    "http://[k",
  ])("is not at %j", (url) => {
    expect(() => readConfig({ ...KEYSTONE, KEYSTONE_URL: url })).toThrow(/^KEYSTONE_URL is /);
  });

  test("needs a URL where it is believed, and nothing where it is not", () => {
    expect(() => readConfig({ AUTH_STRATEGY: "keystone" })).toThrow(/^KEYSTONE_URL is not set/);
    expect(() => readConfig({ AUTH_STRATEGY: "keystone,keys", KEYSTONE_URL: "" })).toThrow(/^KEYSTONE_URL is not set/);
    expect(readConfig({ AUTH_STRATEGY: "keys" }).keystone).toBeNull();
  });

  test("is asked in the name of a user, of an application credential, or of the token", () => {
    expect(readConfig({ ...KEYSTONE, ...USER }).keystone?.credentials).toEqual({
      kind: "password",
      username: "sukkal",
      password: "hidden",
      project: "service",
      domain: "Default",
    });
    expect(readConfig({ ...KEYSTONE, ...USER, KEYSTONE_USER_DOMAIN: "d" }).keystone?.credentials).toMatchObject({
      domain: "d",
    });
    expect(readConfig({ ...KEYSTONE, ...APPLICATION }).keystone?.credentials).toEqual({
      kind: "application-credential",
      id: "id",
      secret: "hidden",
    });
    expect(readConfig(KEYSTONE).keystone?.credentials).toBeNull();
  });

  test.each([...Object.keys(USER), ...Object.keys(APPLICATION)])("%s does not come alone", (name) => {
    expect(() => readConfig({ ...KEYSTONE, [name]: "hidden" })).toThrow(/^KEYSTONE_\w+ is not set: .* belong together/);
  });

  test.each([
    ...Object.keys(USER).map((name) => [name, USER] as const),
    ...Object.keys(APPLICATION).map((name) => [name, APPLICATION] as const),
  ])("%s is missed when the others are there", (name, group) => {
    expect(() => readConfig({ ...KEYSTONE, ...group, [name]: "" })).toThrow(new RegExp(`^${name} is not set`));
  });

  test("has one way to ask", () => {
    expect(() => readConfig({ ...KEYSTONE, ...USER, ...APPLICATION })).toThrow(/only one can be used/);
  });
});

describe("the keys that sign URLs", () => {
  const names = ["SIGNED_URL_SECRET_KEY", "SIGNED_URL_PREVIOUS_SECRET_KEY"] as const;
  const good = { SIGNED_URL_SECRET_KEY: "x".repeat(32), SIGNED_URL_PREVIOUS_SECRET_KEY: "y".repeat(32) };

  test.each(names)("%s set to nothing stops the start, in every strategy", (name) => {
    for (const AUTH_STRATEGY of ["none", "keys", "keystone"]) {
      expect(() => readConfig({ ...KEYSTONE, ...good, AUTH_STRATEGY, [name]: "" })).toThrow(
        `${name} is empty: set it, or do not set it at all.`,
      );
    }
  });

  test.each(names)("%s has 32 bytes or more where anybody is kept out", (name) => {
    for (const AUTH_STRATEGY of ["keys", "keystone", "keystone,keys"]) {
      const start = (key: string) => () => readConfig({ ...KEYSTONE, ...good, AUTH_STRATEGY, [name]: key });
      expect(start("z".repeat(31))).toThrow(`${name} is too short: it must have at least 32 bytes.`);
      expect(start("z".repeat(32))).not.toThrow();
      // Bytes, not characters.
      expect(start("é".repeat(16))).not.toThrow();
      expect(start(`${"é".repeat(15)}z`)).toThrow(/too short/);
    }
  });

  test("may be of any length where everybody is believed", () => {
    expect(readConfig({ ...REQUIRED, SIGNED_URL_SECRET_KEY: "x" }).signedUrlKeys).toEqual(["x"]);
  });

  test("are tried in the order of their age", () => {
    expect(readConfig({ ...REQUIRED, ...good }).signedUrlKeys).toEqual(["x".repeat(32), "y".repeat(32)]);
    expect(readConfig(REQUIRED).signedUrlKeys).toEqual([]);
    const alone = { ...REQUIRED, SIGNED_URL_PREVIOUS_SECRET_KEY: "y".repeat(32) };
    expect(() => readConfig(alone)).toThrow(/^SIGNED_URL_SECRET_KEY is not set/);
  });

  test("sign for any time unless a longest is set", () => {
    expect(readConfig(REQUIRED).signedUrlTtlMax).toBeNull();
    expect(readConfig({ ...REQUIRED, SIGNED_URL_TTL_MAX: "0" }).signedUrlTtlMax).toBe(0);
    expect(readConfig({ ...REQUIRED, SIGNED_URL_TTL_MAX: "60" }).signedUrlTtlMax).toBe(60);
  });
});

describe("ADMIN_API_KEY", () => {
  test.each([32, 200])("of %d characters behind its beginning is one", (length) => {
    const key = `sk_admin_${"aZ0-_".repeat(40).slice(0, length)}`;
    expect(readConfig({ ...REQUIRED, ADMIN_API_KEY: key }).adminApiKey).toBe(key);
  });

  test.each([
    ["", "x".repeat(40), "without its beginning"],
    ["sk_admin_", "", "its beginning"],
    ["sk_admin_", "x".repeat(31), "too short"],
    ["sk_admin_", "x".repeat(201), "too long"],
    ["sk_admin_", `${"x".repeat(40)} `, "with a blank"],
    ["sk_admin_", `${"x".repeat(40)}=`, "with another character"],
    ["SK_ADMIN_", "x".repeat(40), "in capitals"],
  ])("%s%s is none: %s", (beginning, rest) => {
    const given = beginning + rest;
    expect(() => readConfig({ ...REQUIRED, ADMIN_API_KEY: given })).toThrow(
      /^ADMIN_API_KEY is not what it must be: it must be sk_admin_ and 32 to 200/,
    );
  });
});

describe("POLICY_RULES", () => {
  test("are lists of roles by rule, which compare without regard to case", () => {
    const { policyRules } = readConfig({
      ...REQUIRED,
      POLICY_RULES: '{"queues:create": ["Admin", "*"], "ping:get": []}',
    });
    expect([...policyRules]).toEqual([
      ["queues:create", ["admin", "*"]],
      ["ping:get", []],
    ]);
    expect(readConfig(REQUIRED).policyRules.size).toBe(0);
  });

  test.each([
    "x",
    "[]",
    "null",
    "1",
    '{"queues:create": "admin"}',
    '{"queues:create": [1]}',
    '{"queues:create": [""]}',
    "{",
  ])("%j are none", (text) => {
    expect(() => readConfig({ ...REQUIRED, POLICY_RULES: text })).toThrow(/^POLICY_RULES must be a JSON object/);
  });

  test.each(["queues:craete", "", "toString", "pools:create", "QUEUES:CREATE"])("name no rule %j", (rule) => {
    const text = `{${JSON.stringify(rule)}: ["admin"]}`;
    expect(() => readConfig({ ...REQUIRED, POLICY_RULES: text })).toThrow(`POLICY_RULES names "${rule}"`);
  });
});

describe("CORS_ALLOWED_ORIGINS", () => {
  test.each([
    ["*", ["*"]],
    ["https://a.example", ["https://a.example"]],
    ["https://a.example:8443,http://b.example", ["https://a.example:8443", "http://b.example"]],
    ["https://a.example , http://b.example", ["https://a.example", "http://b.example"]],
  ])("%j are %j", (text, origins) => {
    expect(readConfig({ ...REQUIRED, CORS_ALLOWED_ORIGINS: text }).corsAllowedOrigins).toEqual(origins);
  });

  test.each(["a.example", "https://a.example/", "https://a.example/x", "*,https://a.example", "null", "https://", ","])(
    "%j are none",
    (text) => {
      expect(() => readConfig({ ...REQUIRED, CORS_ALLOWED_ORIGINS: text })).toThrow(/^CORS_ALLOWED_ORIGINS is /);
    },
  );
});

test("no sentence repeats a secret", () => {
  const everything = { ...KEYSTONE, ...SECRETS, KEYSTONE_APPLICATION_CREDENTIAL_ID: "id" };
  const wrong: Readonly<Record<string, string>>[] = [
    ...Object.entries(SECRETS).map(([name, secret]) => ({ ...everything, [name]: `${secret} \u0000` })),
    ...Object.keys(SECRETS).map((name) => ({ ...everything, [name]: "hidden" })),
    ...SETTINGS.map(({ name }) => ({ ...everything, ...USER, [name]: "hidden?" })),
    { ...everything, SIGNED_URL_SECRET_KEY: "" },
    { ...everything, ...USER },
  ];
  const sentences = wrong.flatMap((settings) => {
    try {
      readConfig(settings);
      return [];
    } catch (error) {
      return [String(error).replace('is "hidden?"', "")];
    }
  });
  expect(sentences.length).toBeGreaterThan(SETTINGS.length);
  for (const sentence of sentences) expect(sentence).not.toContain("hidden");
});

test("what is marked as a secret is what is one", () => {
  const marked = SETTINGS.filter(({ isSecret }) => isSecret === true).map(({ name }) => name);
  expect(marked.toSorted()).toEqual(Object.keys(SECRETS).toSorted());
});
