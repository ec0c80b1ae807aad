/** Turns log entries into messages. The bodies are read with one statement for each unbroken run of rows. */
import type { Life } from "../../domain/claim.ts";
import type { ClaimId, Epoch } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Message } from "../../domain/message.ts";
import { ageOf, type EpochMs } from "../../domain/time.ts";
import { claimsOf, idOf, lifeOf, sequenceOf, type Entry } from "./segment.ts";
import type { Segments } from "./segments.ts";

export interface ReadingContext {
  readonly epoch: Epoch;
  readonly now: EpochMs;
  /** The claim to show with a message. */
  readonly claimOf: (sequence: number) => ClaimId | null;
  /** Lives that have changed since the entries were read, by sequence number. */
  readonly lives?: ReadonlyMap<number, Life>;
}

/** An entry with its body as stored: an encrypted one is still sealed. */
export interface Legible {
  readonly entry: Entry;
  readonly body: JsonText;
}

/** Why a message cannot be handed out. */
export type Illegibility = "damaged" | "sealed";

/** The readable entries with their bodies. The others are passed to `passOver`. */
export function readEntries(
  segments: Segments,
  entries: readonly Entry[],
  isOpenable: (body: JsonText) => boolean,
  passOver: (entry: Entry, why: Illegibility) => void,
): Legible[] {
  const bodies = readBodies(segments, entries);
  const legible: Legible[] = [];
  for (const entry of entries) {
    const body = entry.segment.isDamaged ? undefined : bodies.get(entry.segment.first)?.[entry.offset];
    if (body === undefined) passOver(entry, "damaged");
    else if (isOpenable(body)) legible.push({ entry, body });
    else passOver(entry, "sealed");
  }
  return legible;
}

/** The messages of the entries, in their order. */
export function toMessages(legible: readonly Legible[], context: ReadingContext): Message[] {
  return legible.map(({ entry, body }) => {
    const sequence = sequenceOf(entry);
    return {
      id: idOf(entry, context.epoch),
      ttl: (context.lives?.get(sequence) ?? lifeOf(entry)).ttl,
      age: ageOf(entry.segment.postedAt, context.now),
      body,
      claim: context.claimOf(sequence),
      claimCount: claimsOf(entry),
    };
  });
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
