/**
 * Compares what subscribers received with the promises of notifications. A pure function: it reports certain violations, and
 * counts the deviations that at-least-once delivery allows.
 */
import type { MessageKey, PostKey, Seen } from "./history.ts";
import type { Violation } from "./violation.ts";

/** A post to the queue with the subscribers. */
export interface Posted {
  readonly post: PostKey;
  readonly count: number;
  /** Otherwise its connection broke, and it is not known whether it was stored. */
  readonly isAcked: boolean;
}

/** One request at a receiver, in the order of arrival. */
export interface Arrival extends MessageKey {
  /** `webhook-id`. */
  readonly id: string;
  /** Whether the receiver accepted it. */
  readonly isAccepted: boolean;
}

export interface Account {
  readonly posts: readonly Posted[];
  /** The requests by subscriber. */
  readonly arrivals: ReadonlyMap<string, readonly Arrival[]>;
  /** By connection. */
  readonly pushes: readonly PushedTo[];
  /** The subscribers of the queue, and those of its dead-letter queue. */
  readonly subscribers: { readonly source: readonly string[]; readonly dead: readonly string[] };
  /** The messages in the two queues at the end. */
  readonly stored: { readonly source: readonly Seen[]; readonly dead: readonly Seen[] };
  /** Messages that a client may have deleted. */
  readonly touched: readonly MessageKey[];
}

/** What was pushed to one connection, in the order of arrival. */
export interface PushedTo {
  readonly name: string;
  readonly messages: readonly MessageKey[];
}

/** Counts of allowed deviations. */
export interface Tally {
  readonly subscriber: string;
  readonly messages: number;
  readonly requests: number;
  /** Repeated deliveries to a receiver that had accepted the message. */
  readonly duplicates: number;
  /** Messages that arrived first after a later one of the same poster. */
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
    ...account.pushes.flatMap((pushed) => findMispushed(pushed, account)),
  ];
}

/** In the end each subscriber has accepted each acknowledged message, or each dead letter. */
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

/** Dead letters are not deleted, so all delivered ones are stored. */
function findUnmoved(name: string, { arrivals, stored }: Account): readonly Violation[] {
  const there = new Set(stored.dead.map(keyOf));
  const strange = new Set((arrivals.get(name) ?? []).map(keyOf).filter((key) => !there.has(key)));
  if (strange.size === 0) return [];
  const text = `${name} got what is no dead letter: ${[...strange].join(", ")}`;
  return [{ rule: "nothing comes from nowhere", queue: "dead", text, subjects: [...strange] }];
}

/** All delivered messages were posted, and messages and ids correspond one to one. */
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

/**
 * Pushes to a connection begin when it subscribes and end when it breaks. In between they are in the order of the queue, and leave
 * out no message that is stored.
 */
function findMispushed({ name, messages }: PushedTo, { posts, stored }: Account): readonly Violation[] {
  const known = new Set(posts.flatMap(keysOf));
  const places = new Map(stored.source.map((message, place) => [keyOf(message), place]));
  const keys = [...new Set(messages.map(keyOf))];
  const queue = "source";
  const strange = keys
    .filter((key) => !known.has(key))
    .map((key): Violation => {
      const text = `${name} got ${key}, which was never posted`;
      return { rule: "nothing comes from nowhere", queue, text, subjects: [key] };
    });
  const ordered = keys.filter((key) => places.has(key));
  const misplaced = ordered.slice(1).flatMap((key, index): readonly Violation[] => {
    const before = ordered[index] ?? "";
    const step = (places.get(key) ?? 0) - (places.get(before) ?? 0);
    if (step === 1) return [];
    const subjects = [before, key];
    if (step < 0) return [{ rule: "order is kept", queue, text: `${name} got ${key} after ${before}`, subjects }];
    const text = `${name} got nothing between ${before} and ${key}`;
    return [{ rule: "everybody is told", queue, text, subjects }];
  });
  return [...strange, ...misplaced];
}

/** Each message that was not deleted is in one of the two queues, once. */
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

/** More than the number of messages of a post. */
const INDEX_MAX = 1000;

function keyOf({ post, index }: MessageKey): string {
  return `${post}/${index}`;
}

export function keysOf({ post, count }: Pick<Posted, "post" | "count">): readonly string[] {
  return Array.from({ length: count }, (_, index) => keyOf({ post, index }));
}
