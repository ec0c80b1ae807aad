/** Finds the name that a misspelt one was probably meant to be. */

/** Edits: insertions, deletions and replacements of one character. */
const EDITS_MAX = 2;
/** Shorter names may differ by fewer edits, because each edit changes a larger part of them. */
const CHARACTERS_PER_EDIT = 3;

/** The candidate that is the fewest edits away from the word; null: none is near. */
export function nearest(
  word: string,
  candidates: Iterable<string>,
  charactersPerEdit = CHARACTERS_PER_EDIT,
): string | null {
  let best: string | null = null;
  let fewest = Math.min(EDITS_MAX, Math.floor(word.length / charactersPerEdit)) + 1;
  for (const candidate of candidates) {
    // The lengths first: the word is a client's, and may be long.
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const edits = countEdits(word, candidate);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** The Levenshtein distance. The rows of its table are the edits from each beginning of `a` to each beginning of `b`. */
function countEdits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
