/** What the search looks through: the passages of all pages. The browser indexes them when somebody first searches. */
import type { SourceFile } from "./files.ts";
import type { Article } from "./markdown.ts";

/** A passage, as short as it can be sent: address with anchor, title of the page, heading, text. */
export type Entry = readonly [href: string, title: string, heading: string, text: string];

/** Pages of tables that a search would find for every word. Their titles are found. */
const TABLES = /^access-matrix/;

export function entriesOf({ address, title }: SourceFile, { passages }: Article): readonly Entry[] {
  if (TABLES.test(address)) return [[address, title, "", ""]];
  return passages.map(({ heading, text }): Entry => {
    return [heading === null ? address : `${address}#${heading.id}`, title, heading?.text ?? "", text];
  });
}
