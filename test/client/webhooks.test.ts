/** Verification of notifications: every way in which one can be wrong, against the service's own signatures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  signWebhook,
  verifyWebhook,
  WebhookError,
  type NotificationDocument,
  type WebhookDefect,
} from "sukkal/webhooks";
import { newSecret, signatureHeader } from "../../src/delivery/signature.ts";
import type { QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { toSeconds } from "../../src/domain/time.ts";
import { encodeNotification, encodeTest } from "../../src/wire/notifications.ts";

const SECRET = newSecret(new Uint8Array(32).fill(7));
const OTHER = newSecret(new Uint8Array(32).fill(8));
const NOW = 1_800_000_000_000;
const ID = "n1";
const BODY = '{"body":{"é":9007199254740993}}';

async function signed(secrets = [SECRET], timestamp = NOW / 1000, body = BODY): Promise<Record<string, string>> {
  return {
    "webhook-id": ID,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": await signatureHeader(secrets, { id: ID, timestamp, body }),
  };
}

test("a genuine notification has its id, time and document", async () => {
  const { id, timestamp, document } = await verifyWebhook(
    SECRET,
    { headers: await signed(), body: BODY },
    { now: NOW },
  );
  assert.deepEqual([id, timestamp.getTime(), document], [ID, NOW, JSON.parse(BODY)]);
});

test("headers and bodies of all servers are read", async () => {
  const headers = await signed();
  const bodies: readonly (string | Uint8Array)[] = [BODY, new TextEncoder().encode(BODY), Buffer.from(BODY)];
  for (const each of [headers, new Headers(headers)]) {
    for (const body of bodies) await verifyWebhook(SECRET, { headers: each, body }, { now: NOW });
  }
});

test("the documents that the service sends have their type", () => {
  const queue = "jobs" as QueueName;
  const sent = encodeNotification({ ttl: toSeconds(300), body: "1" as JsonText, delay: toSeconds(5) }, queue);
  const notification: NotificationDocument<number> = {
    Message_Type: "Notification",
    body: 1,
    queue_name: "jobs",
    ttl: 300,
    delay: 5,
  };
  assert.deepEqual(JSON.parse(sent), notification);
  const { body, ...tested }: NotificationDocument<string> = { Message_Type: "Test", body: "", queue_name: "jobs" };
  assert.deepEqual({ ...(JSON.parse(encodeTest(queue)) as object), body }, { ...tested, body });
});

test("during a change of secrets, either side may have both", async () => {
  await verifyWebhook([OTHER, SECRET], { headers: await signed(), body: BODY }, { now: NOW });
  await verifyWebhook(SECRET, { headers: await signed([OTHER, SECRET]), body: BODY }, { now: NOW });
});

const DEFECTS: readonly (readonly [WebhookDefect, string, (headers: Record<string, string>) => void])[] = [
  ["header-missing", "no id", (headers) => delete headers["webhook-id"]],
  ["header-missing", "no timestamp", (headers) => delete headers["webhook-timestamp"]],
  ["header-missing", "no signature", (headers) => delete headers["webhook-signature"]],
  ["timestamp-invalid", "a timestamp that is no number", (headers) => (headers["webhook-timestamp"] = "soon")],
  ["timestamp-invalid", "a timestamp in hexadecimal", (headers) => (headers["webhook-timestamp"] = "0x1")],
  ["signature-wrong", "another id", (headers) => (headers["webhook-id"] = "n2")],
  ["signature-wrong", "another timestamp", (headers) => (headers["webhook-timestamp"] = String(NOW / 1000 - 1))],
  [
    "signature-wrong",
    "a signature of another version",
    (headers) => (headers["webhook-signature"] = (headers["webhook-signature"] ?? "").replace("v1", "v2")),
  ],
  ["signature-wrong", "a signature that is no base64", (headers) => (headers["webhook-signature"] = "v1,%%%")],
  ["signature-wrong", "an empty signature", (headers) => (headers["webhook-signature"] = "v1,")],
];
for (const [code, title, spoil] of DEFECTS) {
  test(`${code}: ${title}`, async () => {
    const headers = await signed();
    spoil(headers);
    await assert.rejects(verifyWebhook(SECRET, { headers, body: BODY }, { now: NOW }), refusedAs(code));
  });
}

test("a changed body, and another secret, are refused", async () => {
  const headers = await signed();
  await assert.rejects(
    verifyWebhook(SECRET, { headers, body: `${BODY} ` }, { now: NOW }),
    refusedAs("signature-wrong"),
  );
  await assert.rejects(verifyWebhook(OTHER, { headers, body: BODY }, { now: NOW }), refusedAs("signature-wrong"));
  await assert.rejects(verifyWebhook([], { headers, body: BODY }, { now: NOW }), refusedAs("signature-wrong"));
});

const AGES: readonly (readonly [number, WebhookDefect | null])[] = [
  [300, null],
  [301, "timestamp-too-old"],
  [-300, null],
  [-301, "timestamp-too-new"],
];
for (const [age, code] of AGES) {
  test(`${age} s old: ${code ?? "accepted"}`, async () => {
    const verified = verifyWebhook(
      SECRET,
      { headers: await signed([SECRET], NOW / 1000 - age), body: BODY },
      { now: NOW },
    );
    await (code === null ? verified : assert.rejects(verified, refusedAs(code)));
  });
}

test("signatures are those of the service", async () => {
  for (const body of [BODY, new TextEncoder().encode(BODY)])
    assert.deepEqual(await signWebhook(SECRET, { id: ID, body }, { now: NOW + 999 }), await signed());
  await assert.rejects(signWebhook("whsec_%", { id: ID, body: BODY }), refusedAs("secret-invalid"));
});

const base64Of = (length: number): string => Buffer.alloc(length, 7).toString("base64");
const DEFECTIVE = [
  "",
  "foo",
  SECRET.slice(6),
  "whsec_",
  "whsec_%",
  "whsec_é",
  `whsec_${base64Of(23)}`,
  `whsec_${base64Of(65)}`,
];
for (const secret of DEFECTIVE) {
  test(`secret-invalid: "${secret}"`, async () => {
    await assert.rejects(
      verifyWebhook(secret, { headers: await signed(), body: BODY }, { now: NOW }),
      refusedAs("secret-invalid"),
    );
  });
}

test("the shortest and the longest secret of the specification are accepted", async () => {
  for (const length of [24, 64]) {
    const secret = `whsec_${base64Of(length)}`;
    await verifyWebhook(secret, { headers: await signWebhook(secret, { id: ID, body: BODY }), body: BODY });
  }
});

// As in JavaScript, or with a type assertion.
for (const secrets of [undefined, null, [undefined], [SECRET, undefined]] as unknown as string[][]) {
  test(`secret-invalid: ${JSON.stringify([secrets])} says that there is none`, async () => {
    const { code, message } = await defectOf(
      verifyWebhook(secrets, { headers: await signed(), body: BODY }, { now: NOW }),
    );
    assert.equal(code, "secret-invalid");
    assert.match(message, /^The secret is (undefined|null): is its variable set\?$/);
  });
}

test("a secret is not in the message about it", async () => {
  const { message } = await defectOf(signWebhook("my-secret", { id: ID, body: BODY }));
  assert.doesNotMatch(message, /my-secret/);
});

for (const body of [JSON.parse(BODY), undefined, null] as unknown as string[]) {
  test(`a body that is ${JSON.stringify(body)} is a mistake of the receiver`, async () => {
    const wanted = { name: "TypeError", message: /the body must be the text or the bytes as they arrived/i };
    await assert.rejects(verifyWebhook(SECRET, { headers: await signed(), body }, { now: NOW }), wanted);
    await assert.rejects(signWebhook(SECRET, { id: ID, body }), wanted);
  });
}

async function defectOf(refused: Promise<unknown>): Promise<WebhookError> {
  const error = await refused.catch((reason: unknown) => reason);
  assert.ok(error instanceof WebhookError, String(error));
  return error;
}

function refusedAs(code: WebhookDefect): (error: unknown) => boolean {
  return (error) => error instanceof WebhookError && error.code === code;
}
