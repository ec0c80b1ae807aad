/** What every page has: the bar, the way to the other pages, and what is on this one. Scripts only add to it. */
import { html, raw } from "hono/html";
import type { Heading } from "./markdown.ts";
import type { Section } from "./navigation.ts";

export type Html = ReturnType<typeof html>;

/** A link to a page. */
export interface Way {
  readonly address: string;
  readonly title: string;
}

/** The name of what a page loads, such as `site.css`, in the folder of the pages. */
export type NameOf = (file: string) => string;

export interface Frame {
  readonly nameOf: NameOf;
  readonly version: string;
  readonly sections: readonly Section[];
  readonly wayTo: (path: string) => Way;
  /** The README of the folder of a file, or of one above it. */
  readonly parentOf: (path: string) => Way;
}

export interface Page {
  readonly address: string;
  readonly title: string;
  readonly summary: string;
  /** For the styles: where a page differs. */
  readonly kind: "home" | "article" | "api";
  readonly main: Html;
  readonly headings?: readonly Heading[];
  /** The file that the page is made of. */
  readonly source?: string;
  /** Elements of the head of this page only. */
  readonly head?: Html;
}

const SEARCH = "M10.5 10.5 14 14M11.5 7A4.5 4.5 0 1 1 2.5 7 4.5 4.5 0 0 1 11.5 7Z";
const LINES = "M2 4H14M2 8H14M2 12H14";

export function renderPage(page: Page, frame: Frame): Html {
  const { nameOf } = frame;
  const { title, summary, kind, main, head = "", headings = [] } = page;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content="${summary}" />
        <title>${kind === "home" ? title : `${title} · Sukkal`}</title>
        <link rel="icon" href="${nameOf("mark.svg")}" type="image/svg+xml" />
        ${head}
        <link rel="stylesheet" href="${nameOf("site.css")}" />
        <script src="${nameOf("early.js")}"></script>
        <script type="module" src="${nameOf("main.js")}"></script>
      </head>
      <body class="docs is-${kind}">
        <a class="skip" href="#main">Skip to content</a>
        ${bar(frame)}
        <div class="columns">
          ${places(page, frame)} ${headings.length > 1 ? contents(headings) : ""}
          <main id="main" tabindex="-1">${main}</main>
        </div>
        <footer class="foot">
          <p>Sukkal ${frame.version}. Apache-2.0.</p>
          ${page.source === undefined ? "" : html`<p>This page is <code>${page.source}</code>.</p>`}
        </footer>
        ${searchBox(nameOf("search.json"))}
      </body>
    </html>`;
}

function bar({ wayTo }: Frame): Html {
  return html`<header class="bar">
    <button class="button button-bare to-places" type="button" popovertarget="places" aria-label="All pages">
      ${icon(LINES)}
    </button>
    <a class="brand" href="index.html" aria-label="Sukkal, documents">${mark()}<span>Sukkal</span></a>
    <p class="where">Documents</p>
    <div class="bar-end push">
      <button class="button find" type="button" id="to-search" aria-keyshortcuts="/" hidden>
        ${icon(SEARCH)}<span>Search</span><kbd aria-hidden="true">/</kbd>
      </button>
      <a class="to-api" href="${wayTo("api.html").address}">API</a>
      <label class="theme" hidden>
        <span class="unseen">Theme</span>
        <select id="theme">
          <option value="system">System theme</option>
          <option value="light">Light theme</option>
          <option value="dark">Dark theme</option>
        </select>
      </label>
    </div>
  </header>`;
}

/** On a desk a column; elsewhere it lies over the page, which needs no script. */
function places({ address }: Page, { sections, wayTo }: Frame): Html {
  const ways = sections.map(({ title, over, pages }) => ({ title, over, list: pages.map(wayTo) }));
  const isHere = (way: Way): boolean => way.address === address;
  return html`<nav class="places" id="places" popover aria-label="Documents">
    ${ways.map(
      ({ title, over, list }, index) =>
        html`${over === undefined ? "" : html`<p class="label">${over}</p>`}
          <details ${index === 0 || list.some(isHere) ? "open" : ""}>
            <summary>${title}</summary>
            <ul>
              ${list.map(
                (way) =>
                  html`<li>
                    <a href="${way.address}" ${isHere(way) ? raw('aria-current="page"') : ""}>${way.title}</a>
                  </li>`,
              )}
            </ul>
          </details>`,
    )}
  </nav>`;
}

function contents(headings: readonly Heading[]): Html {
  const shown = headings.filter(({ depth }) => depth <= 3);
  const list = html`<ol>
    ${shown.map(({ id, depth, text }) => html`<li class="depth-${depth}"><a href="#${id}">${text}</a></li>`)}
  </ol>`;
  return html`<nav class="contents" aria-label="On this page">
    <details>
      <summary>On this page</summary>
      ${list}
    </details>
  </nav>`;
}

function searchBox(index: string): Html {
  return html`<dialog class="dialog go-to" id="search" aria-label="Search" data-index="${index}">
    <div class="dialog-body">
      <input
        class="input"
        role="combobox"
        aria-label="Search all documents"
        aria-expanded="true"
        aria-controls="found"
        placeholder="Search all documents"
        autocomplete="off"
        spellcheck="false"
      />
      <ul id="found" role="listbox" aria-label="Found"></ul>
      <p class="quiet" role="status"></p>
    </div>
  </dialog>`;
}

export function icon(path: string): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="${path}" /></svg>`;
}

/** The mark of the console: three wedges, of which one goes ahead. */
function mark(): Html {
  return html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M2 2.6 7 5.1 20 5.9 20 6.1 7 6.9 2 9.4Z" />
    <path class="sent" d="M6 8.6 11 11.1 24 11.9 24 12.1 11 12.9 6 15.4Z" />
    <path d="M2 14.6 7 17.1 20 17.9 20 18.1 7 18.9 2 21.4Z" />
  </svg>`;
}
