/** Reads the credential of a request. A request must have exactly one. An empty header counts as absent. */

export type Credential =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "signature" };

/** `unknown`: an `Authorization` header without an API key. It counts as a credential and is always refused. */
export type CredentialFault = "none" | "several" | "unknown";

const BEARER = /^Bearer +(\S+)$/i;
/** The beginning of every API key. No token of Keystone begins with it. */
const KEY = /^sk_/;

/** An API key is accepted as `X-Auth-Token` too, the only header that OpenStack's clients can send. */
export function readCredential(headers: Headers): Credential | CredentialFault {
  const token = headers.get("X-Auth-Token") ?? "";
  const authorization = headers.get("Authorization") ?? "";
  const found: (Credential | "unknown")[] = [];
  if (isSigned(headers)) found.push({ kind: "signature" });
  if (token !== "") found.push(KEY.test(token) ? { kind: "key", key: token } : { kind: "token", token });
  if (authorization !== "") {
    const key = BEARER.exec(authorization)?.[1] ?? "";
    found.push(KEY.test(key) ? { kind: "key", key } : "unknown");
  }
  const [credential, ...others] = found;
  if (credential === undefined) return "none";
  return others.length > 0 ? "several" : credential;
}

export function isSigned(headers: Headers): boolean {
  return (headers.get("URL-Signature") ?? "") !== "";
}
