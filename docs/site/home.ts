/** The first page: what Sukkal is, a door for each kind of reader, one thing to paste, and the guides by task. */
import { html, raw } from "hono/html";
import type { SourceFile } from "./files.ts";
import { codeBlock, type Article } from "./markdown.ts";
import { DOORS, type Door, type Section } from "./navigation.ts";
import type { Frame, Html, Page } from "./page.ts";
import { textOf } from "./text.ts";

interface HomeDeps {
  readonly frame: Frame;
  readonly readme: SourceFile;
  readonly tasks: readonly Section[];
  readonly articles: ReadonlyMap<string, Article>;
}

export function homePage({ frame, readme, tasks, articles }: HomeDeps): Page {
  const { summary, start } = partsOf(readme);
  const main = html`<div class="opening">
      <h1>Durable message queues with OpenStack's API</h1>
      <p class="lead">${summary}</p>
      <div class="first">
        <p class="label">In a checkout, this serves the API, the console and these pages on your machine:</p>
        ${raw(codeBlock(start, "sh"))}
        <a href="${frame.wayTo("README.md").address}#try-it">Then post and claim a message</a>
      </div>
    </div>
    <section class="doors" aria-label="Where to begin">
      ${DOORS.filter(({ page }) => articles.has(page)).map((each) => door(each, frame))}
    </section>
    ${tasks.length === 0 ? "" : guides(tasks, frame, articles)} ${rest(frame, tasks)}`;
  return { address: "index.html", title: "Sukkal", summary, kind: "home", main };
}

/** What the README says in its first paragraph, and its first command. */
function partsOf({ tokens }: SourceFile): { readonly summary: string; readonly start: string } {
  const paragraph = tokens.find(({ type }) => type === "paragraph");
  const code = tokens.find(({ type }) => type === "code") as { readonly text: string } | undefined;
  if (paragraph === undefined || code === undefined)
    throw new Error("README.md begins with a paragraph and a command.");
  return { summary: textOf([paragraph]), start: code.text };
}

function door({ page, reader, text }: Door, { wayTo }: Frame): Html {
  return html`<a class="door" href="${wayTo(page).address}">
    <h2>${reader}</h2>
    <p>${text}</p>
  </a>`;
}

function guides(tasks: readonly Section[], { wayTo }: Frame, articles: ReadonlyMap<string, Article>): Html {
  return html`<section class="tasks" aria-labelledby="guides">
    <h2 id="guides">Guides by task</h2>
    ${tasks.map(
      ({ title, pages }) =>
        html`<div class="task">
          <h3>${title}</h3>
          <ul>
            ${pages.map(
              (page) =>
                html`<li>
                  <a href="${wayTo(page).address}">${wayTo(page).title}</a>
                  <p>${articles.get(page)?.summary}</p>
                </li>`,
            )}
          </ul>
        </div>`,
    )}
  </section>`;
}

/** The sections that are neither doors nor guides. */
function rest({ sections, wayTo }: Frame, tasks: readonly Section[]): Html {
  const others = sections.filter((section, index) => index > 0 && !tasks.includes(section));
  return html`<section class="others" aria-label="Everything else">
    ${others.map(
      ({ title, pages }) =>
        html`<div>
          <h2>${title}</h2>
          <ul>
            ${pages.map(wayTo).map((way) => html`<li><a href="${way.address}">${way.title}</a></li>`)}
          </ul>
        </div>`,
    )}
  </section>`;
}
