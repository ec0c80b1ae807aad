/**
 * The JSON-patch subset that changes metadata (core contract 3.4 and 7): changes apply in order to a copy, all or none.
 */
import type { JsonText, Members } from "./json.ts";
import type { PlaceKind } from "./place.ts";
import { shownKeys } from "./reserved-metadata.ts";
import { err, ok, type Result } from "./result.ts";

/** One checked operation of the patch document. */
export type MetadataChange =
  | { readonly op: "add" | "replace"; readonly key: string; readonly value: JsonText }
  | { readonly op: "remove"; readonly key: string };

/** The keys that always seem to be there, because reads show their defaults: replacing or removing them never fails. */
const OVERLAID_KEYS: Readonly<Record<PlaceKind, ReadonlySet<string>>> = {
  queue: new Set(shownKeys("queue").map(({ key }) => key)),
  topic: new Set(shownKeys("topic").map(({ key }) => key)),
};

/** The metadata after the changes; `metadata-key-missing` if one replaces or removes what is not there. */
export function applyChanges(kind: PlaceKind, metadata: Members, changes: readonly MetadataChange[]): Result<Members> {
  const changed = new Map(metadata);
  for (const change of changes) {
    const { op, key } = change;
    if (op !== "add" && !changed.has(key) && !OVERLAID_KEYS[kind].has(key)) {
      return err({ kind: "metadata-key-missing", op, key });
    }
    if (op === "remove") changed.delete(key);
    else changed.set(key, change.value);
  }
  return ok(changed);
}
