/**
 * Encryption at rest of message bodies (`_enable_encrypt_messages`): AES-256-GCM under a key derived from the service's secret by
 * HKDF-SHA-256, a fresh 96-bit nonce per body, bound to the project by additional data. An encrypted body begins with a character
 * that no JSON value begins with. So a queue may contain encrypted and plain bodies, and its flag may change at any time. The id
 * of the key follows, so that a claim recognises and skips a message that was encrypted with an unknown key.
 */
import { fromBase64, toBase64 } from "../../domain/base64.ts";
import { toHex } from "../../domain/hex.ts";
import type { ProjectId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import {
  joinBodies,
  splitBodies,
  type Bodies,
  type CheckedRun,
  type Message,
  type Transfer,
} from "../../domain/message.ts";

const MARK = "!";
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
/** Separates the previous secrets. */
const SEPARATOR = ",";
/** The id is derived together with the key. It distinguishes keys and reveals nothing about them. */
const KEY_ID_BYTES = 4;
const HEAD_LENGTH = MARK.length + 2 * KEY_ID_BYTES;

interface Key {
  readonly id: string;
  readonly key: CryptoKey;
}

/** The secrets from which keys are derived. */
interface Secrets {
  /** The present secret, which encrypts and decrypts; null: nothing can be encrypted. */
  readonly messageEncryptionKey: string | null;
  /** The previous secrets, comma-separated, which only decrypt. */
  readonly messageEncryptionPreviousKeys: string | null;
}

export class BodyCipher {
  private readonly secrets: Secrets;
  private readonly project: Uint8Array;
  private key: Key | null = null;
  /** All keys by their ids. */
  private readonly keys = new Map<string, CryptoKey>();

  constructor(secrets: Secrets, project: ProjectId) {
    this.secrets = secrets;
    this.project = new TextEncoder().encode(project);
  }

  /** Derives the keys. Has to be called before all other methods. */
  async prepare(): Promise<void> {
    const { messageEncryptionKey: secret, messageEncryptionPreviousKeys: previous } = this.secrets;
    if (secret !== null) this.key = await deriveKey(secret);
    for (const { id, key } of await Promise.all(previousSecrets(previous).map(deriveKey))) this.keys.set(id, key);
    if (this.key !== null) this.keys.set(this.key.id, this.key.key);
  }

  /** The runs with all bodies encrypted. */
  encryptRuns(runs: readonly CheckedRun[]): Promise<CheckedRun[]> {
    return Promise.all(runs.map((run) => this.encrypt(run)));
  }

  /** Transfers of another queue with all bodies encrypted. Bodies that are encrypted already stay as they are. */
  encryptTransfers(transfers: readonly Transfer[]): Promise<Transfer[]> {
    return Promise.all(transfers.map(async (transfer) => ({ ...transfer, run: await this.encrypt(transfer.run) })));
  }

  private async encrypt<Run extends { readonly bodies: Bodies }>(run: Run): Promise<Run> {
    const bodies = splitBodies(run.bodies).map(async (body) => (isEncrypted(body) ? body : this.encryptBody(body)));
    return { ...run, bodies: joinBodies(await Promise.all(bodies)) };
  }

  /** Whether a body is plain, or its key is known. */
  canDecrypt(body: JsonText): boolean {
    return !isEncrypted(body) || this.keys.has(keyIdOf(body));
  }

  /** The messages with all bodies decrypted. Damaged messages are omitted and passed to `report`. */
  async decrypt(messages: readonly Message[], report: (message: Message) => void): Promise<readonly Message[]> {
    if (!messages.some(({ body }) => isEncrypted(body))) return messages;
    const decrypted = await Promise.all(messages.map((message) => this.decryptMessage(message, report)));
    return decrypted.filter((message) => message !== null);
  }

  private async decryptMessage(message: Message, report: (message: Message) => void): Promise<Message | null> {
    if (!isEncrypted(message.body)) return message;
    try {
      return { ...message, body: await this.decryptBody(message.body) };
    } catch {
      report(message);
      return null;
    }
  }

  private async encryptBody(body: JsonText): Promise<JsonText> {
    const { id, key } = this.key ?? throwNoKey();
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const encrypted = await crypto.subtle.encrypt(this.algorithm(nonce), key, new TextEncoder().encode(body));
    const bytes = new Uint8Array(NONCE_BYTES + encrypted.byteLength);
    bytes.set(nonce);
    bytes.set(new Uint8Array(encrypted), NONCE_BYTES);
    return (MARK + id + toBase64(bytes)) as JsonText;
  }

  private async decryptBody(body: JsonText): Promise<JsonText> {
    const bytes = fromBase64(body.slice(HEAD_LENGTH));
    const algorithm = this.algorithm(bytes.subarray(0, NONCE_BYTES));
    const key = this.keys.get(keyIdOf(body)) ?? throwNoKey();
    const decrypted = await crypto.subtle.decrypt(algorithm, key, bytes.subarray(NONCE_BYTES));
    return new TextDecoder().decode(decrypted) as JsonText;
  }

  private algorithm(nonce: Uint8Array): SubtleCryptoEncryptAlgorithm {
    return { name: "AES-GCM", iv: nonce, additionalData: this.project };
  }
}

/** A stored body as subscribers get it. As in upstream, an encrypted body is sent as a JSON string of the encrypted text. */
export function toPublished(body: JsonText): JsonText {
  return isEncrypted(body) ? (JSON.stringify(body) as JsonText) : body;
}

function isEncrypted(body: JsonText): boolean {
  return body.startsWith(MARK);
}

function keyIdOf(body: JsonText): string {
  return body.slice(MARK.length, HEAD_LENGTH);
}

/** The parts of the text, and the whole text too, because it may be a single secret that contains a comma. */
function previousSecrets(previous: string | null): readonly string[] {
  if (previous === null) return [];
  const parts = previous.split(SEPARATOR).map((part) => part.trim());
  return [...new Set([...parts, previous])].filter((part) => part !== "");
}

function throwNoKey(): never {
  throw new Error("MESSAGE_ENCRYPTION_KEY is not set, but the queue encrypts its messages.");
}

async function deriveKey(secret: string): Promise<Key> {
  const material = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), "HKDF", false, [
    "deriveBits",
  ]);
  const info = new TextEncoder().encode("sukkal message bodies");
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const derived = new Uint8Array(await crypto.subtle.deriveBits(algorithm, material, 8 * (KEY_BYTES + KEY_ID_BYTES)));
  const id = toHex(derived.subarray(KEY_BYTES));
  const key = await crypto.subtle.importKey("raw", derived.subarray(0, KEY_BYTES), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  return { id, key };
}
