/** The page of the API: Swagger UI, with the files of openapi/page. */
import { html } from "hono/html";
import { API_PAGE } from "./navigation.ts";
import type { NameOf, Page } from "./page.ts";

export function apiPage(nameOf: NameOf): Page {
  return {
    address: API_PAGE.address,
    title: API_PAGE.title,
    summary: "Every request of the API, with its parameters and answers. The page makes requests too.",
    kind: "api",
    head: html`<link rel="stylesheet" href="${nameOf("swagger-ui.css")}" />
      <link rel="stylesheet" href="${nameOf("page.css")}" />
      <script src="${nameOf("swagger-ui-bundle.js")}" defer></script>
      <script src="${nameOf("page.js")}" type="module"></script>`,
    main: html`<noscript>
        This page needs JavaScript. The document that it shows is <a href="openapi.json">openapi.json</a>.
      </noscript>
      <div id="api"></div>`,
  };
}
