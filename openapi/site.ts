/** The pages of the service: the documents and this one, unless `DOCS` is false, and the console, unless `CONSOLE` is. */
import { PATHS } from "../src/wire/paths.ts";
import type { Answer, AnswerHeader, Endpoint } from "./endpoint.ts";
import { freeForm } from "./schemas.ts";

const HEADERS: Readonly<Record<string, AnswerHeader>> = {
  "Cache-Control": { description: "How long the file may be stored.", example: "public, max-age=3600" },
  "Content-Security-Policy": {
    description: "Nothing is loaded from elsewhere, and no page may contain this one.",
    example: "default-src 'self'",
  },
  "Referrer-Policy": { description: "Links tell nobody where they were.", example: "no-referrer" },
  "X-Content-Type-Options": { description: "The Content-Type counts.", example: "nosniff" },
};
const TEXTS = ["text/html; charset=utf-8", "text/css; charset=utf-8", "text/javascript; charset=utf-8"];
const PAGE_TYPES = {
  docs: [...TEXTS, "image/svg+xml", "application/json"],
  console: [...TEXTS, "image/svg+xml"],
} as const;

/** Where the setting is false. */
const SWITCHED_OFF = ["route-unknown"] as const;

const DOCUMENT: Endpoint = {
  id: "openapi_get",
  operations: [],
  method: "GET",
  path: PATHS.openapi,
  tag: "Service",
  summary: "Get this document",
  description: "This document, for programs: generators of clients, for example. Needs no credential.",
  answers: { 200: { description: "The document.", schema: freeForm("An OpenAPI 3.1 document."), headers: HEADERS } },
  failures: SWITCHED_OFF,
};

/** A page, the redirect to it, and both without a body. */
function pageEndpoints(
  page: "docs" | "console",
  texts: { readonly summary: string; readonly what: string },
): Endpoint[] {
  const whole: Endpoint = {
    id: `${page}_get`,
    operations: [],
    method: "GET",
    path: PATHS[`${page}File`],
    tag: "Service",
    summary: `Get ${texts.summary}`,
    description: `The page at \`/${page}/\` and its files. ${texts.what} Needs no credential.`,
    answers: { 200: { description: "A file of the page.", mediaTypes: PAGE_TYPES[page], headers: HEADERS } },
    failures: SWITCHED_OFF,
  };
  const moved: Answer = {
    description: `The page is at \`/${page}/\`.`,
    headers: {
      Location: { description: "The path of the page, relative to this one.", example: `${page}/` },
      ...HEADERS,
    },
  };
  const redirect: Endpoint = {
    id: `${page}_redirect`,
    operations: [],
    method: "GET",
    path: PATHS[page],
    tag: "Service",
    summary: `Go to ${texts.summary}`,
    description: "For those who leave the slash out.",
    answers: { 302: moved },
    failures: SWITCHED_OFF,
  };
  const exists = { description: "The file exists.", mediaTypes: PAGE_TYPES[page], headers: HEADERS };
  return [whole, withoutBody(whole, { 200: exists }), redirect, withoutBody(redirect, { 302: moved })];
}

function withoutBody(endpoint: Endpoint, answers: Endpoint["answers"]): Endpoint {
  return {
    ...endpoint,
    id: endpoint.id.replace(/_(?=get$|redirect$)/, "_head_"),
    method: "HEAD",
    summary: `${endpoint.summary}, its headers only`,
    description: "As GET, without a body.",
    answers,
  };
}

export const SITE_ENDPOINTS: readonly Endpoint[] = [
  DOCUMENT,
  withoutBody(DOCUMENT, {
    200: { description: "The document exists.", mediaTypes: ["application/json"], headers: HEADERS },
  }),
  ...pageEndpoints("docs", {
    summary: "the documents",
    what: "They are guides and references. `/docs/api.html` shows this document and can make requests.",
  }),
  ...pageEndpoints("console", {
    summary: "the console",
    what: "It shows queues, topics and what needs somebody, with the credential that its reader types.",
  }),
];
