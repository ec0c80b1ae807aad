/**
 * What a DeliveryObject knows of its subscription. It is in memory only until a delivery gets a row: a subscription whose
 * notifications all arrive at once needs no tables.
 */
import type { Target } from "../../domain/delivery.ts";
import { concurrencyOf } from "../../domain/subscription.ts";
import type { Deliveries, SubscriptionState } from "../../storage/delivery/deliveries.ts";

export class KnownSubscription {
  /** The newest message accepted; null: none yet. */
  position: SubscriptionState["position"] = null;
  isEnded = false;
  private readonly rows: Pick<Deliveries, "state" | "writeState">;
  private latestTarget: Target | null = null;
  private wantedConcurrency = 1;
  private isStored = false;

  constructor(rows: Pick<Deliveries, "state" | "writeState">) {
    this.rows = rows;
  }

  /** The latest target that the queue has sent; null: none yet. */
  get target(): Target | null {
    return this.latestTarget;
  }

  set target(target: Target | null) {
    if (target?.options !== this.latestTarget?.options)
      this.wantedConcurrency = target === null ? 1 : concurrencyOf(target.options);
    this.latestTarget = target;
  }

  /** First attempts that may be under way, by the subscription's `_concurrency`. */
  get concurrency(): number {
    return this.wantedConcurrency;
  }

  get hasRow(): boolean {
    return this.isStored;
  }

  /** Reads the row. The tables have to exist. */
  load(): void {
    const state = this.rows.state();
    this.isStored = state !== null;
    if (state !== null) this.target = state.target;
    this.position = state?.position ?? null;
    this.isEnded = state?.isEnded ?? false;
  }

  /** Writes the row. Within a transaction. */
  write(): void {
    const { target, position, isEnded } = this;
    if (target === null) return;
    this.rows.writeState({ target, position, isEnded });
    this.isStored = true;
  }

  /** Forgets the row, because all rows were deleted. */
  forgetRow(): void {
    this.isStored = false;
  }
}
