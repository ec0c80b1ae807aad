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

/** No resource of ours has a longer path; it bounds what a pattern of many wildcards can cost. */
const PATH_LENGTH_MAX = 512;

const WILDCARD = /(\*\*|\*|\{[^}]*\})/;

/** Matches a pattern piece by piece, without making an expression of somebody's text. */
function matches(pattern: string, path: string): boolean {
  const pieces = pattern.split(WILDCARD).filter((piece) => piece !== "");
  /** The places in the path that the pieces so far may end at. */
  let ends = new Set([0]);
  for (const piece of pieces) {
    const next = new Set<number>();
    for (const from of ends) for (const end of endsOf(piece, path, from)) next.add(end);
    ends = next;
  }
  return ends.has(path.length);
}

function endsOf(piece: string, path: string, from: number): number[] {
  if (!WILDCARD.test(piece)) return path.startsWith(piece, from) ? [from + piece.length] : [];
  const ends: number[] = [];
  if (piece === "**") {
    for (let end = from; end <= path.length; end++) ends.push(end);
  } else {
    for (let end = from + 1; end <= path.length && path[end - 1] !== "/"; end++) ends.push(end);
  }
  return ends;
}
