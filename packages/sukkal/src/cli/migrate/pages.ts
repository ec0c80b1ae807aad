/**
 * Lists of Zaqar, whose storages have faults of their own. Redis: a list that starts after the very first entry, or after
 * one that has been deleted, begins again, so entries come twice. Entries that have expired are left out after a page was
 * cut, so a page may be empty before the end.
 */
import { SukkalError } from "../../error.ts";
import type { Answer, Call } from "../../transport.ts";
import { Failure } from "../exit-code.ts";
import type { Side } from "./sides.ts";

/** The entries of one page that were in none before. */
interface Page<Entry> {
  readonly entries: readonly Entry[];
}

interface ListOf<Entry> {
  readonly path: string;
  readonly query: NonNullable<Call["query"]>;
  /** The member with the entries. */
  readonly member: string;
  readonly toEntries: (answer: Answer) => readonly Entry[];
  readonly idOf: (entry: Entry) => string;
  /** Another query, for a first page that is empty. */
  readonly otherwise?: NonNullable<Call["query"]>;
}

export async function* pagesOf<Entry>(
  { transport, connection, word }: Side,
  { path, query, member, toEntries, idOf, otherwise }: ListOf<Entry>,
  signal: AbortSignal,
): AsyncGenerator<Page<Entry>, void, undefined> {
  const seen = new Set<string>();
  let asked = query;
  let rest = otherwise;
  for (;;) {
    const answer = await transport.send({ method: "GET", path, query: asked, isRepeatable: true, signal });
    assertList(answer, member, `The ${word} ${connection.url}`);
    const entries = toEntries(answer);
    if (entries.length === 0 && rest !== undefined) {
      asked = rest;
      rest = undefined;
      continue;
    }
    rest = undefined;
    const fresh = entries.filter((entry) => !seen.has(idOf(entry)));
    for (const entry of fresh) seen.add(idOf(entry));
    if (fresh.length > 0) yield { entries: fresh };
    const next = markerOf(answer);
    // After the very first entry the list begins again with that one.
    if (entries.length === 0 || next === null || next === asked["marker"]) return;
    asked = { ...query, marker: next };
  }
}

/** The most entries of a page: Zaqar tells it only when it refuses more. undefined: it is not known. */
export async function pageSizeOf({ transport }: Side, path: string, signal: AbortSignal): Promise<number | undefined> {
  try {
    await transport.call("GET", path, { signal }, { query: { limit: LIMIT_REFUSED } });
  } catch (error) {
    if (!(error instanceof SukkalError) || error.status !== 400) throw error;
    const [, most] = / greater than (\d+)/.exec(error.description) ?? [];
    if (most !== undefined) return Math.min(Number(most), PAGE_MAX);
  }
  return undefined;
}

const LIMIT_REFUSED = 1_000_000_000;
/** A page of the largest messages is to fit into memory. */
const PAGE_MAX = 200;

function assertList({ document }: Answer, member: string, who: string): void {
  const list: unknown = (Object(document) as Readonly<Record<string, unknown>>)[member];
  if (Array.isArray(list) && list.every((entry) => typeof entry === "object" && entry !== null)) return;
  throw new Failure(`${who} answers without a list of ${member}.`, {
    hint: "Is it Zaqar, with version 2 of the API? Another server may be at this address.",
  });
}

function markerOf({ document }: Answer): string | null {
  const { links } = document as { readonly links?: unknown };
  const next = Array.isArray(links) ? (links as readonly Link[]).find((link) => link?.rel === "next") : undefined;
  return next === undefined ? null : new URL(String(next.href), "http://zaqar").searchParams.get("marker");
}

interface Link {
  readonly rel?: unknown;
  readonly href?: unknown;
}
