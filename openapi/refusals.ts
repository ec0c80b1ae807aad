/** The answers to failures: their documents, and which endpoint can have which. */
import * as v from "valibot";
import { encodeErrorJson, encodeIdentityError } from "../src/wire/error-body.ts";
import { toAnswer, type FailureAnswer } from "../src/wire/failures.ts";
import { REQUEST_ID, type DocumentedAnswer, type Reference } from "./document-types.ts";
import type { Endpoint } from "./endpoint.ts";
import { FAILURE_KINDS, failuresOf, sampleOf } from "./failures.ts";
import { toSchema, type Schema } from "./json-schema.ts";
import { object, optional, text } from "./schemas.ts";

const CODE = text("The name of the error for programs. It never changes. docs/ERRORS.md says what to do.");
const LINK = object(
  {
    text: text("What the link leads to."),
    href: text("The URL of the explanation."),
    rel: v.pipe(v.literal("help"), v.description("The relation of the link.")),
  },
  "Where the rule is explained.",
);

export const ERROR: Schema = toSchema(
  object({
    title: text("The kind of the error, in upstream's words."),
    description: optional(text("The broken rule, its limit and the received value. For people: it may change.")),
    code: CODE,
    link: optional(LINK),
  }),
);

/** In the format of Keystone's middleware. */
export const IDENTITY_ERROR: Schema = toSchema(
  object({
    error: object(
      {
        code: v.pipe(v.literal(401), v.description("The status.")),
        title: text("The title of the status."),
        message: text("What is wrong. For people: it may change."),
      },
      "The error.",
    ),
    code: CODE,
  }),
);

const STATUS_DESCRIPTIONS: Readonly<Record<FailureAnswer["status"], string>> = {
  400: "The request is not valid. The description says which rule it breaks.",
  401: "There is no valid credential.",
  403: "The credential does not allow it, or a quota is used up.",
  404: "It does not exist.",
  405: "The path does not have this method.",
  406: "The service answers in JSON, which the request does not accept.",
  408: "The body stopped to arrive.",
  409: "It conflicts with what exists.",
  415: "The service does not accept bodies of this type or encoding.",
  426: "The path is a WebSocket: the request needs an upgrade.",
  503: "The service cannot do it now. Repeat the request later.",
};

/** An answer to failures, under a name for `components`. */
interface Named {
  readonly name: string;
  readonly status: number;
  readonly answer: DocumentedAnswer;
}

/** The answers to failures of all endpoints. Those that several endpoints have are shared. */
export class Refusals {
  /** By their names. */
  readonly shared: Readonly<Record<string, DocumentedAnswer>>;

  constructor(endpoints: readonly Endpoint[]) {
    const uses = new Map<string, { readonly named: Named; count: number }>();
    for (const named of endpoints.flatMap(refusalsOf)) {
      const key = JSON.stringify(named);
      const use = uses.get(key) ?? { named, count: 0 };
      use.count++;
      uses.set(key, use);
    }
    const shared: Record<string, DocumentedAnswer> = {};
    // The most frequent answer of a name gets it.
    for (const { named, count } of [...uses.values()].toSorted((a, b) => b.count - a.count)) {
      if (count > 1) shared[named.name] ??= named.answer;
    }
    this.shared = Object.fromEntries(Object.entries(shared).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Those of one endpoint, by status. */
  of(endpoint: Endpoint): Readonly<Record<string, DocumentedAnswer | Reference>> {
    return Object.fromEntries(
      refusalsOf(endpoint).map(({ name, status, answer }) => {
        const isShared = JSON.stringify(this.shared[name]) === JSON.stringify(answer);
        return [status, isShared ? { $ref: `#/components/responses/${name}` } : answer];
      }),
    );
  }
}

function refusalsOf(endpoint: Endpoint): readonly Named[] {
  const all = failuresOf(endpoint).map((kind) => ({ kind, ...toAnswer(sampleOf(kind)) }));
  return [...new Set(all.map(({ status }) => status))].map((status) => {
    const failures = all.filter((failure) => failure.status === status);
    const own = failures.filter(({ kind }) => endpoint.failures?.includes(kind) === true);
    const names = new Set(failures.flatMap(({ headers = {} }) => Object.keys(headers)));
    const headers = [...names].map((name) => [name, HEADERS[name] ?? undescribed(name)] as const);
    // Examples only of what not all endpoints of its kind have.
    const shown = (own.length === 0 ? failures : own).map(({ code }) => code);
    const codes = failures.map(({ code }) => `\`${code}\``);
    const answer = {
      description: `${STATUS_DESCRIPTIONS[status]} ${codes.length === 1 ? "Code" : "Codes"}: ${codes.join(", ")}.`,
      headers: { ...Object.fromEntries(headers), ...REQUEST_ID },
      content: endpoint.method === "HEAD" ? WITHOUT_BODY : toContent(status, shown),
    };
    return { name: [status, ...own.map(({ code }) => code)].join("."), status, answer };
  });
}

function toContent(status: number, codes: readonly string[]): NonNullable<DocumentedAnswer["content"]> {
  const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
  const name = status === 401 ? "IdentityError" : "Error";
  const json = { "application/json": { schema: { $ref: `#/components/schemas/${name}` }, examples } };
  return status === 401 ? json : { ...json, "application/xml": { schema: { type: "string" } } };
}

/** The Content-Types of answers that have no body, because the method is HEAD. */
const WITHOUT_BODY = { "application/json": {}, "application/xml": {} };

/** The headers of answers to failures. */
const HEADERS: Readonly<Record<string, object>> = {
  Allow: header("The methods of the path."),
  Upgrade: header("What the connection must become."),
  "Accept-Encoding": header("The encodings that a body may have."),
  "WWW-Authenticate": header("How to authenticate."),
  "Retry-After": header("Seconds after which the request may succeed."),
  Location: header("The path of what exists already."),
};

function header(description: string): object {
  return { description, schema: { type: "string" }, required: false };
}

function undescribed(name: string): never {
  throw new Error(`Describe the header ${name} in openapi/refusals.ts.`);
}

/** The bodies of the answers to an example of each failure that an answer shows. */
export function failureExamples(endpoints: readonly Endpoint[]): Readonly<Record<string, { readonly value: unknown }>> {
  const shown = JSON.stringify(endpoints.flatMap(refusalsOf));
  const kinds = FAILURE_KINDS.filter((kind) =>
    shown.includes(`"#/components/examples/${toAnswer(sampleOf(kind)).code}"`),
  );
  return Object.fromEntries(
    kinds.map((kind) => {
      const { status, headers: _, ...body } = toAnswer(sampleOf(kind));
      const json = status === 401 ? encodeIdentityError(body) : encodeErrorJson(body);
      return [body.code, { value: JSON.parse(json) as unknown }];
    }),
  );
}
