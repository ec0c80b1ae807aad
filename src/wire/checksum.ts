/**
 * Checksums of message bodies (ENABLE_CHECKSUM): MD5 over the JSON that Python would serialize for the body, computed from
 * the client's text. Upstream: zaqar/storage/utils.py.
 */
import { toHex } from "../domain/hex.ts";
import type { JsonText } from "../domain/json.ts";
import { toPythonJson } from "./python-json.ts";

/** `MD5:` and 32 hexadecimal digits. A body that is JSON null has no checksum (null). */
export async function checksumOf(body: JsonText): Promise<string | null> {
  if (body === "null") return null;
  const bytes = new TextEncoder().encode(toPythonJson(body));
  const digest = new Uint8Array(await crypto.subtle.digest("MD5", bytes));
  return `MD5:${toHex(digest)}`;
}

/** The checksums of these messages; null: ENABLE_CHECKSUM is off. */
export async function checksumsFor(
  messages: readonly { readonly body: JsonText }[],
  { enableChecksum }: { readonly enableChecksum: boolean },
): Promise<readonly (string | null)[] | null> {
  return enableChecksum ? Promise.all(messages.map(({ body }) => checksumOf(body))) : null;
}
