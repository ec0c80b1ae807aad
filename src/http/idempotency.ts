/** The header `Idempotency-Key` of a post: several posts with the same key and the same body store its messages once. */
import { toHex } from "../domain/hex.ts";
import { err, ok, type Result } from "../domain/result.ts";

const KEY = /^[\x21-\x7e]{1,255}$/;

/** The key; null when the header is absent. */
export function readIdempotencyKey(headers: Headers): Result<string | null, "header-invalid"> {
  const key = headers.get("Idempotency-Key");
  if (key === null || KEY.test(key)) return ok(key);
  return err({ kind: "header-invalid", header: "Idempotency-Key", rule: "1 to 255 visible characters" });
}

/** SHA-256 of the body, hexadecimal. It distinguishes a repeated post from another post with the same key. */
export async function fingerprintOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", body)));
}
