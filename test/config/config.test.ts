/** Decoding the settings: defaults, bounds, and errors that name the variable. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { VARIABLES } from "../../src/config/settings.ts";

const REQUIRED = { AUTH_STRATEGY: "none" };

test("how requests authenticate has to be chosen", () => {
  expect(() => readConfig({})).toThrow(/^AUTH_STRATEGY is not set: it must be "keystone", "keys", /);
  expect(() => readConfig({ AUTH_STRATEGY: "" })).toThrow(/^AUTH_STRATEGY is not set/);
  expect(() => readConfig({ AUTH_STRATEGY: "kerberos" })).toThrow(/^AUTH_STRATEGY is "kerberos"/);
});

test("every other setting has a default, and an empty value counts as unset", () => {
  const empty = Object.fromEntries(VARIABLES.flatMap(({ name, isNeverEmpty }) => (isNeverEmpty ? [] : [[name, ""]])));
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

test("a queue is spread over enough objects, or is on one", () => {
  expect(readConfig({ ...REQUIRED, SHARDS: "1" }).shards).toBe(1);
  expect(readConfig({ ...REQUIRED, SHARDS: "4" }).shards).toBe(4);
  expect(() => readConfig({ ...REQUIRED, SHARDS: "3" })).toThrow(/^SHARDS is 3: it must be 1, or from 4 to 64/);
});

test("bindings that are not texts are ignored", () => {
  expect(readConfig({ ...REQUIRED, QUEUES: {}, MAX_MESSAGE_TTL: 60 }).limits.maxMessageTtl).toBe(1_209_600);
});

/** Pairs of settings, the first of which may not be greater than the second. A test of one sets the other to the same value. */
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
  const { min, max } = VARIABLES.find((setting) => setting.name === name)?.range ?? { min: value, max: value };
  return Math.min(Math.max(value, min), max);
}

