/** A page of one file: its section, its text, and the pages before and after it. */
import { html, raw } from "hono/html";
import type { SourceFile } from "./files.ts";
import type { Article } from "./markdown.ts";
import type { Frame, Html, Page, Way } from "./page.ts";

export function articlePage(file: SourceFile, article: Article, frame: Frame): Page {
  const { summary, headings } = article;
  const section = frame.sections.find(({ pages }) => pages.includes(file.path));
  const main = html`<article>
      <p class="label">${section?.title ?? wayUp(file, frame)}</p>
      ${raw(article.html)}
    </article>
    ${neighbours(file.path, frame)}`;
  return { address: file.address, title: file.title, summary, kind: "article", main, headings, source: file.path };
}

/** Above a page that is in no section: the page of its folder, or of one above it. */
function wayUp({ path }: SourceFile, { parentOf }: Frame): Html {
  const { address, title } = parentOf(path);
  return html`<a href="${address}">${title}</a>`;
}

function neighbours(path: string, { sections, wayTo }: Frame): Html {
  const pages = sections.flatMap((section) => section.pages);
  const at = pages.indexOf(path);
  const [before, after] = at === -1 ? [] : [pages[at - 1], pages[at + 1]];
  return html`<nav class="neighbours" aria-label="Previous and next page">
    ${before === undefined ? "" : step(wayTo(before), "prev", "Previous")}
    ${after === undefined ? "" : step(wayTo(after), "next", "Next")}
  </nav>`;
}

function step({ address, title }: Way, rel: "prev" | "next", word: string): Html {
  return html`<a class="${rel}" rel="${rel}" href="${address}"><span class="label">${word}</span> ${title}</a>`;
}
