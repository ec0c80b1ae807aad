/** Digests and HMACs of texts, key derivation, and comparison in constant time. */
import { createHash, createHmac, hkdfSync } from "node:crypto";

const UTF8 = new TextEncoder();

/** Texts of different lengths return early, because the lengths of the compared texts are no secret. */
export function equalsInConstantTime(a: string, b: string): boolean {
  const [left, right] = [UTF8.encode(a), UTF8.encode(b)];
  return left.length === right.length && crypto.subtle.timingSafeEqual(left, right);
}

/** SHA-256 of a text in UTF-8, hexadecimal. Secrets are stored, cached and compared in this form. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A key for the one purpose that `info` names, derived from a secret with several uses (HKDF-SHA-256, 32 bytes). */
export function deriveKey(secret: string, info: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", info, 32));
}

/** HMAC-SHA-256 of a text in UTF-8, hexadecimal. */
export function hmacOf(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}
