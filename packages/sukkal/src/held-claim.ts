/**
 * A claim of a consumer: it is renewed as long as messages of it are in work, and their outcomes are collected into
 * settlements.
 */
import type { Claim, Release } from "./claim.ts";
import { LeaseLost, SukkalError } from "./error.ts";
import type { Message } from "./message.ts";
import { backOff, ENDED, now, pause } from "./time.ts";

/** Milliseconds for which outcomes are collected. */
const COLLECT_MS = 50;
/** Milliseconds before the end of the lease, at which nothing is sent any more: another consumer may have the messages soon. */
const MARGIN_MS = 1000;
/** Seconds: the longest delay that a service of default settings allows. */
const DELAY_MAX = 900;

/** What becomes of a message: deleted, or released. */
export type Outcome = "delete" | { readonly delay: number; readonly count: boolean };

/** The outcome of a message that was not handled, or not to its end. */
export const UNTRIED: Outcome = { delay: 0, count: false };

export interface HeldClaimDeps {
  /** Tells that messages were settled; `lost`: they were not, because the claim is over. */
  readonly onSettled: (ids: readonly string[], outcome: "settled" | "lost") => void;
  readonly onError: (error: unknown) => void;
}

export class HeldClaim<T> {
  /**
   * Messages without an outcome. Each has a signal of its own, for its handler: whatever a handler leaves at it goes with it,
   * and no signal gets a listener for each message, of which Node 20 warns from the eleventh on.
   */
  readonly undecided: ReadonlyMap<Message<T>, AbortController>;
  /** Resolves when all its messages are settled or the claim is lost. */
  readonly done: Promise<void>;
  readonly #claim: Claim<T>;
  readonly #deps: HeldClaimDeps;
  readonly #undecided: Map<Message<T>, AbortController>;
  /** Aborts when everything is settled or the claim is lost, and ends all requests and pauses of it. */
  readonly #over = new AbortController();
  readonly #outcomes = new Map<string, Outcome>();
  #isFlushing = false;
  /** Aborts when all outcomes are known. */
  readonly #hurry = new AbortController();

  constructor(claim: Claim<T>, deps: HeldClaimDeps) {
    this.#claim = claim;
    this.#deps = deps;
    this.undecided = this.#undecided = new Map(claim.messages.map((message) => [message, new AbortController()]));
    this.done = new Promise((resolve) => {
      this.#over.signal.addEventListener("abort", () => resolve());
    });
    void this.#keep();
    void this.#watch();
  }

  /** Decides about a message. Without effect when that has happened, or the claim is lost. */
  decide(message: Message<T>, outcome: Outcome): void {
    if (this.#over.signal.aborted || !this.#undecided.delete(message)) return;
    this.#outcomes.set(message.id, outcome);
    if (this.#undecided.size === 0) this.#hurry.abort(ENDED);
    if (!this.#isFlushing) void this.#flush();
  }

  /** Ends handlers, and releases their messages unless the claim is lost. */
  abort(reason?: unknown): void {
    for (const [message, aborting] of this.#undecided) {
      this.decide(message, UNTRIED);
      aborting.abort(reason);
    }
  }

  async #flush(): Promise<void> {
    this.#isFlushing = true;
    while (this.#outcomes.size > 0) {
      await pause(COLLECT_MS, this.#hurry.signal);
      const batch = [...this.#outcomes];
      await this.#settle(batch);
      if (this.#over.signal.aborted) return;
      for (const [id] of batch) this.#outcomes.delete(id);
      this.#deps.onSettled(
        batch.map(([id]) => id),
        "settled",
      );
    }
    this.#isFlushing = false;
    if (this.#undecided.size === 0) this.#over.abort(ENDED);
  }

  /** Settles until the service answers or the claim is over. */
  async #settle(batch: Batch): Promise<void> {
    let delayMax = Infinity;
    // When the claim is over, the signal of the request ends it.
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#claim.settle(toSettlement(batch, delayMax), { signal: this.#over.signal });
      } catch (error) {
        if (this.#over.signal.aborted) return;
        const longest = Math.min(delayMax, longestDelay(batch));
        const isTooLong = longest > 0 && error instanceof SukkalError && error.status === 400;
        if (!isTooLong && isRefused(error)) return this.#lose();
        this.#deps.onError(error);
        // The service says only that it does not allow the delay. One that it allows is better than the rest of the lease.
        if (isTooLong) delayMax = Math.min(DELAY_MAX, Math.floor(longest / 2));
        else await this.#pauseAfter(attempt, error);
      }
    }
  }

  /** Renews at a third of the lease, until everything is settled. */
  async #keep(): Promise<void> {
    const third = this.#claim.leaseMs / 3;
    for (let attempt = 0; ;) {
      // After a wait the end of the lease is known only as a lower bound.
      const dueIn = attempt > 0 ? 0 : Math.min(third, this.#claim.endsAt - now() - third);
      // Claims that began together, after an outage for example, are not renewed together for ever.
      await pause(dueIn * (0.9 + 0.2 * Math.random()), this.#over.signal);
      if (this.#over.signal.aborted) return;
      try {
        await this.#claim.renew({ signal: this.#over.signal });
        attempt = 0;
      } catch (error) {
        if (this.#over.signal.aborted) return;
        if (isRefused(error)) {
          // A claim also ends by the settlement of its last messages, whose answer may come later than this one.
          if (this.#undecided.size > 0) this.#lose();
          return;
        }
        this.#deps.onError(error);
        await this.#pauseAfter(attempt++, error);
      }
    }
  }

  /** Loses the claim when its lease ends, also while a request gets no answer: others may have the messages from then on. */
  async #watch(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const left = this.#claim.endsAt - MARGIN_MS - now();
      if (left <= 0) return this.#lose();
      await pause(left, this.#over.signal);
    }
  }

  #pauseAfter(attempt: number, error: unknown): Promise<void> {
    return pause(backOff(attempt, error), this.#over.signal);
  }

  #lose(): void {
    const lost = [...this.#outcomes.keys()];
    this.#over.abort(ENDED);
    this.abort(new LeaseLost(this.#claim.id));
    if (lost.length > 0) this.#deps.onSettled(lost, "lost");
  }
}

type Batch = readonly (readonly [id: string, outcome: Outcome])[];

/** The claim is over, or the service will never accept the request. */
function isRefused(error: unknown): boolean {
  return error instanceof SukkalError && (error.status === 404 || error.status === 400);
}

function longestDelay(batch: Batch): number {
  return Math.max(...batch.map(([, outcome]) => (outcome === "delete" ? 0 : outcome.delay)));
}

function toSettlement(batch: Batch, delayMax: number): { readonly delete: string[]; readonly release: Release[] } {
  const deleted: string[] = [];
  const released = new Map<string, { ids: string[]; delay: number; count: boolean }>();
  for (const [id, outcome] of batch) {
    if (outcome === "delete") {
      deleted.push(id);
      continue;
    }
    const delay = Math.min(outcome.delay, delayMax);
    const key = `${delay} ${outcome.count}`;
    const group = released.get(key) ?? { ids: [], delay, count: outcome.count };
    group.ids.push(id);
    released.set(key, group);
  }
  return { delete: deleted, release: [...released.values()] };
}
