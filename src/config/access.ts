/** The settings of access, decoded: what they say together, beside what each must be by itself. */
import * as v from "valibot";
import { isRule, type Rule } from "../domain/policy.ts";

/** `none`: project and roles are taken from each request as sent. For development and trusted networks only. */
export type AuthStrategy = "none" | "keystone" | "keys";

/** What Keystone needs to know of the service that asks; null: a token is asked about in its own name. */
export type KeystoneCredentials =
  | {
      readonly kind: "password";
      readonly username: string;
      readonly password: string;
      readonly project: string;
      /** Of the user and of the project, by name. */
      readonly domain: string;
    }
  | { readonly kind: "application-credential"; readonly id: string; readonly secret: string };

export interface KeystoneConfig {
  /** Without `/v3` and without a slash at the end. */
  readonly url: string;
  readonly credentials: KeystoneCredentials | null;
}

export interface AccessConfig {
  readonly authStrategies: readonly AuthStrategy[];
  /** null: tokens of Keystone are not accepted. */
  readonly keystone: KeystoneConfig | null;
  /** The operator's key, which belongs to no project. */
  readonly adminApiKey: string | null;
  /** Secrets that checks of API keys are made with; the first for new ones. None: keys have no check. */
  readonly keyCheckSecrets: readonly string[];
  /** Whether keys without a check may be looked up, at a bounded rate. */
  readonly allowUncheckedKeys: boolean;
  /** Secrets that signed URLs are checked with; the first also signs. Empty: none can be signed. */
  readonly signedUrlKeys: readonly string[];
  /** Seconds; null: any. */
  readonly signedUrlTtlMax: number | null;
  /** Roles, lower case, that pass a rule instead of its default audience; `*` is everyone. */
  readonly policyRules: ReadonlyMap<Rule, readonly string[]>;
  readonly corsAllowedOrigins: readonly string[];
  /** Names of headers beside those that pages may send and read anyway. */
  readonly corsAllowHeaders: readonly string[];
  readonly corsExposeHeaders: readonly string[];
}

/** The text of a setting that has passed its own check; null when unset. */
export type Texts = ReadonlyMap<string, string | null>;

/** As HMAC-SHA256 has it: a shorter key is weaker than its digest (RFC 2104 section 3). */
const SIGNING_KEY_BYTES_MIN = 32;

/** Throws an Error whose message names the setting that is wrong; never the value of a secret. */
export function readAccess(texts: Texts): AccessConfig {
  const text = (name: string): string | null => texts.get(name) ?? null;
  const list = (name: string): readonly string[] => (text(name) ?? "").split(",").flatMap((item) => item.trim() || []);
  const authStrategies = (text("AUTH_STRATEGY") ?? "").split(",").map((name) => name.trim()) as AuthStrategy[];
  const signedUrlKeys = readSigningKeys(text, authStrategies.includes("none"));
  const adminApiKey = text("ADMIN_API_KEY");
  // The operator's key too, and last: it has no previous one that would outlive its change.
  const keyCheckSecrets = [...signedUrlKeys, ...(adminApiKey === null ? [] : [adminApiKey])];
  const allowUncheckedKeys = text("ALLOW_UNCHECKED_API_KEYS") === "true";
  if (authStrategies.includes("keys") && !allowUncheckedKeys && keyCheckSecrets.length === 0) {
    throw new Error("ALLOW_UNCHECKED_API_KEYS is false: checks need SIGNED_URL_SECRET_KEY or ADMIN_API_KEY.");
  }
  const ttlMax = Number(text("SIGNED_URL_TTL_MAX"));
  return {
    authStrategies,
    keystone: authStrategies.includes("keystone") ? readKeystone(text) : null,
    adminApiKey,
    keyCheckSecrets,
    allowUncheckedKeys,
    signedUrlKeys,
    signedUrlTtlMax: ttlMax < 0 ? null : ttlMax,
    policyRules: readPolicy(text("POLICY_RULES")),
    corsAllowedOrigins: list("CORS_ALLOWED_ORIGINS"),
    corsAllowHeaders: list("CORS_ALLOW_HEADERS"),
    corsExposeHeaders: list("CORS_EXPOSE_HEADERS"),
  };
}

type Text = (name: string) => string | null;

function readKeystone(text: Text): KeystoneConfig {
  const url = text("KEYSTONE_URL");
  if (url === null) throw new Error("KEYSTONE_URL is not set: AUTH_STRATEGY names keystone.");
  return { url: url.replace(/\/+$/, "").replace(/\/v3$/, ""), credentials: readCredentials(text) };
}

const USER_SETTINGS = ["KEYSTONE_USERNAME", "KEYSTONE_PASSWORD", "KEYSTONE_PROJECT"] as const;
const APPLICATION_SETTINGS = ["KEYSTONE_APPLICATION_CREDENTIAL_ID", "KEYSTONE_APPLICATION_CREDENTIAL_SECRET"] as const;

function readCredentials(text: Text): KeystoneCredentials | null {
  const user = readTogether(text, USER_SETTINGS);
  const application = readTogether(text, APPLICATION_SETTINGS);
  if (user !== null && application !== null) {
    throw new Error("KEYSTONE_USERNAME and KEYSTONE_APPLICATION_CREDENTIAL_ID are both set: only one can be used.");
  }
  if (user !== null) {
    const [username = "", password = "", project = ""] = user;
    return { kind: "password", username, password, project, domain: text("KEYSTONE_USER_DOMAIN") ?? "" };
  }
  if (application === null) return null;
  const [id = "", secret = ""] = application;
  return { kind: "application-credential", id, secret };
}

/** The values of settings that make sense only together; null when none of them is set. */
function readTogether(text: Text, names: readonly string[]): readonly string[] | null {
  const values = names.map(text).filter((value) => value !== null);
  if (values.length === 0) return null;
  const missing = names.find((name) => text(name) === null);
  if (missing !== undefined) throw new Error(`${missing} is not set: ${names.join(", ")} belong together.`);
  return values;
}

function readSigningKeys(text: Text, isTrusting: boolean): readonly string[] {
  const names = ["SIGNED_URL_SECRET_KEY", "SIGNED_URL_PREVIOUS_SECRET_KEY"];
  const keys = names.flatMap((name) => {
    const key = text(name);
    if (key === null) return [];
    if (!isTrusting && new TextEncoder().encode(key).length < SIGNING_KEY_BYTES_MIN) {
      throw new Error(`${name} is too short: it must have at least ${SIGNING_KEY_BYTES_MIN} bytes.`);
    }
    return [key];
  });
  if (keys.length > 0 && text("SIGNED_URL_SECRET_KEY") === null) {
    throw new Error("SIGNED_URL_SECRET_KEY is not set: SIGNED_URL_PREVIOUS_SECRET_KEY needs one that follows it.");
  }
  return keys;
}

const POLICY = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value)),
  v.record(v.string(), v.array(v.pipe(v.string(), v.minLength(1)))),
);

function readPolicy(text: string | null): ReadonlyMap<Rule, readonly string[]> {
  if (text === null) return new Map();
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), POLICY), text);
  if (!parsed.success) throw new Error("POLICY_RULES must be a JSON object of lists of roles, by the names of rules.");
  const rules = new Map<Rule, readonly string[]>();
  for (const [rule, roles] of Object.entries(parsed.output)) {
    if (!isRule(rule)) throw new Error(`POLICY_RULES names "${rule}": there is no such rule.`);
    rules.set(
      rule,
      roles.map((role) => role.toLowerCase()),
    );
  }
  return rules;
}
