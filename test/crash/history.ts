/**
 * What the clients of a crash test did and saw: the only thing the checker looks at. Every event spans from the instant
 * its request was sent to the instant its answer had arrived, or its connection had broken, on one monotonic clock in
 * milliseconds; the service did its work somewhere in between.
 */
export type Event = Post | Grant | LostPop | Renewal | Release | Deletion | Page | Audit | Drain | Surprise;

interface Span {
  readonly queue: string;
  readonly sentAt: number;
  readonly endedAt: number;
}

/** Which message of which post: written in its body, so that it is known whatever the service does. */
export interface MessageKey {
  readonly post: PostKey;
  readonly index: number;
}

/** `poster-serial`: a poster is one client that posts one after another. */
export type PostKey = `${number}-${number}`;

/** A message as it came back. */
export interface Seen extends MessageKey {
  readonly id: string;
}

/** One attempt. Several attempts of one key carried the same Idempotency-Key and body. */
export interface Post extends Span {
  readonly kind: "post";
  readonly post: PostKey;
  readonly count: number;
  /** null: the connection broke, so it was stored or was not. */
  readonly ids: readonly string[] | null;
}

/** Messages handed out: under a lease of `ttl` seconds by a claim, or for good by a pop. */
export interface Grant extends Span {
  readonly kind: "grant";
  readonly lease: { readonly claim: string; readonly ttl: number } | null;
  readonly messages: readonly Seen[];
}

/** A pop whose answer never came: up to `count` messages may be gone, and nobody knows which. */
export interface LostPop extends Span {
  readonly kind: "lost-pop";
  readonly count: number;
}

export interface Renewal extends Span {
  readonly kind: "renewal";
  readonly claim: string;
  readonly ttl: number;
  readonly outcome: "done" | "unknown" | "gone";
}

export interface Release extends Span {
  readonly kind: "release";
  readonly claim: string;
  readonly outcome: "done" | "unknown";
}

export interface Deletion extends Span {
  readonly kind: "deletion";
  readonly ids: readonly string[];
  /** The claim under which a single message was deleted. */
  readonly claim: string | null;
  readonly outcome: "done" | "unknown" | "refused";
}

/** One page of a listing, while others work. */
export interface Page extends Span {
  readonly kind: "page";
  readonly includesClaimed: boolean;
  readonly messages: readonly Seen[];
}

/** The whole queue while nobody works on it. */
export interface Audit extends Span {
  readonly kind: "audit";
  /** Every page of the listing with, and of the one without, the claimed messages. */
  readonly all: readonly Seen[];
  readonly free: readonly Seen[];
  readonly stats: { readonly total: number; readonly claimed: number; readonly free: number };
}

/** Claims until nothing is left, directly behind an audit. */
export interface Drain extends Span {
  readonly kind: "drain";
  readonly messages: readonly Seen[];
}

/** An answer that no request should get, or none at all from a service that runs. */
export interface Surprise extends Span {
  readonly kind: "surprise";
  readonly text: string;
}
