/**
 * Signatures of deliveries by the Standard Webhooks specification, which upstream lacks: a receiver that knows the
 * secret can tell a notification from a forgery, and a fresh one from a replay.
 */
import { fromBase64, toBase64 } from "../domain/base64.ts";
import type { WebhookSecret } from "../domain/subscription.ts";

const PREFIX = "whsec_";
/** Bytes, by the specification. */
export const SECRET_BYTES_MIN = 24;
export const SECRET_BYTES_MAX = 64;

/** The signed content. */
export interface SignedDelivery {
  /** `webhook-id`: one per message and subscription, the same in every attempt; without a dot. */
  readonly id: string;
  /** `webhook-timestamp`: seconds since 1970, when this attempt was made. */
  readonly timestamp: number;
  /** The body of the request, as it is sent. */
  readonly body: string;
}

/**
 * The value of `webhook-signature`: one signature per secret. During a rotation there are two, so that receivers may
 * change over at any time.
 */
export async function signatureHeader(
  secrets: readonly WebhookSecret[],
  { id, timestamp, body }: SignedDelivery,
): Promise<string> {
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, content)));
  return signatures.join(" ");
}

/** A secret made of the caller's random bytes. */
export function newSecret(random: Uint8Array): WebhookSecret {
  const secret = parseSecret(PREFIX + toBase64(random));
  if (secret === null) throw new Error(`A secret is made of ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} random bytes.`);
  return secret;
}

/** Strict standard base64 with padding, which the libraries of receivers read too. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Null for text that does not have the form of a secret. */
export function parseSecret(text: string): WebhookSecret | null {
  if (!text.startsWith(PREFIX) || !BASE64.test(text.slice(PREFIX.length))) return null;
  const secret = text as WebhookSecret;
  const { length } = bytesOf(secret);
  return length >= SECRET_BYTES_MIN && length <= SECRET_BYTES_MAX ? secret : null;
}

async function sign(secret: WebhookSecret, content: Uint8Array): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), algorithm, false, ["sign"]);
  return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, content)))}`;
}

function bytesOf(secret: WebhookSecret): Uint8Array {
  return fromBase64(secret.slice(PREFIX.length));
}
