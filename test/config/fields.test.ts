/** The fields of the configuration: their types follow from the settings, and every setting has a field that it changes. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { variableOf } from "../../src/config/setting.ts";
import { SETTINGS, VARIABLES, type Variable } from "../../src/config/settings.ts";
import type { SubscriberKind } from "../../src/domain/subscriber.ts";
import type { Seconds } from "../../src/domain/time.ts";

describe("types", () => {
  const config = readConfig({ AUTH_STRATEGY: "none" });

  test("a number is a number, and one that can be unlimited may be null", () => {
    expectTypeOf(config.maxDeliveryConcurrency).toEqualTypeOf<number>();
    expectTypeOf(config.limits.maxMessagesPerPage).toEqualTypeOf<number>();
    expectTypeOf(config.quotas.bytes_per_queue).toEqualTypeOf<number>();
    expectTypeOf(config.maxBodyWait).toEqualTypeOf<Seconds>();
    expectTypeOf(config.maxOpenFiles).toEqualTypeOf<number | null>();
  });

  test("a choice is a union, a flag a boolean, a list an array", () => {
    expectTypeOf(config.clientIdUuidSafe).toEqualTypeOf<"strict" | "off">();
    expectTypeOf(config.enableChecksum).toEqualTypeOf<boolean>();
    expectTypeOf(config.corsAllowedOrigins).toEqualTypeOf<readonly string[]>();
    expectTypeOf(config.subscriberTypes).toEqualTypeOf<readonly SubscriberKind[]>();
  });

  test("a text or a secret without a default may be null, one with a default not", () => {
    expectTypeOf(config.mailFrom).toEqualTypeOf<string | null>();
    expectTypeOf(config.messageEncryptionKey).toEqualTypeOf<string | null>();
    expectTypeOf(config.smtpEhloName).toEqualTypeOf<string>();
  });

  test("an unknown name does not compile", () => {
    // @ts-expect-error The field is `maxBodyWait`.
    expect(config.maxBodyWaiting).toBeUndefined();
    // @ts-expect-error The value is "off" or "strict".
    expect(config.clientIdUuidSafe === "of").toBe(false);
    // @ts-expect-error The settings that make `keystone` are not read one by one.
    expect(config.keystonePassword).toBeUndefined();
  });
});

test("the environment variable is the field in capitals", () => {
  expect(variableOf("maxMessagesPerClaimOrPop")).toBe("MAX_MESSAGES_PER_CLAIM_OR_POP");
  expect(VARIABLES.map(({ name }) => name)).toEqual(Object.keys(SETTINGS).map(variableOf));
});

/** Two different values of each setting that is a text, and of a number that may not have every value in its range. */
const TEXTS: Readonly<Record<string, readonly [string, string]>> = {
  AUTH_STRATEGY: ["keystone,keys", "keystone"],
  KEYSTONE_URL: ["https://keystone.example", "https://keystone.example/identity"],
  KEYSTONE_USERNAME: ["sukkal", "zaqar"],
  KEYSTONE_PASSWORD: ["one", "another"],
  KEYSTONE_PROJECT: ["service", "services"],
  KEYSTONE_USER_DOMAIN: ["Default", "other"],
  KEYSTONE_APPLICATION_CREDENTIAL_ID: ["one", "another"],
  KEYSTONE_APPLICATION_CREDENTIAL_SECRET: ["one", "another"],
  ADMIN_API_KEY: [`sk_admin_${"a".repeat(32)}`, `sk_admin_${"b".repeat(32)}`],
  METRICS_API_KEY: [`sk_metrics_${"a".repeat(32)}`, `sk_metrics_${"b".repeat(32)}`],
  SIGNED_URL_SECRET_KEY: ["a".repeat(32), "b".repeat(32)],
  SIGNED_URL_PREVIOUS_SECRET_KEY: ["c".repeat(32), "d".repeat(32)],
  POLICY_RULES: ["{}", '{"ping:get": []}'],
  CORS_ALLOWED_ORIGINS: ["*", "https://horizon.example"],
  CORS_ALLOW_HEADERS: ["baggage", "baggage,X-Other"],
  CORS_EXPOSE_HEADERS: ["baggage", "baggage,X-Other"],
  SUBSCRIBER_TYPES: ["https", "https,mailto"],
  EXTERNAL_CONFIRMATION_URL: ["https://confirm.example", "https://agree.example"],
  PUBLIC_URL: ["https://queues.example", "https://messages.example"],
  TRUSTED_SUBSCRIBERS: ["mistral.example:8989", "mistral.example"],
  MAIL_FROM: ["q@queues.example", "r@queues.example"],
  SMTP_URL: ["smtp://mail.example", "smtps://mail.example"],
  SMTP_EHLO_NAME: ["queues.example", "messages.example"],
  MESSAGE_ENCRYPTION_KEY: ["one", "another"],
  MESSAGE_ENCRYPTION_PREVIOUS_KEYS: ["one", "another"],
  JURISDICTION: ["eu", "us"],
  SHARDS: ["4", "16"],
  OTEL_EXPORTER_OTLP_ENDPOINT: ["http://collector.example:4318", "https://traces.example"],
  OTEL_EXPORTER_OTLP_HEADERS: ["api-key=one", "api-key=another"],
  OTEL_SERVICE_NAME: ["queues", "messages"],
  OTEL_TRACES_SAMPLER_ARG: ["0", "1"],
};

function another({ name, range, choices, default: value }: Variable): string | undefined {
  const [, text] = TEXTS[name] ?? [];
  if (text !== undefined || range === undefined) return choices?.find((choice) => choice !== value) ?? text;
  const number = Number(value);
  return String(number < range.max ? number + 1 : number - 1);
}

describe("the configuration changes with", () => {
  const texts = Object.fromEntries(Object.entries(TEXTS).map(([name, [one]]) => [name, one]));

  test.each(VARIABLES.map((variable) => [variable.name, variable] as const))("%s", (name, variable) => {
    // Only one of the two can be used.
    const unused = name.startsWith("KEYSTONE_APPLICATION_")
      ? /^KEYSTONE_(?:USERNAME|PASSWORD|PROJECT)$/
      : /_APPLICATION_/;
    const before = Object.fromEntries(Object.entries(texts).filter(([other]) => !unused.test(other)));
    const value = another(variable);
    expect(value, "give it two values in TEXTS").toBeDefined();
    expect(readConfig({ ...before, [name]: value }), `nothing reads ${name}: src/config/config.ts`).not.toEqual(
      readConfig(before),
    );
  });
});
