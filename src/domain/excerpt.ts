/** Excerpts of a client's text, for error descriptions. Never of secrets and message bodies. */

/** Characters: enough for a client to recognise its text. */
const LENGTH_MAX = 64;

/** The text, truncated to LENGTH_MAX characters. */
export function excerpt(text: string): string {
  if (text.length <= LENGTH_MAX) return text.toWellFormed();
  return `${text.slice(0, LENGTH_MAX - 1).toWellFormed()}…`;
}
