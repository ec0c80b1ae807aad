/** Parsers of request texts, and texts made to be slow to parse. `test/wire/slow-inputs.test.ts` measures them. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createApp } from "../../../src/app.ts";
import { admitsRequest } from "../../../src/auth/keystone-access-rules.ts";
import { readCredential } from "../../../src/auth/credential.ts";
import { readProjectHeader } from "../../../src/auth/project-header.ts";
import { UrlSigner } from "../../../src/auth/signed-url.ts";
import { readConfig } from "../../../src/config/config.ts";
import { parseApiKey, projectOfKey } from "../../../src/domain/api-key.ts";
import { parseHops } from "../../../src/domain/hops.ts";
import { parseFreeClientId, parseMessageId, parseQueueName, parseUuidClientId } from "../../../src/domain/id.ts";
import { parseInstant } from "../../../src/domain/instant.ts";
import { membersOf, toJsonText, toText, type JsonText } from "../../../src/domain/json.ts";
import { applyChanges } from "../../../src/domain/metadata-patch.ts";
import { checkMetadata } from "../../../src/domain/queue-metadata.ts";
import { checkRetryPolicy, toRetryPolicy } from "../../../src/domain/retry.ts";
import { toEpochMs } from "../../../src/domain/time.ts";
import { admitsJson, preferredErrorForm } from "../../../src/http/accept.ts";
import { readIdempotencyKey } from "../../../src/http/idempotency.ts";
import { readWait } from "../../../src/http/preference.ts";
import { matcherOf } from "../../../src/storage/project/catalog.ts";
import { toPythonJson } from "../../../src/wire/python-json.ts";
import { decodeNewClaim } from "../../../src/wire/claims.ts";
import { encodeErrorXml } from "../../../src/wire/error-body.ts";
import { decodeNewKey } from "../../../src/wire/keys.ts";
import { decodeMetadataPatch } from "../../../src/wire/metadata-patch.ts";
import { decodePosting } from "../../../src/wire/message-posts.ts";
import { booleanParameter, integerParameter, parseQuery } from "../../../src/wire/query.ts";
import { decodeMetadata, decodePurge, decodeQueueList, encodeMetadata } from "../../../src/wire/queues.ts";
import { decodeQuotas } from "../../../src/wire/quotas.ts";
import { decodeRedrive } from "../../../src/wire/redrive.ts";
import { decodeShare } from "../../../src/wire/share.ts";
import { decodeConfirmation, decodeSubscriptionChanges } from "../../../src/wire/subscriptions.ts";

export type Parse = (text: string) => unknown;

export interface Row {
  /** The parser of the text, with its name. */
  readonly parse: Parse;
  /** The form of the text: a repeated piece, with a beginning and an end. */
  readonly texts: readonly (readonly [before: string, piece: string, after: string])[];
}

const CONFIG = readConfig({ AUTH_STRATEGY: "none" });
const { limits } = CONFIG;
const APP = createApp(readConfig({ AUTH_STRATEGY: "none", CORS_ALLOWED_ORIGINS: "*" }));
const SIGNER = new UrlSigner(["a secret of thirty-two characters"]);
const NOW = toEpochMs(Date.parse("2030-01-01"));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const document =
  (decode: (body: Uint8Array) => unknown): Parse =>
  (text) =>
    decode(bytes(text));
const header =
  (name: string, read: (headers: Headers) => unknown): Parse =>
  (text) =>
    read(new Headers({ [name]: text }));

function ask(headers: Readonly<Record<string, string>>, path = "/v2/ping", method = "GET"): Promise<Response> {
  const client = { "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c", "X-Project-ID": "p" };
  const request = new Request(`http://zaqar.test${path}`, { method, headers: { ...client, ...headers } });
  return Promise.resolve(APP.fetch(request, env, createExecutionContext()));
}

/** Texts that are slow for some JSON parsers: deep, wide, one string, escapes, numbers, unterminated. */
const JSON_TEXTS = [
  ["[", "[", ""],
  ["{", '"a":{', ""],
  [`{"a":${"[".repeat(10)}`, "[],", `1${"]".repeat(10)}}`],
  ["{", '"":1,', '"z":1}'],
  ["[", "{},", "1]"],
  ['["', "a", '"]'],
  ['["', "\\\\", '"]'],
  ['["', '\\"', '"]'],
  ['["', "\\", ""],
  ["[", '"', "]"],
  ["[", '"\\', "]"],
  ["[", "9", "]"],
  ["[", "-1e9,", "1]"],
  ["[", "NaN,", "1]"],
  ["[", "-Infinity", "]"],
  ["[1", " ", "]"],
  ["[", "99999999999999999999,", "1]"],
] as const;

