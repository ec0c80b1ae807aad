/**
 * Pre-signed URLs: a signature over paths, methods, project and expiry replaces a credential. Upstream: zaqar/common/urls.py.
 *
 * Ours: a queue may have a signing generation, a text that changes whenever its users revoke the URLs they have shared. Then
 * the second half of the signature also covers the generation. The first half is the same as upstream's and is checked first,
 * so that a request that was not signed with the secret never reads the queue.
 */
import { toHex } from "../domain/hex.ts";
import { toProjectId, type ProjectId } from "../domain/id.ts";
import { parseInstant } from "../domain/instant.ts";
import type { Place } from "../domain/place.ts";
import { placeOfPath, SEPARATOR, textOfGrant, type UrlGrant } from "../domain/signed-grant.ts";
import type { EpochMs } from "../domain/time.ts";
import { equalsInConstantTime } from "../domain/digest.ts";

/**
 * A signature that one of the service's secrets made for this request. It is valid only if it also covers the present signing
 * generation of the queue or topic.
 */
export interface PlausibleSignature {
  readonly project: ProjectId;
  readonly place: Place;
  /** Whether the signature covers this signing generation; null: the queue or topic has none. */
  coversGeneration(generation: string | null): Promise<boolean>;
}

/** The parts of a request that its signature covers. `path` is as sent, not decoded. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
}

/** Hexadecimal digits of half a signature. */
const HALF = 32;

export class UrlSigner {
  private readonly secrets: readonly string[];
  private readonly keys = new Map<string, CryptoKey>();

  /** The first secret signs; all verify. */
  constructor(secrets: readonly string[]) {
    this.secrets = secrets;
  }

  /** null without a secret, and for a grant that cannot be written unambiguously. */
  async sign(grant: UrlGrant, generation: string | null): Promise<string | null> {
    const [secret] = this.secrets;
    const text = textOfGrant(grant);
    if (secret === undefined || text === null) return null;
    return this.signWith(secret, text, { plain: await this.hmac(secret, text), generation });
  }

  /** Every defect returns the same null: different answers would help a forger. */
  async verify(request: SignedRequest, now: EpochMs): Promise<PlausibleSignature | null> {
    const { method, path, headers } = request;
    const signature = headers.get("URL-Signature") ?? "";
    const grant = readGrant(headers);
    if (grant === null || grant.expiresAt <= now || !grant.methods.includes(method) || !isPlain(path)) return null;
    const signed = grant.paths.find((each) => covers(each, path));
    const place = signed === undefined ? null : placeOfPath(signed);
    const text = textOfGrant(grant);
    if (place === null || text === null) return null;
    for (const secret of this.secrets) {
      const plain = await this.hmac(secret, text);
      if (!equalsInConstantTime(signature.slice(0, HALF), plain.slice(0, HALF))) continue;
      return {
        project: grant.project,
        place,
        coversGeneration: async (generation) =>
          equalsInConstantTime(signature, await this.signWith(secret, text, { plain, generation })),
      };
    }
    return null;
  }

  /**
   * `plain`: the signature without a generation. The generation may be any text: it is the last field, and no field before it
   * contains a separator.
   */
  private async signWith(
    secret: string,
    text: string,
    { plain, generation }: { readonly plain: string; readonly generation: string | null },
  ): Promise<string> {
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

/** The grant that the headers state; null if a header is missing or the expiry is not an instant. */
function readGrant(headers: Headers): UrlGrant | null {
  const [paths, methods, expires] = ["URL-Paths", "URL-Methods", "URL-Expires"].map((name) => headers.get(name));
  const project = headers.get("X-Project-ID") ?? "";
  const expiresAt = parseInstant(expires ?? "");
  if (paths == null || methods == null || project === "" || expiresAt === null) return null;
  return { paths: paths.split(","), methods: methods.split(","), project: toProjectId(project), expiresAt };
}

/** Whether a path needs no decoding and has no empty or dot segments; it may end with a slash. */
function isPlain(path: string): boolean {
  const segments = path.split("/");
  return !path.includes("%") && !segments.slice(1, -1).includes("") && !segments.some((each) => /^\.\.?$/.test(each));
}

/** A signed path covers itself and the paths below it. It is compared literally, not as a pattern. */
function covers(signed: string, path: string): boolean {
  return path === signed || path.startsWith(`${signed}/`);
}
