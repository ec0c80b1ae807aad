/** Parameters and headers that several endpoints share, and the variables of paths. */
import * as v from "valibot";
import type { AnswerHeader, Parameter } from "./endpoint.ts";
import { flag, IDS, integer, text } from "./schemas.ts";

export function query(name: string, schema: v.GenericSchema, example?: unknown): Parameter {
  // The description of the schema is that of the parameter.
  return {
    in: "query",
    name,
    description: v.getDescription(schema) ?? "",
    schema,
    ...(example === undefined ? {} : { example }),
  };
}

export const MARKER = query(
  "marker",
  text("Where the page begins. Take it from the `next` link of the previous page."),
);

export const DETAILS = query(
  "details",
  flag("Answers with more members: what the service knows about each entry. An extension of Zaqar's API."),
);

/** The header of answers to requests of which a part is usually a mistake. */
export const NOTICE: Readonly<Record<string, AnswerHeader>> = {
  "Sukkal-Notice": {
    description:
      "A sentence about a part of the request that is usually a mistake, such as a misspelt member. For people: it may change.",
    example:
      "`_dead_leter_queue` is no reserved key of metadata, and has no effect: did you mean `_dead_letter_queue`?",
    isOptional: true,
  },
};

/** `setting`: the one with the maximum. */
export function limit(entries: string, setting: string): Parameter {
  return query("limit", integer(`The most ${entries} to answer with: 1 to \`${setting}\` (20), by default 10.`, 1), 5);
}

/** The variables of paths, by their names in `src/wire/paths.ts`. */
export const PATH_VARIABLES: Readonly<Record<string, { readonly description: string; readonly example: string }>> = {
  queue: {
    description: 'The name of the queue: 1 to 64 of the letters a to z and A to Z, digits, "_", "-" and ".".',
    example: "orders",
  },
  topic: {
    description: 'The name of the topic: 1 to 64 of the letters a to z and A to Z, digits, "_", "-" and ".".',
    example: "news",
  },
  message: { description: "The id of the message.", example: IDS.message },
  claim: { description: "The id of the claim: the end of its `Location`.", example: IDS.claim },
  subscription: { description: "The id of the subscription.", example: IDS.subscription },
  pool: { description: "The name of the pool.", example: "europe" },
  flavor: { description: "The name of the flavor.", example: "fast" },
  key: { description: "The id of the key: its part between `sk_` and the secret.", example: IDS.key },
  project: { description: "The id of the project.", example: "demo" },
  file: { description: "The name of a file of the page.", example: "index.html" },
};
