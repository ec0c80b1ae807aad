/**
 * Encryption at rest of message bodies (`_enable_encrypt_messages`): AES-256-GCM under a key derived from the service's
 * secret by HKDF-SHA-256, a fresh 96-bit nonce per body, bound to the project by additional data. A sealed body begins
 * with a character that no JSON value begins with, so sealed and plain bodies live side by side and the flag of a queue
 * may change at any time.
 */
import type { ProjectId } from "../domain/id.ts";
import type { JsonText } from "../domain/json.ts";
import { joinBodies, splitBodies, type CheckedRun, type Message } from "../domain/message.ts";

const MARK = "!";
const NONCE_BYTES = 12;

export class Seal {
  private readonly secret: string | null;
  private readonly project: Uint8Array;
  /** Derived on first use: most queues never encrypt. */
  private derived: Promise<CryptoKey> | null = null;

  /** Without a secret it opens nothing but plain bodies. */
  constructor(secret: string | null, project: ProjectId) {
    this.secret = secret;
    this.project = new TextEncoder().encode(project);
  }

  /** The runs with every body sealed. */
  async close(runs: readonly CheckedRun[]): Promise<CheckedRun[]> {
    return Promise.all(
      runs.map(async (run) => {
        const bodies = await Promise.all(splitBodies(run.bodies).map((body) => this.closeBody(body)));
        return { ...run, bodies: joinBodies(bodies) };
      }),
    );
  }

  /** The messages with every sealed body opened. Throws for a body sealed under another secret. */
  async open(messages: readonly Message[]): Promise<readonly Message[]> {
    if (!messages.some(({ body }) => isSealed(body))) return messages;
    return Promise.all(
      messages.map(async (message) =>
        isSealed(message.body) ? { ...message, body: await this.openBody(message.body) } : message,
      ),
    );
  }

  private async closeBody(body: JsonText): Promise<JsonText> {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const sealed = await crypto.subtle.encrypt(this.algorithm(nonce), await this.key(), new TextEncoder().encode(body));
    const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength);
    bytes.set(nonce);
    bytes.set(new Uint8Array(sealed), NONCE_BYTES);
    return (MARK + toBase64(bytes)) as JsonText;
  }

  private async openBody(body: JsonText): Promise<JsonText> {
    const bytes = Uint8Array.from(atob(body.slice(MARK.length)), (character) => character.charCodeAt(0));
    const algorithm = this.algorithm(bytes.subarray(0, NONCE_BYTES));
    const opened = await crypto.subtle.decrypt(algorithm, await this.key(), bytes.subarray(NONCE_BYTES));
    return new TextDecoder().decode(opened) as JsonText;
  }

  private key(): Promise<CryptoKey> {
    if (this.secret === null)
      throw new Error("MESSAGE_ENCRYPTION_KEY is not set, but the queue encrypts its messages.");
    this.derived ??= deriveKey(this.secret);
    return this.derived;
  }

  private algorithm(nonce: Uint8Array): SubtleCryptoEncryptAlgorithm {
    return { name: "AES-GCM", iv: nonce, additionalData: this.project };
  }
}

function isSealed(body: JsonText): boolean {
  return body.startsWith(MARK);
}

async function deriveKey(secret: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode("sukkal message bodies");
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

/** In pieces: a function call takes only so many arguments. */
function toBase64(bytes: Uint8Array): string {
  const PIECE = 8192;
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}
