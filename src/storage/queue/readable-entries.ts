/** Reads the bodies of log entries. One statement reads the bodies of each unbroken run of segments. */
import type { JsonText } from "../../domain/json.ts";
import type { Entry } from "./segment.ts";
import type { Segments } from "./segments.ts";

/** An entry with its body as stored, which may be encrypted. */
export interface ReadableEntry {
  readonly entry: Entry;
  readonly body: JsonText;
}

/** Why a message cannot be read: its row is damaged, or it was encrypted with a key that the service does not have. */
export type UnreadableReason = "damaged" | "unknown-key";

/** The readable entries with their bodies. The others are passed to `skip`. */
export function readEntries(
  segments: Segments,
  entries: readonly Entry[],
  canDecrypt: (body: JsonText) => boolean,
  skip: (entry: Entry, why: UnreadableReason) => void,
): ReadableEntry[] {
  const bodies = readBodies(segments, entries);
  const readable: ReadableEntry[] = [];
  for (const entry of entries) {
    const body = entry.segment.isDamaged ? undefined : bodies.get(entry.segment.first)?.[entry.offset];
    if (body === undefined) skip(entry, "damaged");
    else if (canDecrypt(body)) readable.push({ entry, body });
    else skip(entry, "unknown-key");
  }
  return readable;
}

/** The bodies of the entries' segments, by the segments' first numbers; null: the row is damaged. */
function readBodies(segments: Segments, entries: readonly Entry[]): Map<number, readonly JsonText[] | null> {
  const read = new Map<number, readonly JsonText[] | null>();
  let from: number | null = null;
  let end = 0;
  const load = (): void => {
    if (from === null) return;
    segments.bodies(from, end - 1).forEach((bodies, first) => read.set(first, bodies));
  };
  for (const { segment } of entries) {
    if (from !== null && segment.first >= from && segment.first <= end) {
      end = Math.max(end, segment.first + segment.count);
      continue;
    }
    load();
    from = segment.first;
    end = segment.first + segment.count;
  }
  load();
  return read;
}
