/** Forms of settings that are URLs. */
import type { Setting } from "./setting.ts";

type Form = NonNullable<Setting<unknown>["form"]>;

/** As the pattern, of texts that can be read as a URL: not with a port above 65535, nor half an address. */
export function toUrlForm(words: string, pattern: RegExp): Form {
  return { words, pattern: { test: (text) => pattern.test(text) && URL.parse(text) !== null } };
}

/** One that paths can be put behind. */
export const BASE_URL = toUrlForm("an http or https URL", /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/);