export const ROWS: Readonly<Record<string, Row>> = {
  "a strict Client-ID": {
    parse: parseUuidClientId,
    texts: [
      ["x", "{", "x"],
      ["x", "{}", "x"],
      ["", "-", "x"],
      ["", "urn:", "x"],
      ["", "urn:uuid:", ""],
    ],
  },
  "a free Client-ID": {
    parse: (text) => parseFreeClientId(text, { min: 1, max: 1000 }),
    texts: [["x", "{", "x"]],
  },
  "names and ids": {
    parse: (text) => [parseQueueName(text), parseMessageId(text), parseHops(text)],
    texts: [
      ["", "a", "!"],
      ["", "1", "!"],
    ],
  },
  "Accept, of an answer": {
    parse: admitsJson,
    texts: [
      ["", "*/*,", "*/*"],
      ["", "a/b;q=1;", ""],
      ["", ",", ""],
      ["a/b;", " ", ""],
    ],
  },
  "Accept, of an error": {
    parse: preferredErrorForm,
    texts: [
      ["", "text/xml;q=0.1,", "x"],
      ["", "+", ""],
    ],
  },
  Prefer: {
    parse: header("Prefer", (headers) => readWait(headers, 20)),
    texts: [
      ["wait", " ", "x"],
      ["wait=1", " ", "x"],
      ["", "wait,", ""],
      ["", ",", "wait=1"],
    ],
  },
  "Idempotency-Key": { parse: header("Idempotency-Key", readIdempotencyKey), texts: [["", "k", ""]] },
  "X-Roles": {
    parse: (text) => readProjectHeader(new Headers({ "X-Project-ID": "p", "X-Roles": text })),
    texts: [["", "a, ", "b"]],
  },
  Authorization: {
    parse: header("Authorization", readCredential),
    texts: [
      ["Bearer", " ", ""],
      ["Bearer ", "a", " "],
      ["Bearer sk_", "_", ""],
    ],
  },
  "an API key": {
    parse: (text) => [parseApiKey(text), projectOfKey(text.slice(3))],
    texts: [
      ["sk_0123456789abcdef.", "a", "_"],
      ["sk_0123456789abcdef.", "%41", ""],
      ["sk_", "_", ""],
    ],
  },
  "a signature": {
    parse: (text) => {
      const headers = new Headers({ "URL-Signature": "a".repeat(64), "URL-Paths": text, "URL-Methods": text });
      for (const [name, value] of Object.entries({ "URL-Expires": "2031-01-01T00:00:00", "X-Project-ID": text }))
        headers.set(name, value);
      return SIGNER.verify({ method: "GET", path: `/v2/queues/q/${text}`, headers }, NOW);
    },
    texts: [
      ["", "/v2/queues/q,", "GET"],
      ["", "GET,", ""],
      ["", "/", ""],
    ],
  },
  "an access rule": {
    parse: (text) => {
      const rules = [{ service: "messaging", method: "GET", path: text }];
      return admitsRequest(rules, { method: "GET", path: `/v2/queues/${"a".repeat(400)}` });
    },
    texts: [
      ["", "**", "!"],
      ["/", "*", "!"],
      ["", "{", ""],
      ["/v2/queues/", "a*", ""],
    ],
  },
  "a query": {
    parse: (text) => {
      const query = parseQuery(text);
      return [integerParameter(query, "n"), booleanParameter(query, "n"), decodeQueueList("queue", query)];
    },
    texts: [
      ["", "&", ""],
      ["", "n=1&", ""],
      ["n=", "1,", ""],
      ["n=", "1", "x"],
      ["n=", "1_", "1"],
      ["n=", "1_1__", "1"],
      ["n=", "+", "x"],
      ["n=1", "+", "x"],
      ["n=", "%FF", ""],
      ["n=", "%FFx", ""],
      ["", "%&", "="],
      ["", "a%=%&", ""],
    ],
  },
  "a metadata filter": {
    parse: (text) => {
      const isEqual = matcherOf(text);
      return Array.from({ length: 100 }, (_, row) => isEqual(toJsonText(row)));
    },
    texts: [
      ["", "9", ""],
      ["-", "0", "1"],
      ["", "0", "x"],
    ],
  },
  "a document": {
    parse: document((body) => [decodeMetadata(body), decodeNewClaim(body), decodeSubscriptionChanges(body)]),
    texts: JSON_TEXTS,
  },
  "our own documents": {
    parse: document((body) => [decodeNewKey(body), decodeRedrive(body), decodeQuotas(body), decodeShare(body)]),
    texts: [
      ...JSON_TEXTS,
      ['{"roles":[', '"member",', '"member"]}'],
      ['{"methods":[', '"GET",', '"GET"]}'],
      ['{"paths":[', '"messages",', '"messages"]}'],
      ['{"expires":"2030-01-01T00', " ", 'x"}'],
    ],
  },
  "a post": {
    parse: document(decodePosting),
    texts: [
      ...JSON_TEXTS,
      ['{"messages":[', '{"body":1},', '{"body":2}]}'],
      ['{"messages":[{"body":1},', '{"body":1,"ttl":60},{"body":1},', '{"body":2}]}'],
      ["{", '"messages":[],', '"messages":[{"body":1}]}'],
      ['{"messages":[{', '"body":1,', '"ttl":60}]}'],
      ['{"messages":[{"body":', "[", `1${"]".repeat(9)}}]}`],
    ],
  },
  "a purge, a confirmation": {
    parse: document((body) => [decodePurge(body), decodeConfirmation(body, "s")]),
    texts: [['{"resource_types":[', '"messages",', '"messages"]}']],
  },
  "a patch": {
    parse: document((body) => {
      const changes = decodeMetadataPatch(body);
      return changes.ok ? applyChanges("queue", new Map(), changes.value) : changes;
    }),
    texts: [
      ["[", '{"op":"add","path":"/metadata/a","value":1},', '{"op":"add","path":"/metadata/a","value":1}]'],
      ['[{"op":"add","path":"/', " ", 'x/a","value":1}]'],
      ['[{"op":"add","path":"', "/ x", '/a","value":1}]'],
      ['[{"op":"add","path":"/metadata/', "~1", '","value":1}]'],
      ['[{"op":"add","path":"/metadata/', "~0~1", '~","value":1}]'],
    ],
  },
  metadata: {
    parse: (text) => {
      const metadata = membersOf(text as JsonText);
      const context = { kind: "queue", document: "put", limits, canEncrypt: true } as const;
      return [checkMetadata(metadata, context), encodeMetadata("queue", text as JsonText, limits)];
    },
    texts: [
      ["{", '"a":[[[{}]]],', '"z":1}'],
      ['{"_retry_policy":{"minimum_delay":[', "[],", "[]]}}"],
      ['{"_default_message_ttl":', "9", "}"],
      ['{"_dead_letter_queue":"', "\\u0041", '"}'],
    ],
  },
  "a retry policy": {
    parse: (text) => [checkRetryPolicy(text as JsonText), toRetryPolicy(text as JsonText)],
    texts: [
      ["{", '"minimum_delay":1,', '"z":1}'],
      ['{"retry_backoff_function":"', "a", '"}'],
    ],
  },
  "an instant": {
    parse: parseInstant,
    texts: [
      ["2030-01-01T00", " ", "x"],
      ["2030-01-01T00:00:00.", "0", "x"],
      ["", " ", "x"],
    ],
  },
  "a checksum": {
    parse: (text) => toPythonJson(text as JsonText),
    texts: [
      ["[", "[],", "1]"],
      ["{", '"a":1,', '"b":{}}'],
      ['["', "ü", '"]'],
      ['["', '\\"', '"]'],
      ["[", "1e9,", "1]"],
    ],
  },
  "an error in XML": {
    parse: (text) => encodeErrorXml({ title: text, description: text, code: "c" }),
    texts: [
      ["", "<", ""],
      ["", "\u0001", ""],
      ["", "\ud800", ""],
    ],
  },
  "a text of JSON": { parse: (text) => toText(toJsonText(text)), texts: [["", '"', ""]] },
  "a path": {
    parse: (text) => ask({}, text),
    texts: [
      ["/v2/queues/", "a/", ""],
      ["/v2/queues/", "%41", ""],
      ["/v2/queues/", "%FF", ""],
      ["/v2/queues/", "%", "/messages"],
      ["/", "/", ""],
      ["/", "%2f", ""],
      ["/v2/queues/q?", "?", ""],
      ["/v2/queues/q/messages/", "a", ""],
      ["/v2/queues/q/messages/", ".", "/claims"],
    ],
  },
  "a preflight": {
    parse: (text) =>
      ask(
        { Origin: "https://a.b", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": text },
        "/",
        "OPTIONS",
      ),
    texts: [
      ["", "accept,", "accept"],
      ["", " ", "x"],
    ],
  },
  "headers of a request": {
    parse: (text) =>
      ask({ Origin: text, Accept: text, Prefer: text, "X-Roles": text, Authorization: text, traceparent: text }),
    texts: [
      ["", "a,", "a"],
      ["", "a ", "a"],
      ["", ";", ""],
    ],
  },
};
