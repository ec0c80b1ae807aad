/** What checks the body of a message. */

/** The part of the Standard Schema specification (version 1) that is used here: https://standardschema.dev */
export interface StandardSchema<T, In = T> {
  readonly "~standard": {
    readonly types?: { readonly input: In; readonly output: T } | undefined;
    readonly validate: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>;
  };
}

type SchemaResult<T> = { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  /** The members that lead to the wrong value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** `T`: what it returns. `In`: what it accepts, so what is posted: another type if a schema transforms bodies. */
export type Parser<T, In = T> = StandardSchema<T, In> | ((body: unknown) => T | Promise<T>);

/** Throws for a body that the parser refuses. The error of a schema has its issues as the `cause`. */
export async function parseBody<T>(parser: Parser<T, unknown> | null, body: unknown): Promise<T> {
  if (parser === null) return body as T;
  // A schema may be a function too.
  if (!("~standard" in parser)) return parser(body);
  const result = await parser["~standard"].validate(body);
  const { issues } = result;
  if (issues !== undefined) throw new TypeError(issues.map(toText).join("; "), { cause: issues });
  return result.value;
}

function toText({ path = [], message }: SchemaIssue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return path.length === 0 ? message : `${keys.join(".")}: ${message}`;
}
