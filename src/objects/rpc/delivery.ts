/** The interface of a DeliveryObject: what its queue calls, and what its owner and operators may read. */
import type { DeliveryReport, MessageNotification, Target } from "../../domain/delivery.ts";
import type { Epoch } from "../../domain/id.ts";
import { toSeconds } from "../../domain/time.ts";

/** Pushes to one subscriber. Named by project, queue and subscription. */
export interface DeliveryRpc {
  /**
   * Takes notifications over, in post order, and attempts them at once. Settles when each has either arrived or has a row.
   * Notifications taken over before are ignored.
   */
  accept(batch: Batch): Promise<Acceptance>;
  /** Takes over a document of the service for the subscriber: the question whether it wants notifications. */
  announce(request: { readonly target: Target; readonly document: string }): Promise<void>;
  /** Sends pending notifications to this target from now on. */
  redirect(target: Target): Promise<void>;
  /** Ends the subscription. `finish`: pending notifications are delivered first; else they are dropped. Idempotent. */
  end(request: { readonly finish: boolean }): Promise<void>;

  report(): Promise<DeliveryReport>;
  /** Makes given-up notifications pending again, with all attempts of their policy. Returns their number. */
  redeliver(): Promise<number>;
}

/**
 * `full`: nothing was taken, because as many are pending as may be. `silent`: nothing was taken, because the subscriber does not
 * answer, and what is pending suffices to find out when it does again; the next batch is taken after SILENT_INTERVAL. A queue of
 * an older version treats `silent` as any answer other than `taken`.
 */
export type Acceptance = "taken" | "full" | "silent";

/** A silent subscriber's object takes over one batch per interval. */
export const SILENT_INTERVAL = toSeconds(30);

/** Successive notifications of one log, with the target that they go to. */
export interface Batch {
  readonly target: Target;
  readonly epoch: Epoch;
  /** The name of the field is part of the interface between versions. */
  readonly parcels: readonly MessageNotification[];
}
