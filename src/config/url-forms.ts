/** The allowed texts of settings that are URLs. */
import type { Setting } from "./setting.ts";

type Form = NonNullable<Setting<unknown>["form"]>;

/** Texts that match the pattern and are parsed as a URL, which excludes ports above 65535 and incomplete IPv6 addresses. */
export function toUrlForm(words: string, pattern: RegExp): Form {
  return { words, pattern: { test: (text) => pattern.test(text) && URL.parse(text) !== null } };
}

/** A URL to which paths can be appended. */
export const BASE_URL = toUrlForm("an http or https URL", /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/);
