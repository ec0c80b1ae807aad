/**
 * Holds what subscribers received against what the service promises of notifications. Pure: it says what is wrong in every
 * reading, and counts what at-least-once allows.
 */
import type { MessageKey, PostKey, Seen } from "./history.ts";
import type { Violation } from "./violation.ts";

/** A post to the queue that everybody follows. */
export interface Posted {
  readonly post: PostKey;
  readonly count: number;
  /** Else its connection broke, and it was stored or was not. */
  readonly isAcked: boolean;
}

/** One request at a receiver, in the order in which they came. */
export interface Arrival extends MessageKey {
  /** `webhook-id`. */
  readonly id: string;
  /** Whether the receiver said that it took it. */
  readonly isAccepted: boolean;
}

export interface Account {
  readonly posts: readonly Posted[];
  /** By the name of the subscriber. */
  readonly arrivals: ReadonlyMap<string, readonly Arrival[]>;
  /** The subscribers of the queue that is posted to, and those of its dead letters. */
  readonly subscribers: { readonly source: readonly string[]; readonly dead: readonly string[] };
  /** What the two queues hold in the end. */
  readonly stored: { readonly source: readonly Seen[]; readonly dead: readonly Seen[] };
  /** Messages that somebody was about to delete. */
  readonly touched: readonly MessageKey[];
}

/** What is allowed, but worth to know. */
export interface Tally {
  readonly subscriber: string;
  readonly messages: number;
  readonly requests: number;
  /** Requests for what its receiver had taken already. */
  readonly duplicates: number;
  /** Messages that first came after a later one of their poster. */
  readonly late: number;
}

export function checkNotifications(account: Account): readonly Violation[] {
  const { subscribers, stored } = account;
  const acked = account.posts.filter(({ isAcked }) => isAcked).flatMap(keysOf);
  return [
    ...subscribers.source.flatMap((name) => findUntold(name, "source", acked, account)),
    ...subscribers.dead.flatMap((name) => findUntold(name, "dead", stored.dead.map(keyOf), account)),
    ...subscribers.dead.flatMap((name) => findUnmoved(name, account)),
    ...[...account.arrivals].flatMap(([name, arrivals]) => findStrange(name, arrivals, account)),
    ...findMisplaced(acked, account),
  ];
}

/** Each acknowledged message, and each dead letter, is accepted by each subscriber in the end. */
function findUntold(
  name: string,
  queue: string,
  expected: readonly string[],
  { arrivals }: Account,
): readonly Violation[] {
  const accepted = new Set((arrivals.get(name) ?? []).filter(({ isAccepted }) => isAccepted).map(keyOf));
  const missing = expected.filter((key) => !accepted.has(key));
  if (missing.length === 0) return [];
  const text = `${name} did not get ${missing.length} of ${expected.length} messages: ${missing.join(", ")}`;
  return [{ rule: "everybody is told", queue, text, subjects: missing }];
}

/** Nobody takes dead letters away: what was told of is there. */
function findUnmoved(name: string, { arrivals, stored }: Account): readonly Violation[] {
  const there = new Set(stored.dead.map(keyOf));
  const strange = new Set((arrivals.get(name) ?? []).map(keyOf).filter((key) => !there.has(key)));
  if (strange.size === 0) return [];
  const text = `${name} got what is no dead letter: ${[...strange].join(", ")}`;
  return [{ rule: "nothing comes from nowhere", queue: "dead", text, subjects: [...strange] }];
}

/** What arrives was posted, and an id is one message and a message has one id. */
function findStrange(name: string, arrivals: readonly Arrival[], { posts }: Account): readonly Violation[] {
  const known = new Set(posts.flatMap(keysOf));
  const ids = new Map<string, string>();
  const keys = new Map<string, string>();
  return arrivals.flatMap((arrival): Violation[] => {
    const key = keyOf(arrival);
    const { id } = arrival;
    if (!known.has(key)) {
      return [{ rule: "nothing comes from nowhere", queue: name, text: `${key} was never posted`, subjects: [key] }];
    }
    const idBefore = ids.get(key) ?? id;
    const keyBefore = keys.get(id) ?? key;
    ids.set(key, id);
    keys.set(id, key);
    if (idBefore === id && keyBefore === key) return [];
    const text = `${key} came as ${id}, after ${keyBefore} and ${idBefore}`;
    return [{ rule: "ids are unique", queue: name, text, subjects: [key, id] }];
  });
}

/** Whatever nobody deletes is in one of the two queues, once. */
function findMisplaced(acked: readonly string[], { stored, touched }: Account): readonly Violation[] {
  const places = Map.groupBy([...stored.source, ...stored.dead].map(keyOf), (key) => key);
  const twice = [...places].filter(([, each]) => each.length > 1).map(([key]) => key);
  const excused = new Set(touched.map(keyOf));
  const lost = acked.filter((key) => !places.has(key) && !excused.has(key));
  return [
    ...(twice.length === 0
      ? []
      : [
          {
            rule: "moves happen once",
            queue: "dead",
            text: `stored twice: ${twice.join(", ")}`,
            subjects: twice,
          } as const,
        ]),
    ...(lost.length === 0
      ? []
      : [
          {
            rule: "acked is kept",
            queue: "source",
            text: `in neither queue: ${lost.join(", ")}`,
            subjects: lost,
          } as const,
        ]),
  ];
}

export function tally(subscriber: string, arrivals: readonly Arrival[]): Tally {
  const first = new Set<string>();
  const accepted = new Set<string>();
  const last = new Map<string, number>();
  let duplicates = 0;
  let late = 0;
  for (const arrival of arrivals) {
    const key = keyOf(arrival);
    if (accepted.has(key)) duplicates++;
    if (arrival.isAccepted) accepted.add(key);
    if (first.has(key)) continue;
    first.add(key);
    const [poster = "", serial = ""] = arrival.post.split("-");
    const place = Number(serial) * INDEX_MAX + arrival.index;
    if (place < (last.get(poster) ?? 0)) late++;
    else last.set(poster, place);
  }
  return { subscriber, messages: first.size, requests: arrivals.length, duplicates, late };
}

/** More messages than a post has. */
const INDEX_MAX = 1000;

function keyOf({ post, index }: MessageKey): string {
  return `${post}/${index}`;
}

export function keysOf({ post, count }: Pick<Posted, "post" | "count">): readonly string[] {
  return Array.from({ length: count }, (_, index) => keyOf({ post, index }));
}
