/** Digests of texts, plain and under keys, and comparisons whose time tells nothing about what is compared. */
import { createHash, createHmac, hkdfSync } from "node:crypto";

const UTF8 = new TextEncoder();

/** Texts of different lengths differ at once: the lengths of what is compared here are no secret. */
export function equalsInConstantTime(a: string, b: string): boolean {
  const [left, right] = [UTF8.encode(a), UTF8.encode(b)];
  return left.length === right.length && crypto.subtle.timingSafeEqual(left, right);
}

/**
 * SHA-256 of a text in UTF-8, hexadecimal: secrets are stored, remembered and compared as this. Every request with a
 * credential pays for it, so it is the synchronous one: without a turn of the event loop, and a third cheaper (measured).
 */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A key for one purpose, which `info` names, from a secret that serves others too (HKDF-SHA-256, 32 bytes). */
export function deriveKey(secret: string, info: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", info, 32));
}

/** HMAC-SHA-256 of a text in UTF-8, hexadecimal. */
export function hmacOf(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}
