/** The secrets of signed URLs, and their longest life. */
import type { AuthStrategy } from "./access.ts";
import { decoded, seconds, secret, variableOf, YEAR, type SettingGroup, type SettingValues } from "./setting.ts";

export const SIGNED_URL_SETTINGS = {
  signedUrlSecretKey: secret({ isNeverEmpty: true }),
  signedUrlPreviousSecretKey: secret({ isNeverEmpty: true }),
  /** null: any. */
  signedUrlTtlMax: decoded(seconds({ default: -1, range: { min: -1, max: YEAR * 100 } }), (max) =>
    max < 0 ? null : max,
  ),
} satisfies SettingGroup;

type SignedUrlValues = SettingValues<typeof SIGNED_URL_SETTINGS>;

/** The length of a SHA-256 digest: a shorter HMAC key would be weaker (RFC 2104, section 3). */
const SECRET_BYTES_MIN = 32;

/** The secrets that verify signed URLs; the first also signs. Empty: no URL can be signed. */
export function toSignedUrlKeys(values: SignedUrlValues, authStrategy: readonly AuthStrategy[]): readonly string[] {
  const fields = ["signedUrlSecretKey", "signedUrlPreviousSecretKey"] as const;
  const keys = fields.flatMap((field) => {
    const key = values[field];
    if (key === null) return [];
    if (!authStrategy.includes("none") && new TextEncoder().encode(key).length < SECRET_BYTES_MIN) {
      throw new Error(`${variableOf(field)} is too short: it must have at least ${SECRET_BYTES_MIN} bytes.`);
    }
    return [key];
  });
  if (keys.length > 0 && values.signedUrlSecretKey === null) {
    throw new Error("SIGNED_URL_SECRET_KEY is not set, but SIGNED_URL_PREVIOUS_SECRET_KEY is.");
  }
  return keys;
}
