/**
 * API keys: `sk_<id>_<secret>`. The id contains the key's project, so the service finds the project's object without a
 * directory of keys, and a person who finds a key can tell which project it belongs to. Only a hash of the secret is stored.
 *
 * The secret ends with a check: an HMAC that only the service can compute. So the service refuses a made-up key without a
 * look-up in the project that it names, which may not exist. Keys of versions without checks have random digits in that
 * place and cannot be told from made-up keys. The same holds for keys whose check was made with a secret that the service
 * no longer has.
 */
import { deriveKey, equalsInConstantTime, hmacOf } from "./digest.ts";
import { toHex } from "./hex.ts";
import { isProjectTooLong, toProjectId, type ProjectId } from "./id.ts";
import type { EpochMs } from "./time.ts";

/** The roles that a key may have; each includes those before it. */
export const KEY_ROLES = ["reader", "member", "admin"] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

/** What a key permits. */
export interface KeyGrant {
  readonly roles: readonly KeyRole[];
  /** The key covers only queues and topics whose names begin with it; "" covers all. */
  readonly queuePrefix: string;
  /** null: it never expires. */
  readonly expiresAt: EpochMs | null;
}

/** A key as its project's admins see it. */
export interface KeyRecord extends KeyGrant {
  readonly id: string;
  readonly description: string;
  readonly createdAt: EpochMs;
  /** The last use, accurate to `KEY_USE_RESOLUTION`; null: never used. */
  readonly usedAt: EpochMs | null;
}

/** A key and the project it belongs to. */
export interface OwnedKey extends KeyRecord {
  readonly project: ProjectId;
}

/** The request for a new key. */
export interface NewKey extends KeyGrant {
  /** null: the caller's project. */
  readonly project: ProjectId | null;
  readonly description: string;
}

/** The accuracy of the time of a key's last use, in milliseconds. Every update of that time costs a row. */
export const KEY_USE_RESOLUTION = 600_000;

/** The maximum number of keys of one project. */
export const KEYS_MAX = 1000;

const ID_BYTES = 8;
const SECRET_BYTES = 32;
/**
 * The part of SECRET_BYTES that is the check. 96 bits are too many to guess by requests. The 160 random bits that remain are
 * too many to search through.
 */
const CHECK_BYTES = 12;

export interface PresentedKey {
  readonly id: string;
  readonly project: ProjectId;
  readonly secret: string;
}

const KEY = /^sk_([0-9a-f]{16}\.[\x21-\x5e\x60-\x7e]+)_([0-9a-f]{64})$/;

/** The parts of a key; null for a text that has not the form of a key. */
export function parseApiKey(text: string): PresentedKey | null {
  const [, id = "", secret = ""] = KEY.exec(text) ?? [];
  const project = projectOfKey(id);
  return project === null ? null : { id, project, secret };
}

/** The project in a key's id; null for a text that has not the form of an id. */
export function projectOfKey(id: string): ProjectId | null {
  const dot = id.indexOf(".");
  if (dot !== 2 * ID_BYTES) return null;
  try {
    const project = toProjectId(decodeURIComponent(id.slice(dot + 1)));
    // Only the canonical encoding is accepted, so that a project has one spelling.
    return project !== "" && !isProjectTooLong(project) && encodeProject(project) === id.slice(dot + 1)
      ? project
      : null;
  } catch {
    return null;
  }
}

/** A new key of a project. `random` fills an array with random bytes. */
export function generateApiKey(
  project: ProjectId,
  checks: KeyChecks,
  random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
): PresentedKey {
  const id = `${toHex(random(new Uint8Array(ID_BYTES)))}.${encodeProject(project)}`;
  return { id, project, secret: checks.addCheck(id, toHex(random(new Uint8Array(SECRET_BYTES)))) };
}

/** Computes checks with the service's first secret, and verifies them with any of its secrets. */
export class KeyChecks {
  private readonly keys: readonly Uint8Array[];

  /** Without secrets, new keys get no check and no key passes. */
  constructor(secrets: readonly string[]) {
    this.keys = secrets.map((secret) => deriveKey(secret, "sukkal api keys"));
  }

  /** The secret of a new key: its random digits, the last of them replaced by the check. */
  addCheck(id: string, digits: string): string {
    const [key] = this.keys;
    if (key === undefined) return digits;
    const randomPart = digits.slice(0, -2 * CHECK_BYTES);
    return randomPart + checkOf(key, id, randomPart);
  }

  /** Whether the key's check was made with one of the service's present secrets. */
  verify({ id, secret }: PresentedKey): boolean {
    const randomPart = secret.slice(0, -2 * CHECK_BYTES);
    return this.keys.some((key) => equalsInConstantTime(secret, randomPart + checkOf(key, id, randomPart)));
  }
}

/** The `_` separates the two texts, because an id contains none. */
function checkOf(key: Uint8Array, id: string, randomPart: string): string {
  return hmacOf(key, `${id}_${randomPart}`).slice(0, 2 * CHECK_BYTES);
}

export function formatApiKey({ id, secret }: PresentedKey): string {
  return `sk_${id}_${secret}`;
}

/** Percent-encodes `_` too, because `_` ends the id. */
function encodeProject(project: ProjectId): string {
  return encodeURIComponent(project).replaceAll("_", "%5F");
}
