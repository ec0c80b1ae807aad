/**
 * A single-flight cache: stores a bounded number of expensive answers, each until its own expiry, and makes one look-up at a
 * time per key. It is for the Worker, where one isolate serves many requests, and not for objects.
 *
 * Requests share answers, never promises. Code that awaits the promise of another request continues in the context of that
 * request, where the runtime refuses access to its own body (measured: one cold start in five with 64 connections). So a
 * request that finds a look-up in progress polls for its outcome with timers of its own.
 */
import type { EpochMs } from "../domain/time.ts";
import { setBounded } from "./bounded-map.ts";

export interface CachedAnswer<T> {
  readonly value: T;
  /** When the answer expires. */
  readonly until: EpochMs;
  /** Refusals are easy to provoke in any number, so they evict only each other. */
  readonly isRefusal?: boolean;
}

/** What the cache needs from the request. */
export interface CacheDeps {
  readonly now: () => EpochMs;
  /** Lets work outlive the request that began it, because other requests may wait for its outcome. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

interface StoredAnswer<T> extends CachedAnswer<T> {
  readonly storedAt: EpochMs;
}

interface Lookup<T> {
  readonly startedAt: EpochMs;
  outcome: { readonly answer: T } | { readonly failure: unknown } | null;
}

/** Milliseconds between two polls for a look-up of another request. */
const POLL_INTERVAL_MS = 4;
/** Milliseconds after which that look-up counts as lost: every look-up has a shorter timeout. */
const LOOKUP_MS_MAX = 12_000;

/** Milliseconds by which an answer's time may be ahead of now. An answer further ahead was stored while the clock was wrong. */
const AHEAD_MS_MAX = 60_000;

/** The share of the capacity that refusals get. */
const REFUSALS_SHARE = 1 / 10;

export class SingleFlightCache<T> {
  private readonly capacity: number;
  private readonly answers = new Map<string, StoredAnswer<T>>();
  private readonly refusals = new Map<string, StoredAnswer<T>>();
  private readonly lookups = new Map<string, Lookup<T>>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /**
   * The stored answer, or the one that `ask` gets. An error is thrown to all requests that wait for it, and is not stored.
   */
  async get(key: string, ask: () => Promise<CachedAnswer<T>>, deps: CacheDeps): Promise<T> {
    for (;;) {
      const known = this.answers.get(key) ?? this.refusals.get(key);
      if (known !== undefined && isFresh(known, deps.now())) return known.value;
      const lookup = this.pendingLookup(key, deps);
      if (lookup === null) return this.ask(key, ask, deps);
      const outcome = await outcomeOf(lookup);
      if (outcome === null) this.lookups.delete(key);
      else if ("answer" in outcome) return outcome.answer;
      else throw outcome.failure;
    }
  }

  /** As `get`, but returns an expired answer too, while a new one is looked up in the background. */
  async getRecent(key: string, ask: () => Promise<CachedAnswer<T>>, deps: CacheDeps): Promise<T> {
    const known = this.answers.get(key);
    if (known === undefined) return this.get(key, ask, deps);
    if (!isFresh(known, deps.now()) && this.pendingLookup(key, deps) === null) {
      // The error is dropped here. It is logged by the requests that find no answer at all.
      void this.ask(key, ask, deps).catch(() => undefined);
    }
    return known.value;
  }

  /** The last answer that was no refusal, also if it has expired; null: none is stored. */
  lastAnswer(key: string): T | null {
    return this.answers.get(key)?.value ?? null;
  }

  forget(key: string): void {
    this.answers.delete(key);
    this.refusals.delete(key);
  }

  private pendingLookup(key: string, { now }: CacheDeps): Lookup<T> | null {
    const lookup = this.lookups.get(key);
    return lookup === undefined || Math.abs(now() - lookup.startedAt) >= LOOKUP_MS_MAX ? null : lookup;
  }

  private ask(key: string, ask: () => Promise<CachedAnswer<T>>, deps: CacheDeps): Promise<T> {
    const lookup: Lookup<T> = { startedAt: deps.now(), outcome: null };
    this.lookups.set(key, lookup);
    const asking = ask()
      .then((fresh) => {
        this.store(key, fresh, deps.now());
        lookup.outcome = { answer: fresh.value };
        return fresh.value;
      })
      .catch((failure: unknown) => {
        lookup.outcome = { failure };
        throw failure;
      })
      .finally(() => {
        if (this.lookups.get(key) === lookup) this.lookups.delete(key);
      });
    deps.waitUntil(asking.catch(() => undefined));
    return asking;
  }

  private store(key: string, answer: CachedAnswer<T>, now: EpochMs): void {
    // An answer may become a refusal, or a refusal an answer.
    this.forget(key);
    const stored = { ...answer, storedAt: now };
    if (answer.isRefusal !== true) setBounded(this.answers, key, stored, this.capacity);
    else if (answer.until > now) setBounded(this.refusals, key, stored, this.capacity * REFUSALS_SHARE);
  }
}

function isFresh({ storedAt, until }: StoredAnswer<unknown>, now: EpochMs): boolean {
  return until > now && storedAt <= now + AHEAD_MS_MAX;
}

/** The outcome of another request's look-up; null when it counts as lost. */
async function outcomeOf<T>(lookup: Lookup<T>): Promise<Lookup<T>["outcome"]> {
  for (let waited = 0; lookup.outcome === null && waited < LOOKUP_MS_MAX; waited += POLL_INTERVAL_MS) {
    await scheduler.wait(POLL_INTERVAL_MS);
  }
  return lookup.outcome;
}