describe("numbers", () => {
  const ranges = VARIABLES.flatMap(({ name, range }) =>
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

  test.each(["x", "1.5", "1e3", " 60", "60s", "+60", "0x3c"])("%j is not a number", (value) => {
    expect(() => readConfig({ ...REQUIRED, MAX_CLAIM_TTL: value })).toThrow(/^MAX_CLAIM_TTL is /);
  });

  test.each(Object.entries(COMPANIONS))("%s may not be greater than %s", (smaller, larger) => {
    const limit = VARIABLES.find(({ name }) => name === larger)?.range?.min ?? 0;
    const value = Math.max(limit, VARIABLES.find(({ name }) => name === smaller)?.range?.min ?? 0);
    const settings = { ...REQUIRED, [larger]: `${value}`, [smaller]: `${value + 1}` };
    expect(() => readConfig(settings)).toThrow(
      new RegExp(`^${smaller} is ${value + 1}: it must not be greater than ${larger}`),
    );
  });
});

test.each(VARIABLES.filter(({ choices }) => choices !== undefined).map(({ name }) => name))(
  "%s takes only its choices",
  (name) => {
    expect(() => readConfig({ ...REQUIRED, [name]: "perhaps" })).toThrow(
      new RegExp(`^${name} is "perhaps": it must be "`),
    );
  },
);

test.each([
  ["q@example.org", true],
  ["Queues <q@example.org>", true],
  ["Queues q@example.org", false],
  ["<q@example.org", false],
  ["q@example.org, r@example.org", false],
])("MAIL_FROM may be %s: %s", (value, isSender) => {
  const read = () => readConfig({ ...REQUIRED, MAIL_FROM: value }).mailFrom;
  if (isSender) expect(read()).toBe(value);
  else expect(read).toThrow(`MAIL_FROM is "${value}": it must be a mail address`);
});

/** Settings that are valid with every strategy, with secrets that no error may repeat. */
const SECRETS = {
  KEYSTONE_PASSWORD: "hidden-password",
  KEYSTONE_APPLICATION_CREDENTIAL_SECRET: "hidden-credential",
  ADMIN_API_KEY: `sk_admin_hidden-${"x".repeat(32)}`,
  METRICS_API_KEY: `sk_metrics_hidden-${"z".repeat(32)}`,
  SIGNED_URL_SECRET_KEY: `hidden-${"x".repeat(32)}`,
  SIGNED_URL_PREVIOUS_SECRET_KEY: `hidden-${"y".repeat(32)}`,
  MESSAGE_ENCRYPTION_KEY: "hidden-encryption",
  MESSAGE_ENCRYPTION_PREVIOUS_KEYS: "hidden-before",
  SMTP_URL: "smtp://sukkal:hidden@mail.example",
  OTEL_EXPORTER_OTLP_HEADERS: "api-key=hidden",
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
  ])("%j is decoded to %j", (strategy, strategies) => {
    const config = readConfig({ ...KEYSTONE, AUTH_STRATEGY: strategy });
    expect(config.authStrategy).toEqual(strategies);
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
  ])("%j is refused", (strategy) => {
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
  ])("with the URL %s is called at %s", (url, asked) => {
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
  ])("cannot have the URL %j", (url) => {
    expect(() => readConfig({ ...KEYSTONE, KEYSTONE_URL: url })).toThrow(/^KEYSTONE_URL is /);
  });

  test("needs a URL if AUTH_STRATEGY includes it, and nothing if it does not", () => {
    expect(() => readConfig({ AUTH_STRATEGY: "keystone" })).toThrow(/^KEYSTONE_URL is not set/);
    expect(() => readConfig({ AUTH_STRATEGY: "keystone,keys", KEYSTONE_URL: "" })).toThrow(/^KEYSTONE_URL is not set/);
    expect(readConfig({ AUTH_STRATEGY: "keys" }).keystone).toBeNull();
  });

  test("is called with a user, an application credential, or the token itself", () => {
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

  test.each([...Object.keys(USER), ...Object.keys(APPLICATION)])("%s alone is refused", (name) => {
    expect(() => readConfig({ ...KEYSTONE, [name]: "hidden" })).toThrow(/^KEYSTONE_\w+ is not set: .* belong together/);
  });

  test.each([
    ...Object.keys(USER).map((name) => [name, USER] as const),
    ...Object.keys(APPLICATION).map((name) => [name, APPLICATION] as const),
  ])("%s is required when the others of its group are set", (name, group) => {
    expect(() => readConfig({ ...KEYSTONE, ...group, [name]: "" })).toThrow(new RegExp(`^${name} is not set`));
  });

  test("is not called with a user and an application credential at once", () => {
    expect(() => readConfig({ ...KEYSTONE, ...USER, ...APPLICATION })).toThrow(/only one can be used/);
  });
});

describe("the keys that sign URLs", () => {
  const names = ["SIGNED_URL_SECRET_KEY", "SIGNED_URL_PREVIOUS_SECRET_KEY"] as const;
  const good = { SIGNED_URL_SECRET_KEY: "x".repeat(32), SIGNED_URL_PREVIOUS_SECRET_KEY: "y".repeat(32) };

  test.each(names)("%s set to an empty text stops the start, with every strategy", (name) => {
    for (const AUTH_STRATEGY of ["none", "keys", "keystone"]) {
      expect(() => readConfig({ ...KEYSTONE, ...good, AUTH_STRATEGY, [name]: "" })).toThrow(
        `${name} is empty: give it a value, or remove the variable.`,
      );
    }
  });

  test.each(names)("%s must have 32 bytes or more unless AUTH_STRATEGY is none", (name) => {
    for (const AUTH_STRATEGY of ["keys", "keystone", "keystone,keys"]) {
      const start = (key: string) => () => readConfig({ ...KEYSTONE, ...good, AUTH_STRATEGY, [name]: key });
      expect(start("z".repeat(31))).toThrow(`${name} is too short: it must have at least 32 bytes.`);
      expect(start("z".repeat(32))).not.toThrow();
      // Bytes, not characters.
      expect(start("é".repeat(16))).not.toThrow();
      expect(start(`${"é".repeat(15)}z`)).toThrow(/too short/);
    }
  });

  test("may have any length when AUTH_STRATEGY is none", () => {
    expect(readConfig({ ...REQUIRED, SIGNED_URL_SECRET_KEY: "x" }).signedUrlKeys).toEqual(["x"]);
  });

  test("are the current one and then the previous one", () => {
    expect(readConfig({ ...REQUIRED, ...good }).signedUrlKeys).toEqual(["x".repeat(32), "y".repeat(32)]);
    expect(readConfig(REQUIRED).signedUrlKeys).toEqual([]);
    const alone = { ...REQUIRED, SIGNED_URL_PREVIOUS_SECRET_KEY: "y".repeat(32) };
    expect(() => readConfig(alone)).toThrow(/^SIGNED_URL_SECRET_KEY is not set/);
  });

  test("sign for any time unless SIGNED_URL_TTL_MAX is set", () => {
    expect(readConfig(REQUIRED).signedUrlTtlMax).toBeNull();
    expect(readConfig({ ...REQUIRED, SIGNED_URL_TTL_MAX: "0" }).signedUrlTtlMax).toBe(0);
    expect(readConfig({ ...REQUIRED, SIGNED_URL_TTL_MAX: "60" }).signedUrlTtlMax).toBe(60);
  });
});

