/** What checks the body of a message. */

/** The part of the Standard Schema specification (version 1) that is used here: https://standardschema.dev */
export interface StandardSchema<T> {
  readonly "~standard": {
    readonly validate: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>;
  };
}

type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

export type Parser<T> = StandardSchema<T> | ((body: unknown) => T | Promise<T>);

/** Throws for a body that the parser refuses. */
export async function parseBody<T>(parser: Parser<T> | null, body: unknown): Promise<T> {
  if (parser === null) return body as T;
  // A schema may be a function too.
  if (!("~standard" in parser)) return parser(body);
  const result = await parser["~standard"].validate(body);
  if (result.issues !== undefined) throw new TypeError(result.issues.map(({ message }) => message).join("; "));
  return result.value;
}
