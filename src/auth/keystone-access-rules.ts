/**
 * Access rules of Keystone's application credentials: they limit the requests that a token may be used for. The service that gets
 * the token enforces them, as keystonemiddleware does (Keystone user guide, "Application Credentials", access rules).
 */

export interface AccessRule {
  /** A service type. */
  readonly service: string;
  readonly method: string;
  /** A pattern: `*` and `{name}` match a segment or a part of one, `**` matches anything, slashes too. */
  readonly path: string;
}

/** Zaqar's service type in the catalogue, and the alias that clients know. */
const SERVICE_TYPES: readonly string[] = ["messaging", "message"];

/** Without rules (null) a token may be used for everything, with an empty list for nothing. */
export function admitsRequest(
  rules: readonly AccessRule[] | null,
  { method, path }: { readonly method: string; readonly path: string },
): boolean {
  if (rules === null) return true;
  if (path.length > PATH_LENGTH_MAX) return false;
  return rules.some(
    (rule) => SERVICE_TYPES.includes(rule.service) && rule.method === method && matches(rule.path, path),
  );
}

/** No resource has a longer path, and no pattern needs more. The bound limits the time that matching takes. */
const PATH_LENGTH_MAX = 512;

const WILDCARD = /(\*\*|\*|\{[^}]*\})/;

/** Matches a pattern piece by piece, in one pass over the path per piece. User text is never compiled to a regular expression. */
function matches(pattern: string, path: string): boolean {
  if (pattern.length > PATH_LENGTH_MAX) return false;
  const pieces = pattern.split(WILDCARD).filter((piece) => piece !== "");
  /** For each position in the path, whether the pieces so far may end there. */
  let ends = Array.from({ length: path.length + 1 }, (_, at) => at === 0);
  for (const piece of pieces) ends = endsAfter(piece, path, ends);
  return ends[path.length] === true;
}

/** The positions at which a piece may end, given the positions at which it may start. */
function endsAfter(piece: string, path: string, starts: readonly boolean[]): boolean[] {
  const ends = starts.map(() => false);
  if (!WILDCARD.test(piece)) {
    for (const [from, isStart] of starts.entries())
      if (isStart && path.startsWith(piece, from)) ends[from + piece.length] = true;
    return ends;
  }
  // `**` may match nothing. The others match at least one character, and none matches a slash.
  let isInside = false;
  for (let end = 0; end <= path.length; end++) {
    if (piece === "**") isInside ||= starts[end] === true;
    else isInside = end > 0 && path[end - 1] !== "/" && (isInside || starts[end - 1] === true);
    ends[end] = isInside;
  }
  return ends;
}
