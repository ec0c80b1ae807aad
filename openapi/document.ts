/**
 * The OpenAPI document of the service, from the endpoints of this folder. `docs/openapi.json` is this document; a test keeps it
 * current. Only the build and the tests use this folder, so the Worker contains none of it.
 */
import packageJson from "../package.json" with { type: "json" };
import type { Answer, AnswerHeader, Endpoint, Parameter, RequestBody } from "./endpoint.ts";
import { ENDPOINTS, TAGS } from "./endpoints.ts";
import { ERROR, IDENTITY_ERROR, failureExamples, Refusals } from "./refusals.ts";
import { isForMonitors, isOpen } from "./failures.ts";
import { REQUEST_ID, type Document, type DocumentedAnswer, type DocumentedEndpoint } from "./document-types.ts";
import { namedJsonSchemas, toBodySchema, toSchema } from "./json-schema.ts";
import { PATH_VARIABLES } from "./parameters.ts";

const DESCRIPTION = `Every request below \`/v2\` has a **Client-ID**, a UUID that the client chooses once and keeps. With \`AUTH_STRATEGY=none\` the header
\`X-Project-ID\` names the project; otherwise a credential does: a token of Keystone or an API key, both in \`X-Auth-Token\`.

To begin, **post messages**, **claim messages**, and delete each claimed one by its \`href\`. Frames of a WebSocket do the same as
requests, and get messages pushed.

Links and \`Location\` headers contain paths, never whole URLs. Bodies are JSON. Numbers in settings are defaults, which an operator may
have changed.`;

export function toDocument(): Document {
  const refusals = new Refusals(ENDPOINTS);
  const paths: Record<string, Record<string, DocumentedEndpoint>> = {};
  for (const endpoint of ENDPOINTS) {
    const path = toTemplate(endpoint.path);
    (paths[path] ??= {})[endpoint.method.toLowerCase()] = toOperation(endpoint, refusals);
  }
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Sukkal",
      version: packageJson.version,
      summary: packageJson.description,
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The service that this document comes from." }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ token: [] }, { bearer: [] }, {}],
    paths,
    components: {
      schemas: { ...namedJsonSchemas(), Error: ERROR, IdentityError: IDENTITY_ERROR },
      responses: refusals.shared,
      examples: failureExamples(ENDPOINTS),
      ...COMPONENTS,
    },
  };
  return document;
}

const COMPONENTS = {
  parameters: {
    ClientId: {
      name: "Client-ID",
      in: "header",
      required: true,
      description: "A UUID that the client chooses once and keeps: it identifies the poster of a message.",
      schema: { type: "string", format: "uuid" },
      example: "3381af92-2b9e-11e3-b191-71861300734c",
    },
    ProjectId: {
      name: "X-Project-ID",
      in: "header",
      description: "The project. Required with `AUTH_STRATEGY=none`; otherwise the credential says it.",
      schema: { type: "string", maxLength: 256 },
      example: "demo",
    },
  },
  headers: {
    RequestId: {
      description: "The id of the request in the log of the service.",
      schema: { type: "string" },
      required: true,
      example: "req-0b0cdd0e-5a5f-4d1b-9a0f-0f3f5b9f2a11",
    },
  },
  securitySchemes: {
    token: {
      type: "apiKey",
      in: "header",
      name: "X-Auth-Token",
      description: "An API key (`sk_…`) or a token of Keystone. Leave it empty with `AUTH_STRATEGY=none`.",
    },
    bearer: { type: "http", scheme: "bearer", description: "An API key (`sk_…`). Use this or X-Auth-Token, not both." },
  },
};

/** `/v2/queues/:queue` as `/v2/queues/{queue}`. */
export function toTemplate(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}");
}

function toOperation(endpoint: Endpoint, refusals: Refusals): DocumentedEndpoint {
  const { id, tag, summary, description, body, path, variables: values } = endpoint;
  const open = isOpen(endpoint);
  const variables = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => toPathParameter(name, values?.[name]));
  const common =
    open || isForMonitors(endpoint)
      ? []
      : [{ $ref: "#/components/parameters/ClientId" }, { $ref: "#/components/parameters/ProjectId" }];
  const parameters = [...variables, ...(endpoint.parameters ?? []).map(toParameter), ...common];
  const operation = {
    operationId: id,
    tags: [tag],
    summary,
    description,
    ...(open ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: toBody(body) }),
    responses: { ...refusals.of(endpoint), ...toAnswers(endpoint) },
  };
  return operation;
}

function toBody(body: RequestBody): object {
  const media = { schema: toBodySchema(body), example: body.example };
  return { required: body.isRequired, content: { [body.mediaType ?? "application/json"]: media } };
}

function toPathParameter(name: string, value: string | undefined): object {
  const variable = PATH_VARIABLES[name];
  if (variable === undefined) throw new Error(`Describe the variable ${name} of paths in openapi/parameters.ts.`);
  const { description, example } = variable;
  return { name, in: "path", required: true, description, schema: { type: "string" }, example: value ?? example };
}

function toParameter({ in: place, name, description, schema, example, isRequired }: Parameter): object {
  const { description: _, ...converted } = toSchema(schema);
  return {
    name,
    in: place,
    description,
    ...(isRequired === undefined ? {} : { required: true }),
    schema: converted,
    ...(example === undefined ? {} : { example }),
  };
}

function toAnswers({ answers }: Endpoint): Readonly<Record<string, DocumentedAnswer>> {
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, toSuccess(answer)]));
}

function toSuccess({ description, schema, mediaTypes, example, headers = {} }: Answer): DocumentedAnswer {
  const types = mediaTypes ?? (schema === undefined ? [] : ["application/json"]);
  const media = {
    ...(schema === undefined ? {} : { schema: toSchema(schema) }),
    ...(example === undefined ? {} : { example }),
  };
  return {
    description,
    headers: { ...toHeaders(headers), ...REQUEST_ID },
    ...(types.length === 0 ? {} : { content: Object.fromEntries(types.map((type) => [type, media])) }),
  };
}

function toHeaders(headers: Readonly<Record<string, AnswerHeader>>): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, { description, example, isOptional }]) => [
      name,
      { description, schema: { type: "string" }, required: isOptional !== true, example },
    ]),
  );
}
