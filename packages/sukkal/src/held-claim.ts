/** A claim of a consumer: it is renewed as long as messages of it are in work, and their outcomes are collected into settlements. */
import type { Claim, Release } from "./claim.ts";
import { LeaseLost, SukkalError } from "./error.ts";
import { backOff, now, pause } from "./time.ts";

/** Milliseconds for which outcomes are collected. */
const COLLECT_MS = 50;
/** Milliseconds before the end of the lease, at which nothing is sent any more: another consumer may have the messages soon. */
const MARGIN_MS = 1000;

/** What becomes of a message: deleted, or released. */
export type Outcome = "delete" | { readonly delay: number; readonly count: boolean };

export interface HeldClaimDeps {
  /** Tells that messages were settled; `lost`: they were not, because the claim is over. */
  readonly onSettled: (ids: readonly string[], outcome: "settled" | "lost") => void;
  readonly onError: (error: unknown) => void;
}

export class HeldClaim<T> {
  readonly claim: Claim<T>;
  /** Resolves when all its messages are settled or the claim is lost. */
  readonly done: Promise<void>;
  private readonly deps: HeldClaimDeps;
  private readonly lost = new AbortController();
  /** Aborts when there is nothing left to renew. */
  private readonly over = new AbortController();
  private readonly finish: () => void;
  private readonly outcomes = new Map<string, Outcome>();
  private unsettled: number;
  private undecided: number;
  private flushing: Promise<void> | null = null;
  private hurry = new AbortController();

  constructor(claim: Claim<T>, deps: HeldClaimDeps) {
    this.claim = claim;
    this.deps = deps;
    this.unsettled = this.undecided = claim.messages.length;
    let finish = (): void => {};
    this.done = new Promise((resolve) => {
      finish = resolve;
    });
    this.finish = finish;
    void this.keep();
  }

  /** Aborts when the claim is lost. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  /** Decides about a message. Without effect when the claim is lost. */
  decide(id: string, outcome: Outcome): void {
    if (this.lost.signal.aborted) return;
    this.outcomes.set(id, outcome);
    this.undecided--;
    if (this.undecided === 0) this.hurry.abort();
    this.flushing ??= this.flush();
  }

  private async flush(): Promise<void> {
    while (this.outcomes.size > 0 && !this.lost.signal.aborted) {
      await pause(COLLECT_MS, this.hurry.signal);
      const batch = [...this.outcomes];
      this.outcomes.clear();
      if (!(await this.settle(batch))) break;
      this.unsettled -= batch.length;
      this.deps.onSettled(idsOf(batch), "settled");
    }
    this.flushing = null;
    if (this.unsettled === 0) this.close();
  }

  /** Settles until the service answers. Returns whether it did before the claim was over. */
  private async settle(batch: readonly (readonly [string, Outcome])[]): Promise<boolean> {
    let isDelayed = true;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.claim.settle(toSettlement(batch, isDelayed));
        return true;
      } catch (error) {
        if (!this.mayRepeat(error, isDelayed)) {
          this.lose(idsOf(batch));
          return false;
        }
        this.deps.onError(error);
        // A delay that the service does not allow: at once is better than after the lease.
        if (error instanceof SukkalError && error.status === 400) isDelayed = false;
        else await this.pauseWithin(attempt, error);
      }
    }
  }

  /** Renews at a third of the lease, until everything is settled. */
  private async keep(): Promise<void> {
    const third = this.claim.leaseMs / 3;
    for (let attempt = 0; ;) {
      // After a wait the end of the lease is known only as a lower bound.
      const dueIn = attempt > 0 ? 0 : Math.min(third, this.claim.endsAt - now() - third);
      await pause(dueIn, this.over.signal);
      if (this.over.signal.aborted) return;
      try {
        await this.claim.renew();
        attempt = 0;
      } catch (error) {
        if (!this.mayRepeat(error, false)) return this.lose([]);
        this.deps.onError(error);
        await this.pauseWithin(attempt++, error);
      }
    }
  }

  private mayRepeat(error: unknown, isDelayed: boolean): boolean {
    const isRefused = error instanceof SukkalError && (error.status === 404 || (error.status === 400 && !isDelayed));
    return !isRefused && now() < this.claim.endsAt - MARGIN_MS;
  }

  /** Pauses before the next attempt, at most until the end of the lease. */
  private pauseWithin(attempt: number, error: unknown): Promise<void> {
    const delay = backOff(attempt, error instanceof SukkalError ? error.retryAfter : null);
    return pause(Math.min(delay, Math.max(0, this.claim.endsAt - MARGIN_MS - now())), this.over.signal);
  }

  /** `ids`: those of a settlement under way. */
  private lose(ids: readonly string[]): void {
    if (this.lost.signal.aborted || this.over.signal.aborted) return;
    const lost = [...ids, ...this.outcomes.keys()];
    this.outcomes.clear();
    this.lost.abort(new LeaseLost(this.claim.id));
    if (lost.length > 0) this.deps.onSettled(lost, "lost");
    this.close();
  }

  private close(): void {
    this.over.abort();
    this.finish();
  }
}

function idsOf(batch: readonly (readonly [string, Outcome])[]): string[] {
  return batch.map(([id]) => id);
}

function toSettlement(
  batch: readonly (readonly [string, Outcome])[],
  isDelayed: boolean,
): { readonly delete: string[]; readonly release: Release[] } {
  const deleted: string[] = [];
  const released = new Map<string, { ids: string[]; delay: number; count: boolean }>();
  for (const [id, outcome] of batch) {
    if (outcome === "delete") {
      deleted.push(id);
      continue;
    }
    const delay = isDelayed ? outcome.delay : 0;
    const key = `${delay} ${outcome.count}`;
    const group = released.get(key) ?? { ids: [], delay, count: outcome.count };
    group.ids.push(id);
    released.set(key, group);
  }
  return { delete: deleted, release: [...released.values()] };
}
