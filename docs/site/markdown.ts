/**
 * Markdown as HTML. Headings have GitHub's ids, and links to files of the repository lead to their pages, so that the same link
 * works on GitHub and here.
 */
import { Marked, type Token, type Tokens } from "marked";
import GithubSlugger from "github-slugger";
import { escape } from "./escape.ts";
import { API_DOCUMENT, targetOf, type SourceFile } from "./files.ts";
import { highlight } from "./highlight.ts";
import type { Image } from "./images.ts";
import { tableOf } from "./table.ts";
import { textOf } from "./text.ts";

export interface Heading {
  readonly id: string;
  readonly depth: number;
  readonly text: string;
}

/** A part of a page, as the search finds it. */
export interface Passage {
  /** null: what is before the first heading within the page. */
  readonly heading: Heading | null;
  readonly text: string;
}

export interface Article {
  /** The first sentence. */
  readonly summary: string;
  readonly html: string;
  readonly headings: readonly Heading[];
  readonly passages: readonly Passage[];
}

/** Headings within a page that lead somewhere: deeper ones are details. */
const DEPTH_MAX = 3;
/** The text of links that name a file or a folder. */
const FILE_NAME = /^[\w./-]+(?:\.md|\/)$/;

export function toArticle(
  file: SourceFile,
  files: ReadonlyMap<string, SourceFile>,
  images: ReadonlyMap<string, Image> = new Map(),
): Article {
  const headings = headingsOf(file.tokens);
  const [, ...below] = headings.values();
  const marked = new Marked({
    renderer: {
      heading(token) {
        const { depth, tokens } = token;
        const { id = "", text = "" } = headings.get(token) ?? {};
        const anchor = ` <a class="anchor" href="#${id}" aria-label="Link to ${escape(text)}">#</a>`;
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}${depth === 1 ? "" : anchor}</h${depth}>\n`;
      },
      link({ href, text, tokens }) {
        // Whoever reads a site knows pages by their titles.
        const target = FILE_NAME.test(text) ? files.get(targetOf(file.path, href) ?? "") : undefined;
        const shown = target === undefined ? this.parser.parseInline(tokens) : escape(target.title);
        return `<a href="${escape(hrefOf(file.path, href, files))}">${shown}</a>`;
      },
      html({ text }) {
        // The pictures of README.md are no files of the site.
        return text.startsWith("<p><picture>") ? "" : false;
      },
      image({ href, text }) {
        // As a link, a picture that is nowhere stays as it is.
        const { name = href } = images.get(targetOf(file.path, href) ?? "") ?? {};
        return `<img src="${escape(name)}" alt="${escape(text)}" />`;
      },
      code({ text, lang = "" }) {
        return `${codeBlock(text, lang)}\n`;
      },
      table(token) {
        return `<div class="scroll">${tableOf(token, (cell) => this.parser.parseInline(cell.tokens))}</div>\n`;
      },
    },
  });
  return {
    summary: summaryOf(file.tokens),
    html: marked.parser(file.tokens),
    headings: below,
    passages: passagesOf(file.tokens, headings),
  };
}

export function codeBlock(code: string, language: string): string {
  const text = highlight(code, language);
  return `<figure class="code" data-language="${language}"><pre><code>${text}</code></pre></figure>`;
}

function headingsOf(tokens: readonly Token[]): ReadonlyMap<Token, Heading> {
  const slugger = new GithubSlugger();
  const found = tokens.filter(isHeading).map((token): readonly [Token, Heading] => {
    const text = textOf(token.tokens);
    return [token, { id: slugger.slug(text), depth: token.depth, text }];
  });
  return new Map(found);
}

function isHeading(token: Token): token is Tokens.Heading {
  return token.type === "heading";
}

function hrefOf(from: string, href: string, files: ReadonlyMap<string, SourceFile>): string {
  const path = targetOf(from, href);
  if (path === null) return href;
  const [, hash] = href.split("#");
  const address = path === API_DOCUMENT ? "openapi.json" : files.get(path)?.address;
  // A link that leads nowhere stays as it is, and a test finds it.
  return address === undefined ? href : `${address}${hash === undefined ? "" : `#${hash}`}`;
}

function passagesOf(tokens: readonly Token[], headings: ReadonlyMap<Token, Heading>): readonly Passage[] {
  let passage = { heading: null as Heading | null, text: "" };
  const passages = [passage];
  for (const token of tokens) {
    const heading = headings.get(token);
    if (heading === undefined) passage.text = `${passage.text} ${textOf([token])}`.trim();
    else if (heading.depth > 1 && heading.depth <= DEPTH_MAX) passages.push((passage = { heading, text: "" }));
  }
  return passages;
}

function summaryOf(tokens: readonly Token[]): string {
  const first = tokens.find(({ type }) => type === "paragraph");
  const text = first === undefined ? "" : textOf([first]);
  // A colon ends a sentence that has said something before it.
  return /^.*?(?:\.|(?<=^.{60,}):)(?=\s|$)/s.exec(text)?.[0].replace(/:$/, ".") ?? text;
}
