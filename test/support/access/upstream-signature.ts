/** Upstream's signature of a URL with any fields, as a program with the service's secret can compute it. */
export async function upstreamSignature(secret: string, fields: readonly string[]): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, ["sign"]);
  const bytes = new TextEncoder().encode(fields.join("\\n"));
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
