/** The dead letters of a queue, by looking at them, and the queues that they came from. */
import type { Message, PlaceFigures } from "sukkal/client";
import { usePoll } from "../../../components/use-poll.ts";
import type { Poll } from "../../../state/poll.ts";
import { signedIn } from "../../../state/session.ts";

/** Letters that are looked at: more would be many requests. */
export const LETTERS_MAX = 100;
/** Queues whose settings are asked for. */
const SOURCES_MAX = 20;
/** As many as one request may ask for, unless the service has other settings. */
const PAGE_SIZE = 20;
/** Milliseconds. Bodies are more to load than figures. */
const PERIOD = 5000;

export type Letter = Message<unknown>;

export interface Letters {
  /** The oldest first. */
  readonly letters: readonly Letter[];
  /** Whether there are no others. */
  readonly areAll: boolean;
}

export function useLetters(name: string): Poll<Letters> {
  return usePoll<Letters>(`queue/${name}/letters`, {
    period: PERIOD,
    ask: async ({ signal }) => {
      const options = { limit: PAGE_SIZE, includeClaimed: true, includeDelayed: true, signal };
      const letters: Letter[] = [];
      for await (const message of signedIn().queue(name).messages(options)) {
        if (letters.length === LETTERS_MAX) return { letters, areAll: false };
        letters.push(message);
      }
      return { letters, areAll: true };
    },
    newsOf: ({ letters, areAll }) => [areAll, letters.map(({ id }) => id)],
  });
}

/** A queue that letters came from. */
export interface Source {
  readonly name: string;
  /** Of those that were looked at. */
  readonly letters: readonly Letter[];
  /** Letters that have left it since the service counts; null: not known. */
  readonly left: number | null;
  /** Claims after which a message leaves it; null: not known. Absent: it sends none here any more. */
  readonly claims: number | null | undefined;
}

/** The queues that send their dead letters to `name`, and those that some came from; the one with most of them first. */
export function sourcesOf(
  letters: readonly Letter[],
  senders: readonly PlaceFigures[],
  settings: Senders,
): readonly Source[] {
  const groups = Map.groupBy(letters, ({ deadLetter }) => deadLetter?.queue ?? "");
  groups.delete("");
  const names = new Set([...senders.map(({ name }) => name), ...groups.keys()]);
  return [...names]
    .map((name) => ({
      name,
      letters: groups.get(name) ?? [],
      left: senders.find((sender) => sender.name === name)?.counters?.dead_lettered ?? null,
      claims: claimsOf(name, settings),
    }))
    .toSorted((a, b) => b.letters.length - a.letters.length || (b.left ?? 0) - (a.left ?? 0));
}

/** What a queue says about its dead letters. */
export interface SenderSettings {
  /** After how many claims a message leaves it; null: it does not say. */
  readonly claims: number | null;
  /** Seconds that a letter lives from then on; null: as long as it would have lived. */
  readonly ttl: number | null;
}
export type Senders = ReadonlyMap<string, SenderSettings>;

export function useSenders(name: string, senders: readonly string[]): Senders {
  const asked = senders.slice(0, SOURCES_MAX);
  const poll = usePoll<Senders>(`queue/${name}/senders/${asked.join(" ")}`, {
    period: PERIOD,
    ask: async ({ signal }) => {
      const found = new Map<string, SenderSettings>();
      for (const sender of asked) {
        const metadata = await signedIn().queue(sender).metadata({ signal });
        const { _max_claim_count: claims = null, _dead_letter_queue_messages_ttl: ttl = null } = metadata;
        found.set(sender, { claims, ttl });
      }
      return found;
    },
    newsOf: (found) => [...found],
  });
  return poll.answer.value ?? new Map<string, SenderSettings>();
}

/** After how many claims a message leaves that queue; null: not known. Absent: after no number of them. */
export function claimsOf(name: string | undefined, senders: Senders): number | null | undefined {
  const found = senders.get(name ?? "");
  if (name !== undefined && found === undefined) return null;
  return found?.claims ?? undefined;
}

/** The end of its life, in milliseconds since 1970. A life that began anew has the length that its sender sets. */
export function endOf({ ttl, created, deadLetter }: Letter, senders: Senders): number {
  const isNew = deadLetter !== null && senders.get(deadLetter.queue)?.ttl === ttl;
  return (isNew ? deadLetter.at : created).getTime() + ttl * 1000;
}
