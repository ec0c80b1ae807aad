/** What a queue asks of the object that pushes to one of its subscribers, and what operators and owners may see of it. */
import type { AttemptRecord, Parcel, Target } from "../../domain/delivery.ts";
import type { Epoch } from "../../domain/id.ts";
import { toSeconds, type EpochMs } from "../../domain/time.ts";

/** Pushes to one subscriber. Named by project, queue and subscription. */
export interface DeliveryRpc {
  /**
   * Takes notifications over, in post order. Attempts them at once; settles when each has either arrived or been written
   * down. What was taken before changes nothing.
   */
  accept(batch: Batch): Promise<Acceptance>;
  /** Takes over a document of ours for the subscriber: the question whether it wants notifications. */
  announce(request: { readonly target: Target; readonly document: string }): Promise<void>;
  /** What is pending goes there from now on. */
  redirect(target: Target): Promise<void>;
  /** The subscription is over. `finish`: after what is pending; else that is dropped. Idempotent. */
  end(request: { readonly finish: boolean }): Promise<void>;

  report(): Promise<DeliveryReport>;
  /** Makes what failed for good pending again, with all attempts of its policy. Returns how many. */
  redeliver(): Promise<number>;
}

/**
 * `full`: nothing was taken, as much is pending as may be. `silent`: nothing was taken, what is pending will do to find out
 * when the subscriber is back; in a while another batch is. Whoever knows no such word goes by its not being `taken`.
 */
export type Acceptance = "taken" | "full" | "silent";

/** From a silent subscriber's object more is taken over only so often. */
export const SILENT_INTERVAL = toSeconds(30);

/** Successive notifications of one log. */
export interface Batch {
  readonly target: Target;
  readonly epoch: Epoch;
  readonly parcels: readonly Parcel[];
}

/** What became of a subscription's notifications. */
export interface DeliveryReport {
  readonly delivered: number;
  /** Given up: out of attempts, or refused for good. */
  readonly failed: number;
  /** Waiting for their first or next attempt. */
  readonly pending: number;
  /** How many of the failed ones `redeliver` would repeat: the newest are kept. */
  readonly redeliverable: number;
  /** When the next attempt is due; null when nothing is pending. */
  readonly nextAttemptAt: EpochMs | null;
  /** The last attempts, newest first. */
  readonly attempts: readonly AttemptRecord[];
}
