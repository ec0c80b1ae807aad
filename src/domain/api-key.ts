/**
 * API keys: `sk_<id>_<secret>`. The id names the project it belongs to, so a key leads to its project's object without a
 * directory of keys, and a person who finds one can tell whose it is. Only a hash of the secret is stored.
 *
 * The secret ends with a check, which only the service can make: a key that somebody has made up is refused without a look
 * at the project that it names, which may not exist. Keys from before there were checks have random digits there, and look
 * the same; so do keys whose check was made with a secret that the service no longer has.
 */
import { deriveKey, equalsInConstantTime, hmacOf } from "./digest.ts";
import { toHex } from "./hex.ts";
import { isProjectTooLong, toProjectId, type ProjectId } from "./id.ts";
import type { EpochMs } from "./time.ts";

/** The roles that a key may have; each includes those before it. */
export const KEY_ROLES = ["reader", "member", "admin"] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

/** What a key stands for. */
export interface KeyGrant {
  readonly roles: readonly KeyRole[];
  /** Only queues whose names begin with it; "" is all of them. */
  readonly queuePrefix: string;
  /** null: never. */
  readonly expiresAt: EpochMs | null;
}

/** A key as its project's admins see it. */
export interface KeyRecord extends KeyGrant {
  readonly id: string;
  readonly description: string;
  readonly createdAt: EpochMs;
  /** To within `KEY_USE_RESOLUTION`; null: not yet. */
  readonly usedAt: EpochMs | null;
}

/** How exactly the last use of a key is known, milliseconds: each time it is noted costs a row. */
export const KEY_USE_RESOLUTION = 600_000;

/** The most keys of one project. */
export const KEYS_MAX = 1000;

const ID_BYTES = 8;
const SECRET_BYTES = 32;
/** Of these so many are the check: nobody guesses 96 bits by asking, nor the 160 that are left by counting. */
const CHECK_BYTES = 12;

export interface PresentedKey {
  readonly id: string;
  readonly project: ProjectId;
  readonly secret: string;
}

const KEY = /^sk_([0-9a-f]{16}\.[\x21-\x5e\x60-\x7e]+)_([0-9a-f]{64})$/;

/** The parts of a key, or null for what cannot be one. */
export function parseApiKey(text: string): PresentedKey | null {
  const [, id = "", secret = ""] = KEY.exec(text) ?? [];
  const project = projectOfKey(id);
  return project === null ? null : { id, project, secret };
}

/** The project that a key's id names; null for what no key's id is. */
export function projectOfKey(id: string): ProjectId | null {
  const dot = id.indexOf(".");
  if (dot !== 2 * ID_BYTES) return null;
  try {
    const project = toProjectId(decodeURIComponent(id.slice(dot + 1)));
    // One spelling for one project.
    return project !== "" && !isProjectTooLong(project) && encodeProject(project) === id.slice(dot + 1)
      ? project
      : null;
  } catch {
    return null;
  }
}

/** A fresh key of a project. `random` fills bytes. */
export function drawApiKey(
  project: ProjectId,
  checks: KeyChecks,
  random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
): PresentedKey {
  const id = `${toHex(random(new Uint8Array(ID_BYTES)))}.${encodeProject(project)}`;
  return { id, project, secret: checks.complete(id, toHex(random(new Uint8Array(SECRET_BYTES)))) };
}

/** The checks of keys: by the service's first secret, or by any of them. */
export class KeyChecks {
  private readonly keys: readonly Uint8Array[];

  /** Without a secret no key has a check. */
  constructor(secrets: readonly string[]) {
    this.keys = secrets.map((secret) => deriveKey(secret, "sukkal api keys"));
  }

  /** The secret of a new key: its random digits, the last of them replaced by the check. */
  complete(id: string, digits: string): string {
    const [key] = this.keys;
    if (key === undefined) return digits;
    const drawn = digits.slice(0, -2 * CHECK_BYTES);
    return drawn + checkOf(key, id, drawn);
  }

  /** Whether the service has made the key, under a secret that it still has. */
  holds({ id, secret }: PresentedKey): boolean {
    const drawn = secret.slice(0, -2 * CHECK_BYTES);
    return this.keys.some((key) => equalsInConstantTime(secret, drawn + checkOf(key, id, drawn)));
  }
}

/** An id holds no `_`. */
function checkOf(key: Uint8Array, id: string, drawn: string): string {
  return hmacOf(key, `${id}_${drawn}`).slice(0, 2 * CHECK_BYTES);
}

export function formatApiKey({ id, secret }: PresentedKey): string {
  return `sk_${id}_${secret}`;
}

/** Percent-encoded, `_` too: it ends the id. */
function encodeProject(project: ProjectId): string {
  return encodeURIComponent(project).replaceAll("_", "%5F");
}
