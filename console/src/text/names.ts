/** Names that may have to be cut: the end stays, because the names of a family differ there. */

const TAIL_MAX = 24;

/** The last part of a name, with its separator, and what comes before. A name of one part has no tail. */
export function nameParts(name: string): { readonly head: string; readonly tail: string } {
  const at = Math.max(name.lastIndexOf("-"), name.lastIndexOf("_"), name.lastIndexOf("."));
  const hasTail = at > 0 && name.length - at <= TAIL_MAX;
  return hasTail ? { head: name.slice(0, at), tail: name.slice(at) } : { head: name, tail: "" };
}

/** An id as a person compares it: its beginning and its end. */
export function shortId(id: string): string {
  return id.length > 14 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id;
}
