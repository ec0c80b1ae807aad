/** Comparisons whose time tells nothing about what is compared. */
import { toHex } from "./hex.ts";

const UTF8 = new TextEncoder();

/** Texts of different lengths differ at once: the lengths of what is compared here are no secret. */
export function equalsInConstantTime(a: string, b: string): boolean {
  const [left, right] = [UTF8.encode(a), UTF8.encode(b)];
  return left.length === right.length && crypto.subtle.timingSafeEqual(left, right);
}

/** SHA-256 of a text in UTF-8, hexadecimal: secrets are stored, remembered and compared as this. */
export async function digestOf(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", UTF8.encode(text))));
}
