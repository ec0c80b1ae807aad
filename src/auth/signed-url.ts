/**
 * Pre-signed URLs (core contract 8, extended contract 1.14): a signature over paths, methods, project and expiry stands in
 * for a credential.
 *
 * Ours: a queue may have a signing generation, a text that changes whenever its users revoke what they have shared. Then
 * the second half of the signature also covers the generation. The first half stays what upstream computes, so that
 * nobody without the secret gets as far as a look at the queue.
 */
import { toHex } from "../domain/hex.ts";
import { parseQueueName, toProjectId, type ProjectId } from "../domain/id.ts";
import { formatInstant, parseInstant } from "../domain/instant.ts";
import type { Place } from "../domain/place.ts";
import type { EpochMs } from "../domain/time.ts";
import { equalsInConstantTime } from "../domain/digest.ts";

/** What is signed. */
export interface UrlGrant {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: ProjectId;
  readonly expiresAt: EpochMs;
}

/** A signature that was made with one of our secrets, for this request; whether it still counts its queue's generation tells. */
export interface PlausibleSignature {
  readonly project: ProjectId;
  readonly place: Place;
  isOf(generation: string | null): Promise<boolean>;
}

/** A request as far as its signature covers it. `path` as it came: not decoded. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
}

/** Upstream quirk: two characters, a backslash and an n, where a line break was meant. */
const SEPARATOR = "\\n";

const HALF = 32;

export class UrlSigner {
  private readonly secrets: readonly string[];
  private readonly keys = new Map<string, CryptoKey>();

  /** The first secret signs; all of them verify. */
  constructor(secrets: readonly string[]) {
    this.secrets = secrets;
  }

  /** null without a secret. */
  async sign(grant: UrlGrant, generation: string | null): Promise<string | null> {
    const [secret] = this.secrets;
    return secret === undefined ? null : this.signWith(secret, grant, generation);
  }

  /** Every defect is the same null: an answer that told them apart would help to forge. */
  async verify(request: SignedRequest, now: EpochMs): Promise<PlausibleSignature | null> {
    const { method, path, headers } = request;
    const signature = headers.get("URL-Signature") ?? "";
    const grant = readGrant(headers);
    const place = placeOf(path);
    if (grant === null || place === null || grant.expiresAt <= now) return null;
    if (!grant.methods.includes(method) || !grant.paths.some((signed) => covers(signed, path))) return null;
    for (const secret of this.secrets) {
      const plain = await this.hmac(secret, textOf(grant));
      if (!equalsInConstantTime(signature.slice(0, HALF), plain.slice(0, HALF))) continue;
      return {
        project: grant.project,
        place,
        isOf: async (generation) => equalsInConstantTime(signature, await this.signWith(secret, grant, generation)),
      };
    }
    return null;
  }

  private async signWith(secret: string, grant: UrlGrant, generation: string | null): Promise<string> {
    const text = textOf(grant);
    const plain = await this.hmac(secret, text);
    if (generation === null) return plain;
    return plain.slice(0, HALF) + (await this.hmac(secret, text + SEPARATOR + generation)).slice(HALF);
  }

  private async hmac(secret: string, text: string): Promise<string> {
    let key = this.keys.get(secret);
    if (key === undefined) {
      const algorithm = { name: "HMAC", hash: "SHA-256" };
      key = await crypto.subtle.importKey("raw", UTF8.encode(secret), algorithm, false, ["sign"]);
      this.keys.set(secret, key);
    }
    return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, UTF8.encode(text))));
  }
}

const UTF8 = new TextEncoder();

function textOf({ paths, methods, project, expiresAt }: UrlGrant): string {
  return [paths.toSorted().join(","), methods.toSorted().join(","), project, formatInstant(expiresAt)].join(SEPARATOR);
}

/** What the headers say was signed; null when one is missing or no instant. */
function readGrant(headers: Headers): UrlGrant | null {
  const [paths, methods, expires] = ["URL-Paths", "URL-Methods", "URL-Expires"].map((name) => headers.get(name));
  const project = headers.get("X-Project-ID") ?? "";
  const expiresAt = parseInstant(expires ?? "");
  if (paths == null || methods == null || project === "" || expiresAt === null) return null;
  return { paths: paths.split(","), methods: methods.split(","), project: toProjectId(project), expiresAt };
}

/**
 * What a path leads into that needs no decoding and goes nowhere but down: a queue, or of a topic the one thing that is
 * ever signed there, a subscription's `confirm` resource. Null for every other path.
 */
function placeOf(path: string): Place | null {
  const segments = path.split("/");
  const [root, version, resource, text, ...rest] = segments;
  if (root !== "" || version !== "v2" || text === undefined || rest.length === 0) return null;
  if (path.includes("%") || segments.some((segment) => segment === "." || segment === "..")) return null;
  const name = rest.slice(0, -1).includes("") ? null : parseQueueName(text);
  if (name === null) return null;
  if (resource === "queues") return { kind: "queue", name };
  return resource === "topics" && isConfirmation(rest) ? { kind: "topic", name } : null;
}

function isConfirmation([collection, , resource, ...rest]: readonly string[]): boolean {
  return collection === "subscriptions" && resource === "confirm" && rest.length === 0;
}

/** A signed path covers itself and what lies below it. Literally: it is no pattern. */
function covers(signed: string, path: string): boolean {
  return signed !== "" && (path === signed || path.startsWith(`${signed}/`));
}
