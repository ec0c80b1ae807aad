/** Text of others, such as names and bodies, for a terminal. */
import stringWidth from "string-width";

/**
 * Control characters, which could move the cursor, change colours or send keys; and marks that reverse the order of
 * text, which could make one name look like another. A tab and a line break would break a table.
 */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}]/gu;

const NAMED: Readonly<Record<string, string>> = { "\t": String.raw`\t`, "\n": String.raw`\n`, "\r": String.raw`\r` };

/** The text on one line, with unsafe characters as escapes. */
export function onOneLine(text: string): string {
  return text.replaceAll(UNSAFE, (character) => NAMED[character] ?? escaped(character));
}

/** The text with its line breaks and tabs, and other unsafe characters as escapes. */
export function onManyLines(text: string): string {
  return text.replaceAll(UNSAFE, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

function escaped(character: string): string {
  return String.raw`\u` + (character.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
}

/** Columns on a terminal: an ideograph takes two. */
export function columnsOf(text: string): number {
  return stringWidth(text);
}

/** The beginning of a text that fits, with `…` if something was cut. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = "";
  let used = 1;
  for (const character of text) {
    used += columnsOf(character);
    if (used > columns) break;
    kept += character;
  }
  return `${kept}…`;
}

/** A paragraph in lines of so many columns. Its own line breaks do not count. */
export function broken(text: string, columns: number): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line !== undefined && columnsOf(line) + 1 + columnsOf(word) <= columns) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines.join("\n");
}