describe("ADMIN_API_KEY", () => {
  test.each([32, 200])("may have %d characters behind its prefix", (length) => {
    const key = `sk_admin_${"aZ0-_".repeat(40).slice(0, length)}`;
    expect(readConfig({ ...REQUIRED, ADMIN_API_KEY: key }).adminApiKey).toBe(key);
  });

  test.each([
    ["", "x".repeat(40), "without its prefix"],
    ["sk_admin_", "", "nothing but its prefix"],
    ["sk_admin_", "x".repeat(31), "too short"],
    ["sk_admin_", "x".repeat(201), "too long"],
    ["sk_admin_", `${"x".repeat(40)} `, "with a blank"],
    ["sk_admin_", `${"x".repeat(40)}=`, "with another character"],
    ["SK_ADMIN_", "x".repeat(40), "in capitals"],
  ])("%s%s is refused: %s", (beginning, rest) => {
    const given = beginning + rest;
    expect(() => readConfig({ ...REQUIRED, ADMIN_API_KEY: given })).toThrow(
      /^ADMIN_API_KEY is invalid: it must be sk_admin_ and 32 to 200/,
    );
  });
});

describe("POLICY_RULES", () => {
  test("are lists of roles by rule, compared without regard to case", () => {
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
  ])("%j are refused", (text) => {
    expect(() => readConfig({ ...REQUIRED, POLICY_RULES: text })).toThrow(/^POLICY_RULES must be a JSON object/);
  });

  test.each(["queues:craete", "", "toString", "pools:put", "QUEUES:CREATE"])("may not name a rule %j", (rule) => {
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
    "%j are refused",
    (text) => {
      expect(() => readConfig({ ...REQUIRED, CORS_ALLOWED_ORIGINS: text })).toThrow(/^CORS_ALLOWED_ORIGINS is /);
    },
  );
});

test("no error repeats a secret", () => {
  const everything = { ...KEYSTONE, ...SECRETS, KEYSTONE_APPLICATION_CREDENTIAL_ID: "id" };
  const wrong: Readonly<Record<string, string>>[] = [
    ...Object.entries(SECRETS).map(([name, secret]) => ({ ...everything, [name]: `${secret} \u0000` })),
    ...Object.keys(SECRETS).map((name) => ({ ...everything, [name]: "hidden" })),
    ...VARIABLES.map(({ name }) => ({ ...everything, ...USER, [name]: "hidden?" })),
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
  expect(sentences.length).toBeGreaterThan(VARIABLES.length);
  for (const sentence of sentences) expect(sentence).not.toContain("hidden");
});

test("every secret is marked as one, and nothing else", () => {
  const marked = VARIABLES.filter(({ isSecret }) => isSecret === true).map(({ name }) => name);
  expect(marked.toSorted()).toEqual(Object.keys(SECRETS).toSorted());
});
