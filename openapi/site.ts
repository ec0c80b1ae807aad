/** The pages of the service: the documents and this one, unless `DOCS` is false, and the console, unless `CONSOLE` is. */
import { PATHS } from "../src/wire/paths.ts";
import type { Answer, AnswerHeader, Endpoint, Parameter } from "./endpoint.ts";
import { freeForm, text } from "./schemas.ts";

const HEADERS: Readonly<Record<string, AnswerHeader>> = {
  "Cache-Control": { description: "How long the file may be used without a request.", example: "no-cache" },
  "Content-Encoding": {
    description: "The file is compressed, for a client whose `Accept-Encoding` has `gzip`.",
    example: "gzip",
    isOptional: true,
  },
  "Content-Security-Policy": {
    description: "Nothing is loaded from elsewhere, and no page may contain this one.",
    example: "default-src 'self'",
  },
  ETag: {
    description: "Identifies the content. Files whose names have a digest need none.",
    example: '"9d0e0f18f216823ad319039a028f8446"',
    isOptional: true,
  },
  "Referrer-Policy": { description: "Links tell nobody where they were.", example: "no-referrer" },
  "X-Content-Type-Options": { description: "The Content-Type counts.", example: "nosniff" },
};
const TEXTS = ["text/html; charset=utf-8", "text/css; charset=utf-8", "text/javascript; charset=utf-8"];
const PAGE_TYPES = {
  docs: [...TEXTS, "image/svg+xml", "application/json"],
  console: [...TEXTS, "image/svg+xml"],
} as const;

const IF_NONE_MATCH: Parameter = {
  in: "header",
  name: "If-None-Match",
  description:
    "The `ETag` of an earlier answer, or several. If the file is still that one, the answer is 304 without it.",
  schema: text("An `ETag`."),
};
const UNCHANGED: Answer = { description: "The file is the one that the client has.", headers: HEADERS };

const GONE: Answer = {
  description: "There is no such file, or the setting is false. For browsers it is a page.",
  mediaTypes: ["application/json", "application/xml", "text/html; charset=utf-8"],
  headers: Object.fromEntries(Object.entries(HEADERS).map(([name, header]) => [name, { ...header, isOptional: true }])),
};

/** The documents, whose addresses are also written without `.html`. */
const NAMED: Answer = {
  description: "The address of a page without `.html`.",
  headers: {
    Location: { description: "The path of the page, relative to this one.", example: "observe.html" },
    ...HEADERS,
  },
};

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
  parameters: [IF_NONE_MATCH],
  answers: {
    200: { description: "The document.", schema: freeForm("An OpenAPI 3.1 document."), headers: HEADERS },
    304: UNCHANGED,
  },
  failures: SWITCHED_OFF,
};

/** A page, the redirect to it, and both without a body. */
function pageEndpoints(
  page: "docs" | "console",
  texts: { readonly summary: string; readonly what: string },
): Endpoint[] {
  const named = page === "docs" ? { 302: NAMED } : {};
  const whole: Endpoint = {
    id: `${page}_get`,
    operations: [],
    method: "GET",
    path: PATHS[`${page}File`],
    tag: "Service",
    summary: `Get ${texts.summary}`,
    description: `The page at \`/${page}/\` and its files. ${texts.what} Needs no credential.`,
    parameters: [IF_NONE_MATCH],
    answers: {
      200: { description: "A file of the page.", mediaTypes: PAGE_TYPES[page], headers: HEADERS },
      ...named,
      304: UNCHANGED,
      404: GONE,
    },
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
  return [
    whole,
    withoutBody(whole, { 200: exists, ...named, 304: UNCHANGED, 404: GONE }),
    redirect,
    withoutBody(redirect, { 302: moved }),
  ];
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
    304: UNCHANGED,
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
