/** Finds the passages that have all words of a text, or their beginnings. Failing that: those with similar words, or with one. */
import MiniSearch, { type SearchResult } from "minisearch";
import type { Entry } from "../search-index.ts";
import { inOurWords } from "./other-words.ts";

export interface Found {
  readonly href: string;
  readonly title: string;
  readonly heading: string;
  readonly text: string;
  /** The words of the passage that were found, in lower case. */
  readonly terms: readonly string[];
}
export type Find = (text: string) => readonly Found[];

/** Why something was decided, what has changed, and how fast it was, interest fewer readers than what is so. */
const LATER = /^(?:adr-|changelog|contributing|storage|design|performance|scaling|test-readme)/;

/** Of questions. No passage has to have them. */
const ASKED = new Set(
  "a an and are can do does for how i if in is it my of on or the to what when where why with".split(" "),
);

export async function loadFinder(address: string): Promise<Find> {
  const response = await fetch(address);
  return await finderOf((await response.json()) as readonly Entry[]);
}

export async function finderOf(entries: readonly Entry[]): Promise<Find> {
  const index = new MiniSearch<{ readonly id: number }>({
    fields: ["title", "heading", "text"],
    // The parts of a name, such as those of a key of metadata, are words.
    tokenize: (text) => text.split(/[^\p{L}\p{N}]+/u),
    // One claim is found by "claims". CORS is no plural.
    processTerm: (term) => term.toLowerCase().replace(/(?<=\w{3})(?<!^cor)s$/, ""),
    searchOptions: {
      combineWith: "AND",
      prefix: true,
      boost: { heading: 4, title: 3 },
      boostDocument: (id) => (LATER.test(entries[Number(id)]?.[0] ?? "") ? 0.2 : 1),
    },
  });
  // In pieces, so that a reader who types meanwhile waits for none.
  await index.addAllAsync(entries.map(([, title, heading, text], id) => ({ id, title, heading, text })));
  const search = (text: string): readonly SearchResult[] => {
    const words = text.split(/\s+/).filter((word) => !ASKED.has(word.toLowerCase()));
    for (const options of [{}, { fuzzy: typingErrors }, { combineWith: "OR" }] as const) {
      const results = index.search(words.length === 0 ? text : words.join(" "), options);
      if (results.length > 0) return results;
    }
    return [];
  };
  return (text) => {
    const ours = inOurWords(text);
    const results = ours === text.toLowerCase() ? search(text) : [...search(ours), ...search(text)];
    const first = new Map(results.toReversed().map((result) => [result.id as number, result]));
    return results
      .filter((result) => first.get(result.id as number) === result)
      .flatMap(({ id, terms }) => toFound(entries[Number(id)], terms));
  };
}

/** Short words have other words as neighbours. */
function typingErrors(term: string): number | false {
  return term.length > 4 ? 0.2 : false;
}

function toFound(entry: Entry | undefined, terms: readonly string[]): readonly Found[] {
  if (entry === undefined) return [];
  const [href, title, heading, text] = entry;
  return [{ href, title, heading, text, terms }];
}
