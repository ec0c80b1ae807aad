/** Files that change under the same name: a client that has the present one is told so, without the file (RFC 9110). */
import { toHex } from "../domain/hex.ts";

/** `read` reads the file again, because it is not in memory as a whole while a client reads it slowly. */
export async function answerUnlessHeld(
  request: Request,
  headers: Readonly<Record<string, string>> & { readonly "Content-Type": string },
  found: Response,
  read: () => Promise<Response>,
): Promise<Response> {
  // Assets have a digest. The runtime's folder has only times, and those of files from a package never change.
  const tag = found.headers.get("ETag") ?? (await digestOf(found));
  const withTag = { ...headers, ETag: tag };
  if (!isHeld(tag, request.headers.get("If-None-Match"))) {
    const { body } = found.bodyUsed ? await read() : found;
    // A file may be compressed already.
    return new Response(body, { headers: withTag, encodeBody: "manual" });
  }
  if (!found.bodyUsed) await found.body?.cancel();
  const { "Content-Type": _, ...kept } = withTag;
  return new Response(null, { status: 304, headers: kept });
}

async function digestOf({ body }: Response): Promise<string> {
  const digest = new crypto.DigestStream("SHA-256");
  await body?.pipeTo(digest);
  return `"${toHex(new Uint8Array(await digest.digest))}"`;
}

/** A proxy that compresses makes a tag weak, of the same content. */
function isHeld(tag: string, ifNoneMatch: string | null): boolean {
  const held = ifNoneMatch?.split(",").map((each) => each.trim().replace(/^W\//, ""));
  return held !== undefined && (held.includes(tag) || held.includes("*"));
}
