/** JSON as it was written: numbers keep all their digits, members their order, and nothing is parsed into values. */

/** A string, a character of structure, or a run of anything else but space: a number or a word. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g;

export interface Piece {
  /** `text`: of a body that is a string. */
  readonly kind: "name" | "string" | "value" | "mark" | "text";
  readonly text: string;
}

export interface JsonLine {
  readonly depth: number;
  readonly pieces: readonly Piece[];
}

/** Deeper lines are not indented further. */
const DEPTH_MAX = 40;

/** Lines as a person would indent them; null: the text is no JSON. */
export function jsonLines(text: string): readonly JsonLine[] | null {
  if (!isJson(text)) return null;
  const tokens = text.match(TOKEN) ?? [];
  const lines: { depth: number; pieces: Piece[] }[] = [{ depth: 0, pieces: [] }];
  let depth = 0;
  const add = (kind: Piece["kind"], piece: string): void => void lines.at(-1)?.pieces.push({ kind, text: piece });
  const breakLine = (): void => void lines.push({ depth: Math.min(depth, DEPTH_MAX), pieces: [] });
  for (const [index, token] of tokens.entries()) {
    const isEmpty = isOpening(tokens[index - 1]) && isClosing(token);
    if (isClosing(token)) {
      depth--;
      if (!isEmpty) breakLine();
    }
    add(kindOf(token, tokens[index + 1]), token === ":" ? ": " : token);
    if (isOpening(token)) depth++;
    const next = tokens[index + 1];
    if (token === "," || (isOpening(token) && !isClosing(next))) breakLine();
  }
  return lines;
}

/** The texts of the elements of an array; null: it is none. */
export function elementsOf(text: string): readonly string[] | null {
  if (!text.trimStart().startsWith("[") || !isJson(text)) return null;
  const elements: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (isOpening(token) && ++depth === 1) from = index + 1;
    const isEnd = isClosing(token) && --depth === 0;
    if (!isEnd && !(token === "," && depth === 1)) continue;
    elements.push(text.slice(from, index).trim());
    from = index + 1;
  }
  return elements.length === 1 && elements[0] === "" ? [] : elements;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isOpening(token: string | undefined): boolean {
  return token === "{" || token === "[";
}

function isClosing(token: string | undefined): boolean {
  return token === "}" || token === "]";
}

function kindOf(token: string, next: string | undefined): Piece["kind"] {
  if (token.startsWith('"')) return next === ":" ? "name" : "string";
  return /^[[\]{},:]$/.test(token) ? "mark" : "value";
}
