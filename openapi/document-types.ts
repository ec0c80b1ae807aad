/** The types of the OpenAPI document, as far as the code and the tests read it. */
import type { Schema } from "./json-schema.ts";

export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedEndpoint>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, DocumentedAnswer>>;
    readonly examples: Readonly<Record<string, { readonly value: unknown }>>;
  };
}

export interface DocumentedEndpoint {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, DocumentedAnswer | Reference>>;
}

export interface Reference {
  readonly $ref: string;
}

export interface DocumentedAnswer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean } | Reference>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface MediaType {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, unknown>>;
}

/** The header that every answer has. */
export const REQUEST_ID = { "X-OpenStack-Request-Id": { $ref: "#/components/headers/RequestId" } };
