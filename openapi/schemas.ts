/** Schemas of the members of documents, with their descriptions, and the ids and times of all examples. */
import * as v from "valibot";

/** The ids of the examples. When the examples are executed, those of the answers replace them. */
export const IDS = {
  message: "019f3a6c1e2b4d5f0000000000000001",
  otherMessage: "019f3a6c1e2b4d5f0000000000000002",
  claim: "5dfb1bd4-62f7-4b2a-8cb5-1d2a6b1f0c11",
  subscription: "000000000001a1b2c3d4e5f6",
  key: "0a1b2c3d4e5f6a7b.demo",
} as const;

export const TIME = "2030-01-01T12:00:00Z";

/** Schemas that the document has by name. */
const names = new Map<v.GenericSchema, string>();

export function namedSchemas(): Readonly<Record<string, v.GenericSchema>> {
  return Object.fromEntries([...names].map(([schema, name]) => [name, schema]));
}

export function named<S extends v.GenericSchema>(name: string, schema: S): S {
  names.set(schema, name);
  return schema;
}

export function text(description: string): v.GenericSchema<string> {
  return v.pipe(v.string(), v.description(description));
}

/** One of these texts. */
export function oneOf(texts: readonly string[], description: string): v.GenericSchema {
  return v.pipe(v.picklist(texts), v.description(description));
}

/** A whole number of at least `min`, and at most `max` if there is one. */
export function integer(description: string, min = 0, max?: number): v.GenericSchema<number> {
  const bounded = v.pipe(v.number(), v.integer(), v.minValue(min), v.description(description));
  return max === undefined ? bounded : v.pipe(bounded, v.maxValue(max));
}

export function flag(description: string): v.GenericSchema<boolean> {
  return v.pipe(v.boolean(), v.description(description));
}

/** A time in UTC, with whole seconds or milliseconds. */
export function time(description: string): v.GenericSchema<string> {
  return v.pipe(v.string(), v.isoTimestamp(), v.description(description));
}

/** Any JSON value. */
export function anything(description: string): v.GenericSchema {
  return v.pipe(v.unknown(), v.description(description));
}

/** An object whose members the service does not know. */
export function freeForm(description: string): v.GenericSchema {
  return v.pipe(v.record(v.string(), v.unknown()), v.description(description));
}

export function list(item: v.GenericSchema, description: string): v.GenericSchema {
  return v.pipe(v.array(item), v.description(description));
}

/** An object with these members and no others. */
export function object(entries: v.ObjectEntries, description?: string): v.GenericSchema {
  const schema = v.strictObject(entries);
  return description === undefined ? schema : v.pipe(schema, v.description(description));
}

/** A member that may be missing. */
export const optional = v.optional;
/** A value or null. */
export const nullable = v.nullable;

/** The links of a page. */
export const LINKS = named(
  "Links",
  v.pipe(
    v.array(
      v.strictObject({
        rel: v.pipe(v.literal("next"), v.description("The relation of the link.")),
        href: text("The path and query of the next page. Opaque: use it as it is."),
      }),
    ),
    v.description(
      "The link to the next page. Every page that is not empty has one, even the last one: stop at an empty page.",
    ),
  ),
);

/** The `links` of an example. */
export function nextLink(href: string): readonly object[] {
  return [{ rel: "next", href }];
}
