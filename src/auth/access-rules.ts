/**
 * Access rules of Keystone's application credentials: which requests a token may be used for. Enforced by the service
 * that gets the token, as keystonemiddleware does (Keystone user guide, "Application Credentials", access rules).
 */

export interface AccessRule {
  /** A service type. */
  readonly service: string;
  readonly method: string;
  /** `*` and `{name}` stand for one segment or a part of one, `**` for anything, slashes too. */
  readonly path: string;
}

/** Of the catalogue: Zaqar's, and the alias that clients know. */
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

/** No resource of ours has a longer path, and a pattern that covers one need not be longer; both bound what rules can cost. */
const PATH_LENGTH_MAX = 512;

const WILDCARD = /(\*\*|\*|\{[^}]*\})/;

/** Matches a pattern piece by piece, without making an expression of somebody's text. One look at the path for each piece. */
function matches(pattern: string, path: string): boolean {
  if (pattern.length > PATH_LENGTH_MAX) return false;
  const pieces = pattern.split(WILDCARD).filter((piece) => piece !== "");
  /** Whether the pieces so far may end at that place in the path. */
  let ends = Array.from({ length: path.length + 1 }, (_, at) => at === 0);
  for (const piece of pieces) ends = endsBehind(piece, path, ends);
  return ends[path.length] === true;
}

/** Where a piece may end that begins where others end. */
function endsBehind(piece: string, path: string, starts: readonly boolean[]): boolean[] {
  const ends = starts.map(() => false);
  if (!WILDCARD.test(piece)) {
    for (const [from, isStart] of starts.entries())
      if (isStart && path.startsWith(piece, from)) ends[from + piece.length] = true;
    return ends;
  }
  // `**` may stand for nothing; the others stand for something, and go on to the next slash.
  let isInside = false;
  for (let end = 0; end <= path.length; end++) {
    if (piece === "**") isInside ||= starts[end] === true;
    else isInside = end > 0 && path[end - 1] !== "/" && (isInside || starts[end - 1] === true);
    ends[end] = isInside;
  }
  return ends;
}
