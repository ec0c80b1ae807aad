/** Verification of notifications: every way in which one can be wrong, against the service's own signatures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyWebhook, WebhookError, type WebhookDefect } from "sukkal/webhooks";
import { newSecret, signatureHeader } from "../../src/delivery/signature.ts";

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
  for (const each of [headers, new Headers(headers)]) {
    for (const body of [BODY, new TextEncoder().encode(BODY)])
      await verifyWebhook(SECRET, { headers: each, body }, { now: NOW });
  }
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

for (const secret of ["", "whsec_", "whsec_%", "whsec_é"]) {
  test(`secret-invalid: "${secret}"`, async () => {
    await assert.rejects(
      verifyWebhook(secret, { headers: await signed(), body: BODY }, { now: NOW }),
      refusedAs("secret-invalid"),
    );
  });
}

function refusedAs(code: WebhookDefect): (error: unknown) => boolean {
  return (error) => error instanceof WebhookError && error.code === code;
}
