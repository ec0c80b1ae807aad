/** What a simulation assumes. Milliseconds, and requests per second. */

export interface ScaleSettings {
  readonly seed: number;
  /** Objects of the queue, the home included; 1: it is not spread. */
  readonly objects: number;
  /** C: requests with a write that one object serves per second. */
  readonly rate: number;
  readonly producers: number;
  /** Whether producers post equally often, or the n-th one 1/n as often as the first. */
  readonly shares: "equal" | "Zipf";
  readonly consumers: number;
}

/** The time of a request in an object, compared with that of a request with a write. */
export const COST = {
  write: 1,
  /** Cloudflare's guide rates an object at 500 to 1,000 simple requests a second, and at 200 to 500 with writes. */
  read: 0.5,
  /** A call that an object makes: docs/PERFORMANCE.md, (no-op RPC - hello) / cycle with 64 connections. */
  call: 0.25,
} as const;

/** From a Worker to an object, or from an object to another. */
export const LAG_MS = 2;
/** Isolates of the Worker. Each remembers for itself whether the queue is spread. */
export const ISOLATES = 10;
export const VIEW_MS = 60_000;
/** A post has one message. */
export const CLAIM_LIMIT = 10;
/** Of a consumer, for the messages of a claim. */
export const HANDLING_MS = 10;
/** `Prefer: wait=20`. */
export const WAIT_MS = 20_000;
