/**
 * The operations and answers of the clients of a crash test, which are the only input of the checker. Every event has the
 * instants at which its request was sent and at which its answer arrived or its connection broke, on one monotonic clock in
 * milliseconds. The service processed it in between.
 */
export type Event = Post | Grant | LostClaim | LostPop | Renewal | Release | Deletion | Page | Audit | Drain | Surprise;

interface Span {
  readonly queue: string;
  readonly sentAt: number;
  readonly endedAt: number;
}

/** The post and the index of a message. They are in its body, so they do not depend on the service. */
export interface MessageKey {
  readonly post: PostKey;
  readonly index: number;
}

/** `poster-serial`. A poster is a client that makes one post after another. */
export type PostKey = `${number}-${number}`;

/** A message in an answer. */
export interface Seen extends MessageKey {
  readonly id: string;
}

/** One attempt of a post. All attempts with one key have the same Idempotency-Key and body. */
export interface Post extends Span {
  readonly kind: "post";
  readonly post: PostKey;
  readonly count: number;
  /** null: the connection broke, so it is not known whether the post was stored. */
  readonly ids: readonly string[] | null;
}

/** Messages that a client got: under a lease of `ttl` seconds by a claim, or permanently by a pop. */
export interface Grant extends Span {
  readonly kind: "grant";
  readonly lease: { readonly claim: string; readonly ttl: number } | null;
  readonly messages: readonly Seen[];
}

/**
 * A claim without an answer, or one that waited when its connection broke: up to `limit` unknown messages may be under a lease of
 * `ttl` seconds.
 */
export interface LostClaim extends Span {
  readonly kind: "lost-claim";
  readonly ttl: number;
  readonly limit: number;
}

/** A pop without an answer: up to `count` unknown messages may be deleted. */
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
  /** The claim id in the deletion of a single message. */
  readonly claim: string | null;
  readonly outcome: "done" | "unknown" | "refused";
}

/** One page of a list, while other clients work. */
export interface Page extends Span {
  readonly kind: "page";
  readonly includesClaimed: boolean;
  readonly messages: readonly Seen[];
}

/** The whole queue while no client works on it. */
export interface Audit extends Span {
  readonly kind: "audit";
  /** All pages of the lists with and without claimed messages. */
  readonly all: readonly Seen[];
  readonly free: readonly Seen[];
  readonly stats: { readonly total: number; readonly claimed: number; readonly free: number };
}

/** Claims until no message is left, directly after an audit. */
export interface Drain extends Span {
  readonly kind: "drain";
  readonly messages: readonly Seen[];
}

/** An unexpected answer, or no answer from a running service. */
export interface Surprise extends Span {
  readonly kind: "surprise";
  readonly text: string;
}
