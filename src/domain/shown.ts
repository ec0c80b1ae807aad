/** Quotes text of a client in an error description. Never used for secrets and message bodies. */

/** Characters: enough for a client to recognise its text. */
const SHOWN_MAX = 64;

/** The text, truncated to SHOWN_MAX characters. */
export function shown(text: string): string {
  if (text.length <= SHOWN_MAX) return text.toWellFormed();
  return `${text.slice(0, SHOWN_MAX - 1).toWellFormed()}…`;
}
