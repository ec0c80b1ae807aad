/** What is shown in place of a page that does not exist. Static hosts use a file of this name too. */
import { html } from "hono/html";
import { DOORS } from "./navigation.ts";
import type { Frame, Page } from "./page.ts";

export function missingPage({ wayTo }: Frame): Page {
  const main = html`<article>
    <h1>There is no such page</h1>
    <p>
      The address is wrong, or it is one of another version. The search finds text of all pages, by the key
      <kbd>/</kbd>.
    </p>
    <ul>
      <li><a href="index.html">All documents</a></li>
      ${DOORS.map(({ page }) => wayTo(page)).map(({ address, title }) => html`<li><a href="${address}">${title}</a></li>`)}
    </ul>
  </article>`;
  return { address: "404.html", title: "No such page", summary: "There is no such page.", kind: "article", main };
}
