/** The interface of a DeliveryObject, for its queue and for the owner of the subscription. */
import type {
  DeliveryReport,
  DeliveryState,
  MessageNotification,
  RedeliveryChoice,
  Target,
  TestAttempt,
  UndeliveredNotification,
} from "../../domain/delivery.ts";
import type { Epoch } from "../../domain/id.ts";
import { toSeconds } from "../../domain/time.ts";

/** Pushes the notifications of one subscription. The object's name contains the project, the queue and the subscription. */
export interface DeliveryRpc {
  /**
   * Accepts notifications in post order and attempts them at once. Settles when each has been delivered or has a row.
   * Notifications that were accepted before are ignored. Older versions tell no figures.
   */
  accept(batch: Batch): Promise<Acceptance | ToldAcceptance>;
  /** Accepts a document of the service for the subscriber: a confirmation request, or an event of the queue. */
  announce(request: Announcement): Promise<void>;
  /** Sends pending notifications to this target from now on. */
  redirect(target: Target): Promise<void>;
  /** Ends the subscription. `finish`: pending notifications are delivered first; else they are dropped. Idempotent. */
  end(request: { readonly finish: boolean }): Promise<void>;

  report(): Promise<DeliveryReport>;
  /** Makes given-up notifications pending again, with all attempts of their policy. Returns their number. */
  redeliver(): Promise<number>;
  /** As `redeliver`, for some. A method of its own: an object of an older version would send all again. */
  redeliverSome(choice: RedeliveryChoice): Promise<number>;
  /** A page of notifications that have not arrived, in order. Empty only if there are no more. */
  undelivered(request: UndeliveredRequest): Promise<readonly UndeliveredNotification[]>;
  /** Attempts to send a document of the service to this target, once and without any other effect. */
  sendTest(request: { readonly target: Target; readonly document: string }): Promise<TestAttempt>;
}

export interface Announcement {
  readonly target: Target;
  readonly document: string;
  /** An event: without the subscriber's consent it is not sent. Objects of older versions ignore this. */
  readonly isEvent?: boolean;
}

export interface UndeliveredRequest {
  readonly state: DeliveryState;
  /** The number of the last notification of the page before; 0: the first page. */
  readonly after: number;
  readonly limit: number;
}

/**
 * `taken`: the batch is accepted. `full`: it is refused, because the maximum number of deliveries is pending. `silent`: it is
 * refused, because the subscriber does not answer, and the retries of pending deliveries suffice to notice when it answers again;
 * the next batch is accepted after SILENT_INTERVAL. A queue of an older version treats `silent` as any answer but `taken`.
 */
export type Acceptance = "taken" | "full" | "silent";

/** The answer to a batch that asks for figures. */
export interface ToldAcceptance {
  readonly acceptance: Acceptance;
  /** Packed figures (domain/packed-figures.ts). */
  readonly figures: readonly unknown[];
}

/** The object of a silent subscriber accepts one batch per interval. */
export const SILENT_INTERVAL = toSeconds(30);

/** Successive notifications of one log, with the target that they go to. */
export interface Batch {
  readonly target: Target;
  readonly epoch: Epoch;
  /** The messages. Objects of other versions know the field by this name. */
  readonly parcels: readonly MessageNotification[];
  /** The number of subscriptions of the queue. Absent from older versions. */
  readonly subscriptions?: number;
  /** Asks for figures. Objects of older versions ignore it. */
  readonly withFigures?: true;
}
