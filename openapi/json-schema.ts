/** Valibot's schemas as JSON Schemas (draft 2020-12, as OpenAPI 3.1 has them). */
import { toJsonSchema, type ConversionConfig, type JsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import type { RequestBody } from "./endpoint.ts";
import { namedSchemas } from "./schemas.ts";

/** A JSON Schema, as far as this code knows it. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** The checks of `src/wire` that JSON Schema cannot state. The descriptions of their members say them. */
const UNSTATED: ReadonlySet<string> = new Set(["check"]);

const CONFIG: ConversionConfig = {
  target: "draft-2020-12",
  // What clients send. Members with a default are optional.
  typeMode: "input",
  // A schema that cannot be converted is an error, except these.
  errorMode: "throw",
  ignoreActions: [...UNSTATED],
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (valibotSchema.type === "custom") return { type: "object" };
    // Stated, because some readers of such documents refuse what is not.
    return valibotSchema.type === "loose_object" ? { ...jsonSchema, additionalProperties: true } : undefined;
  },
  overrideAction: ({ valibotAction, jsonSchema }) =>
    valibotAction.type === "safe_integer" ? { ...jsonSchema, type: "integer" } : undefined,
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
};

/** Named schemas become references. */
export function toSchema(schema: GenericSchema): Schema {
  const definitions = namedSchemas();
  return strip(toJsonSchema(schema, { ...CONFIG, definitions }));
}

/** The named schemas themselves. */
export function namedJsonSchemas(): Readonly<Record<string, Schema>> {
  const definitions = namedSchemas();
  return Object.fromEntries(
    Object.entries(definitions)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, schema]) => {
        // A definition that refers to itself would be nothing but the reference.
        const { [name]: _, ...others } = definitions;
        return [name, strip(toJsonSchema(schema, { ...CONFIG, definitions: others }))];
      }),
  );
}

/** The schema of a body, with the descriptions of its members. */
export function toBodySchema({ schema, members = {} }: RequestBody): Schema {
  const converted = structuredClone(toSchema(schema));
  for (const [path, description] of Object.entries(members)) {
    Object.assign(memberAt(converted, path.split(".")), { description });
  }
  return converted;
}

function memberAt(schema: Schema, [name = "", ...below]: readonly string[]): Schema {
  const member = (objectIn(schema)["properties"] as Readonly<Record<string, Schema>> | undefined)?.[name];
  if (member === undefined) throw new Error(`There is no member ${name} to describe.`);
  return below.length === 0 ? member : memberAt(member, below);
}

/** The object that a schema describes, in a list or beside null. */
function objectIn(schema: Schema): Schema {
  if (schema["properties"] !== undefined) return schema;
  if (schema["items"] !== undefined) return objectIn(schema["items"] as Schema);
  const [first] = (schema["anyOf"] ?? []) as readonly Schema[];
  if (first === undefined) throw new Error("There is no object whose members can be described.");
  return objectIn(first);
}

/** Without what belongs to the root of a document of its own. */
function strip({ $schema: _, $defs: __, ...schema }: JsonSchema): Schema {
  return schema;
}
