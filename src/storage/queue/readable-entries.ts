/** Reads the bodies of log entries. One statement reads the bodies of each unbroken run of segments. */
import type { JsonText } from "../../domain/json.ts";
import type { Traceparent } from "../../domain/traceparent.ts";
import type { Entry } from "./segment.ts";
import { toContent, type Content } from "./segment-rows.ts";
import type { Segments } from "./segments.ts";

/** An entry with its body as stored, which may be encrypted. */
export interface ReadableEntry {
  readonly entry: Entry;
  readonly body: JsonText;
  /** That of its post; null: it had none. */
  readonly traceparent: Traceparent | null;
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
  const contents = readContents(segments, entries);
  const readable: ReadableEntry[] = [];
  for (const entry of entries) {
    const content = entry.segment.isDamaged ? null : contents.get(entry.segment.first);
    const body = content?.bodies[entry.offset];
    if (content == null || body === undefined) skip(entry, "damaged");
    else if (canDecrypt(body)) readable.push({ entry, body, traceparent: content.traceparent });
    else skip(entry, "unknown-key");
  }
  return readable;
}

/** The content of the entries' segments, by the segments' first numbers; null: the row is damaged. */
function readContents(segments: Segments, entries: readonly Entry[]): Map<number, Content | null> {
  const read = new Map<number, Content | null>();
  let from: number | null = null;
  let end = 0;
  const load = (): void => {
    if (from === null) return;
    segments.contents(from, end - 1).forEach((content, first) => read.set(first, content));
  };
  for (const { segment } of entries) {
    if (segment.content !== undefined) {
      if (!read.has(segment.first)) read.set(segment.first, toContent(segment.count, segment.content));
      continue;
    }
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
