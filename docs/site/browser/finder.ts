/** Finds the passages that have all words of a text, or their beginnings. */
import MiniSearch from "minisearch";
import type { Entry } from "../search-index.ts";

export interface Found {
  readonly href: string;
  readonly title: string;
  readonly heading: string;
  readonly text: string;
  /** The words of the passage that were found, in lower case. */
  readonly terms: readonly string[];
}
export type Find = (text: string) => readonly Found[];

/** Why something was decided and what has changed interest fewer readers than what is so. */
const LATER = /^(?:adr-|changelog|contributing|storage|design)/;

export async function loadFinder(address: string): Promise<Find> {
  const response = await fetch(address);
  return await finderOf((await response.json()) as readonly Entry[]);
}

export async function finderOf(entries: readonly Entry[]): Promise<Find> {
  const index = new MiniSearch<{ readonly id: number }>({
    fields: ["title", "heading", "text"],
    // The parts of a name, such as those of a key of metadata, are words.
    tokenize: (text) => text.split(/[^\p{L}\p{N}]+/u),
    searchOptions: {
      combineWith: "AND",
      prefix: true,
      boost: { heading: 4, title: 3 },
      boostDocument: (id) => (LATER.test(entries[Number(id)]?.[0] ?? "") ? 0.4 : 1),
    },
  });
  // In pieces, so that a reader who types meanwhile waits for none.
  await index.addAllAsync(entries.map(([, title, heading, text], id) => ({ id, title, heading, text })));
  return (text) => {
    const exact = index.search(text);
    // Words that are almost those may be meant where none are.
    const results = exact.length > 0 ? exact : index.search(text, { fuzzy: 0.2 });
    return results.flatMap(({ id, terms }) => {
      const entry = entries[Number(id)];
      if (entry === undefined) return [];
      const [href, title, heading, passage] = entry;
      return [{ href, title, heading, text: passage, terms }];
    });
  };
}
