/**
 * The description of one endpoint: a method of a path. `document.ts` adds what follows from it: the variables of the path, the
 * common headers, and the failures that all endpoints of a kind have.
 */
import type { GenericSchema } from "valibot";
import type { FailureKind } from "../src/domain/failure.ts";
import type { PlaceKind } from "../src/domain/place.ts";
import type { OPERATIONS } from "../src/operations/table.ts";
import { BELOW_PLACE, PLACE_PATHS } from "../src/wire/paths.ts";

type OperationName = keyof typeof OPERATIONS;

export interface Endpoint {
  /** Unique. The name of the operation, with a suffix where it has several endpoints. */
  readonly id: string;
  /** What the endpoint performs; several if the query chooses one. Empty for endpoints without an operation. */
  readonly operations: readonly OperationName[];
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** As in `src/wire/paths.ts`. */
  readonly path: string;
  /** Values for variables of the path in the example, other than those in `PATH_VARIABLES`. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly tag: string;
  readonly summary: string;
  /** Markdown. */
  readonly description: string;
  /** Of the query and the headers, except those that every request has. */
  readonly parameters?: readonly Parameter[];
  readonly body?: RequestBody;
  /** By status. The first one is the answer to the example. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** In addition to those that every endpoint of its kind has. */
  readonly failures?: readonly FailureKind[];
}

export interface Parameter {
  readonly in: "query" | "header";
  readonly name: string;
  readonly description: string;
  readonly schema: GenericSchema;
  /** Shown, and sent when the examples are executed. */
  readonly example?: unknown;
  readonly isRequired?: true;
  /** A list, separated by commas. */
  readonly isList?: true;
}

export interface RequestBody {
  readonly schema: GenericSchema;
  readonly isRequired: boolean;
  /** The Content-Type, if the endpoint requires one. */
  readonly mediaType?: string;
  readonly example: unknown;
  /** Descriptions of members whose schema is one of `src/wire`, by their paths. */
  readonly members?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly description: string;
  /** The body; none if absent. */
  readonly schema?: GenericSchema;
  /** By default that of JSON, if there is a body. */
  readonly mediaTypes?: readonly string[];
  readonly example?: unknown;
  readonly headers?: Readonly<Record<string, AnswerHeader>>;
}

export interface AnswerHeader {
  readonly description: string;
  readonly example: string;
  /** Only some answers have it. */
  readonly isOptional?: true;
}

/** The words with which the endpoints of queues and of topics differ. */
export interface PlaceWords {
  readonly kind: PlaceKind;
  /** The end of ids of endpoints: queues have the plain names of the operations. */
  readonly suffix: "" | "_topic";
  /** A name for examples. */
  readonly name: string;
}

/** Those of the endpoints of a resource of theirs. */
export interface ResourceWords extends PlaceWords {
  readonly tag: string;
}

/** Those of the endpoints of their subscriptions. */
export interface SubscriptionWords extends ResourceWords {
  /** The path of the subscriptions in examples. */
  readonly href: string;
}

/** What follows from the operation of an endpoint, and from the resource of the queue or topic that it is about. */
export function endpointBelow(
  { kind, suffix, tag }: ResourceWords,
  operation: OperationName,
  resource: keyof typeof BELOW_PLACE,
): Pick<Endpoint, "id" | "operations" | "path" | "tag"> {
  return {
    id: `${operation}${suffix}`,
    operations: [operation],
    path: PLACE_PATHS[kind] + BELOW_PLACE[resource],
    tag,
  };
}

export const QUEUE_WORDS: PlaceWords = { kind: "queue", suffix: "", name: "orders" };
export const TOPIC_WORDS: PlaceWords = { kind: "topic", suffix: "_topic", name: "news" };
