/**
 * `sukkal/webhooks`: verifies that a notification comes from the service and is fresh, by the Standard Webhooks specification
 * (https://www.standardwebhooks.com), and signs notifications for the tests of a receiver.
 */

/** Why a notification was refused. */
export type WebhookDefect =
  | "header-missing"
  | "timestamp-invalid"
  | "timestamp-too-old"
  | "timestamp-too-new"
  | "secret-invalid"
  | "signature-wrong";

/**
 * What `verifyWebhook` throws. Answer 400, so that the notification is not repeated. Only `secret-invalid` is a mistake of the
 * receiver: answer 500, so that nothing is lost until it is corrected.
 *
 * @example
 * ```ts
 * import { verifyWebhook, WebhookError } from "sukkal/webhooks";
 * try {
 *   await verifyWebhook(secret, { headers: {}, body: "{}" });
 * } catch (error) {
 *   if (!(error instanceof WebhookError)) throw error;
 *   console.log(error.code); // header-missing
 * }
 * ```
 */
export class WebhookError extends Error {
  readonly code: WebhookDefect;

  constructor(code: WebhookDefect, message: string) {
    super(message);
    this.name = "WebhookError";
    this.code = code;
  }
}

export interface WebhookRequest {
  /** The headers of the request: `Headers`, or Node's `request.headers`. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body exactly as it arrived: not parsed and written again. */
  readonly body: string | Uint8Array;
}

export interface VerifyOptions {
  /** Seconds by which the timestamp may differ from the present. Default: 300. */
  readonly tolerance?: number | undefined;
  /** Milliseconds since 1970. Default: the present. */
  readonly now?: number | undefined;
}

/** A notification that is genuine. */
export interface VerifiedWebhook {
  /** The same for all attempts of a notification: by it a receiver tells repeats. */
  readonly id: string;
  readonly timestamp: Date;
  /**
   * The parsed body: a NotificationDocument, or an event of the queue (`Message_Type` is `QueueEvent`), unless the
   * subscription has `post_data`. Others can post to the queue too: check it.
   */
  readonly document: unknown;
}

/** What a webhook gets of a message, or of a test of the subscription. */
export interface NotificationDocument<T = unknown> {
  readonly Message_Type: "Notification" | "Test";
  readonly body: T;
  readonly queue_name: string;
  /** Seconds. Not of a test. */
  readonly ttl?: number;
  /** Seconds, if the message was posted with a delay. */
  readonly delay?: number;
}

const TOLERANCE = 300;
const PREFIX = "whsec_";
/** Bytes, by the specification. The service makes no others. */
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;

/**
 * Verifies a notification. `secrets`: the secret of the subscription (`whsec_…`), or several during a change. Throws a
 * WebhookError.
 *
 * @example
 * ```ts
 * import { verifyWebhook } from "sukkal/webhooks";
 * export default {
 *   async fetch(request: Request) {
 *     const { id, document } = await verifyWebhook(secret, { headers: request.headers, body: await request.text() });
 *     console.log(id, document);
 *     return new Response(null, { status: 204 });
 *   },
 * };
 * ```
 */
export async function verifyWebhook(
  secrets: string | readonly string[],
  { headers, body }: WebhookRequest,
  { tolerance = TOLERANCE, now = Date.now() }: VerifyOptions = {},
): Promise<VerifiedWebhook> {
  const id = headerOf(headers, "webhook-id");
  const seconds = headerOf(headers, "webhook-timestamp");
  const signatures = headerOf(headers, "webhook-signature");
  const timestamp = /^\d{1,12}$/.test(seconds) ? Number(seconds) : null;
  if (timestamp === null) throw new WebhookError("timestamp-invalid", "webhook-timestamp is not a number of seconds.");
  const age = now / 1000 - timestamp;
  if (age > tolerance)
    throw new WebhookError("timestamp-too-old", `The notification is ${Math.round(age)} seconds old.`);
  if (-age > tolerance)
    throw new WebhookError("timestamp-too-new", "The timestamp is in the future: compare the clocks.");
  const bytes = bytesOf(body);
  const content = contentOf(id, seconds, bytes);
  const keys = await Promise.all([secrets].flat().map((each) => toKey(each, "verify")));
  const given = signatures
    .split(" ")
    .flatMap((text) => (text.startsWith("v1,") ? (fromBase64(text.slice(3)) ?? []) : []));
  for (const key of keys) {
    for (const signature of given) {
      // `verify` takes the same time for every wrong signature.
      if (await crypto.subtle.verify("HMAC", key, signature, content)) {
        return { id, timestamp: new Date(timestamp * 1000), document: JSON.parse(new TextDecoder().decode(bytes)) };
      }
    }
  }
  throw new WebhookError("signature-wrong", "No signature was made with one of the secrets, or the body was changed.");
}

/** The headers of a signed notification, beside `Content-Type: application/json`. */
export type WebhookHeaders = Readonly<Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>>;

/**
 * Signs a notification as the service does, for tests of a receiver. `id`: without a dot. `now`: milliseconds since 1970.
 *
 * @example
 * ```ts
 * import { signWebhook, verifyWebhook } from "sukkal/webhooks";
 * const body = JSON.stringify({ Message_Type: "Notification", body: { order: 7 }, queue_name: "orders", ttl: 300 });
 * const headers = await signWebhook(secret, { id: "n1", body });
 * console.log((await verifyWebhook(secret, { headers, body })).id); // n1
 * ```
 */
export async function signWebhook(
  secret: string,
  { id, body }: { readonly id: string; readonly body: string | Uint8Array },
  { now = Date.now() }: { readonly now?: number | undefined } = {},
): Promise<WebhookHeaders> {
  const seconds = String(Math.floor(now / 1000));
  const content = contentOf(id, seconds, bytesOf(body));
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", await toKey(secret, "sign"), content));
  return {
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": `v1,${btoa(String.fromCharCode(...signature))}`,
  };
}

function headerOf(headers: WebhookRequest["headers"], name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  if (typeof value !== "string" || value === "")
    throw new WebhookError("header-missing", `The header ${name} is missing.`);
  return value;
}

/** `CryptoKey`, which not every runtime's types have as a global name. */
type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** `secret`: programs in JavaScript may give a variable that is not set. */
async function toKey(secret: string | null | undefined, usage: "sign" | "verify"): Promise<HmacKey> {
  if (secret == null) throw new WebhookError("secret-invalid", `The secret is ${secret}: is its variable set?`);
  const bytes = secret.startsWith(PREFIX) ? fromBase64(secret.slice(PREFIX.length)) : null;
  if (bytes === null || bytes.length < SECRET_BYTES_MIN || bytes.length > SECRET_BYTES_MAX)
    throw new WebhookError(
      "secret-invalid",
      `A secret is \`${PREFIX}\` and base64 of ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} bytes.`,
    );
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [usage]);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** What a middleware has parsed cannot be verified: written again, it may differ in every space. */
function bytesOf(body: unknown): Uint8Array {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError("The body must be the text or the bytes as they arrived, not parsed.");
}

/** What is signed. */
function contentOf(id: string, seconds: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return join(new TextEncoder().encode(`${id}.${seconds}.`), body);
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
