/** The description of the API itself: the document, and the page that shows it. Both exist unless `DOCS` is false. */
import { PATHS } from "../src/wire/paths.ts";
import type { Answer, AnswerHeader, Endpoint } from "./endpoint.ts";
import { freeForm } from "./schemas.ts";

const HEADERS: Readonly<Record<string, AnswerHeader>> = {
  "Cache-Control": { description: "The file may be stored for an hour.", example: "public, max-age=3600" },
  "Content-Security-Policy": {
    description: "Nothing is loaded from elsewhere, and no page may contain this one.",
    example: "default-src 'self'",
  },
  "Referrer-Policy": { description: "Links tell nobody where they were.", example: "no-referrer" },
  "X-Content-Type-Options": { description: "The Content-Type counts.", example: "nosniff" },
};
const PAGE_TYPES = [
  "text/html; charset=utf-8",
  "text/css; charset=utf-8",
  "text/javascript; charset=utf-8",
  "image/png",
];

/** With `DOCS=false` none of it exists. */
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

const PAGE: Endpoint = {
  id: "docs_get",
  operations: [],
  method: "GET",
  path: PATHS.docsFile,
  tag: "Service",
  summary: "Get the page that shows this document",
  description: "The page at `/docs/` and its files. It shows this document and can make requests. Needs no credential.",
  answers: { 200: { description: "A file of the page.", mediaTypes: PAGE_TYPES, headers: HEADERS } },
  failures: SWITCHED_OFF,
};

const MOVED: Answer = {
  description: "The page is at `/docs/`.",
  headers: { Location: { description: "The path of the page, relative to this one.", example: "docs/" }, ...HEADERS },
};

const REDIRECT: Endpoint = {
  id: "docs_redirect",
  operations: [],
  method: "GET",
  path: PATHS.docs,
  tag: "Service",
  summary: "Go to the page that shows this document",
  description: "For those who leave the slash out.",
  answers: { 302: MOVED },
  failures: SWITCHED_OFF,
};

function withoutBody(endpoint: Endpoint, answer: Answer): Endpoint {
  return {
    ...endpoint,
    id: endpoint.id.replace(/_(?=get$|redirect$)/, "_head_"),
    method: "HEAD",
    summary: `${endpoint.summary}, its headers only`,
    description: "As GET, without a body.",
    answers: answer === MOVED ? { 302: MOVED } : { 200: answer },
  };
}

export const SITE_ENDPOINTS: readonly Endpoint[] = [
  DOCUMENT,
  withoutBody(DOCUMENT, { description: "The document exists.", mediaTypes: ["application/json"], headers: HEADERS }),
  PAGE,
  withoutBody(PAGE, { description: "The file exists.", mediaTypes: PAGE_TYPES, headers: HEADERS }),
  REDIRECT,
  withoutBody(REDIRECT, MOVED),
];
