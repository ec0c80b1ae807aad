/** One setting as operators see it; the README's table, wrangler.toml and config.capnp are checked against this list. */
export interface Setting {
  readonly name: string;
  /** null: unset. */
  readonly default: string | null;
  /** What wrangler.toml sets instead, and why: on Cloudflare whatever is used is paid for. */
  readonly cloud?: { readonly value: string; readonly reason: string };
  /** Upstream's option, or "ours". */
  readonly option: string;
  readonly meaning: string;
  readonly isSecret?: true;
  /** Set but empty is a mistake, which must not pass for "unset". */
  readonly isNeverEmpty?: true;
  /** Texts it must have, in words and as a test. Without form, range and choices any text will do. */
  readonly form?: { readonly words: string; readonly pattern: Pick<RegExp, "test"> };
  /** Bounds of a whole number. */
  readonly range?: { readonly min: number; readonly max: number };
  /** The values of a choice. */
  readonly choices?: readonly string[];
  /** Must be set; the sentence says what to set it to. */
  readonly required?: true;
}

/** As the pattern, of texts that can be read as a URL: not with a port above 65535, nor half an address. */
export function toUrlForm(pattern: RegExp): Pick<RegExp, "test"> {
  return { test: (text) => pattern.test(text) && URL.parse(text) !== null };
}

/** An http or https URL that paths can be put behind. */
export const BASE_URL = /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/;
