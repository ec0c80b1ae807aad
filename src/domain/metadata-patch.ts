/**
 * Changes of metadata by a subset of JSON Patch. The operations are applied to a copy in their order, all or none. Upstream:
 * zaqar/transport/wsgi/v2_0/queues.py and topic.py.
 */
import type { JsonText, Members } from "./json.ts";
import type { PlaceKind } from "./place.ts";
import { shownKeys } from "./reserved-metadata.ts";
import { err, ok, type Result } from "./result.ts";

/** One valid operation of a patch document. */
export type MetadataChange =
  | { readonly op: "add" | "replace"; readonly key: string; readonly value: JsonText }
  | { readonly op: "remove"; readonly key: string };

/** The keys whose defaults reads show when they are absent. Replacing or removing them never fails. */
const OVERLAID_KEYS: Readonly<Record<PlaceKind, ReadonlySet<string>>> = {
  queue: new Set(shownKeys("queue").map(({ key }) => key)),
  topic: new Set(shownKeys("topic").map(({ key }) => key)),
};

/** The metadata after the changes. No change may replace or remove an absent key. */
export function applyChanges(
  kind: PlaceKind,
  metadata: Members,
  changes: readonly MetadataChange[],
): Result<Members, "metadata-key-missing"> {
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
