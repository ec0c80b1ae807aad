/** What a client sent, as an answer repeats it to say what was wrong. Never for secrets, nor for bodies of messages. */

/** Characters: as many as it takes to recognise one's own text. */
const SHOWN_MAX = 64;

/** Cut short where it is long. */
export function shown(text: string): string {
  if (text.length <= SHOWN_MAX) return text.toWellFormed();
  return `${text.slice(0, SHOWN_MAX - 1).toWellFormed()}…`;
}
