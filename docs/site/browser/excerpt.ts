/** The part of a passage that shows why it was found. */
export interface Piece {
  readonly text: string;
  readonly isFound: boolean;
}

const LENGTH = 160;
/** Characters before the first word that was found. */
const BEFORE = 50;

/** `terms`: words of letters and numbers, as the index has them. */
export function excerptOf(text: string, terms: readonly string[]): readonly Piece[] {
  const words = [...terms].toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(words.length === 0 ? "(?!)" : `(?<![\\p{L}\\p{N}])(?:${words.join("|")})`, "giu");
  const first = text.search(pattern);
  const begin = first <= BEFORE ? 0 : text.indexOf(" ", first - BEFORE) + 1;
  const end = begin + LENGTH >= text.length ? text.length : text.lastIndexOf(" ", begin + LENGTH);
  const shown = `${begin > 0 ? "… " : ""}${text.slice(begin, end)}${end < text.length ? " …" : ""}`;
  const pieces: Piece[] = [];
  let at = 0;
  for (const { index, 0: word } of shown.matchAll(pattern)) {
    pieces.push({ text: shown.slice(at, index), isFound: false }, { text: word, isFound: true });
    at = index + word.length;
  }
  pieces.push({ text: shown.slice(at), isFound: false });
  return pieces.filter((piece) => piece.text !== "");
}
