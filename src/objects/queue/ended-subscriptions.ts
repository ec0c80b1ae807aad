/**
 * Notifies the DeliveryObjects of ended subscriptions. The row of an ended subscription is deleted after its object has been
 * notified, so that the alarm repeats a notification that has failed.
 */
import type { EndedSubscription } from "../../storage/queue/subscription-rows.ts";
import type { SubscriptionStore } from "../../storage/queue/subscriptions.ts";
import type { SubscriptionId } from "../../domain/id.ts";
import { combineFaults } from "../../telemetry/event.ts";
import type { DeliveryRpc } from "../rpc/delivery.ts";

export interface EndedSubscriptionsDeps {
  /** null while there are no tables. */
  stored(): Pick<SubscriptionStore, "ended" | "forgetEnded" | "hasEnded"> | null;
  delivery(id: SubscriptionId): Pick<DeliveryRpc, "end">;
  /** Runs `work` in a transaction. */
  write(work: () => void): Promise<void>;
  /** Arms the alarm to fire at once. */
  armNow(): void;
  logFault(operation: string, error: unknown): void;
}

/** Pages of a hundred ended subscriptions whose objects one call of the queue notifies. */
const PAGES_MAX = 4;

export class EndedSubscriptions {
  private readonly deps: EndedSubscriptionsDeps;

  constructor(deps: EndedSubscriptionsDeps) {
    this.deps = deps;
  }

  /**
   * Notifies the objects of all ended subscriptions. A call that fails stops no other, and the alarm repeats it. If there are
   * many, the alarm continues, because the number of calls that one call of an object may make is limited. Never rejects.
   */
  async notify(): Promise<void> {
    const failures: unknown[] = [];
    try {
      let marker = "";
      for (let page = 0; page < PAGES_MAX; page++) {
        const ended = this.deps.stored()?.ended(marker) ?? [];
        const last = ended.at(-1);
        if (last === undefined) break;
        marker = last.id;
        const areNotified = await Promise.all(ended.map((each) => this.endDelivery(each, failures)));
        const notified = ended.filter((_, index) => areNotified[index] === true).map(({ id }) => id);
        if (notified.length > 0) await this.deps.write(() => this.deps.stored()?.forgetEnded(notified));
      }
      // Failed calls wait for the alarm that was armed for them.
      if (failures.length === 0 && this.deps.stored()?.hasEnded === true) this.deps.armNow();
    } catch (error) {
      failures.push(error);
    }
    const [first, ...others] = failures;
    if (first !== undefined) this.deps.logFault("subscription end", combineFaults(first, others));
  }

  private async endDelivery({ id, finish }: EndedSubscription, failures: unknown[]): Promise<boolean> {
    try {
      await this.deps.delivery(id).end({ finish });
      return true;
    } catch (error) {
      failures.push(error);
      return false;
    }
  }
}
