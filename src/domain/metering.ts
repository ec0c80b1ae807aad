/** The periods of the protocol by which figures reach the meter (docs/adr/0019-figures-ride-on-answers.md), in milliseconds. */

/** From the first news of a reporter to its report. */
export const FLUSH_MS = 8_000;
/** Without a report a session is lost after this time. */
export const LEASE_MS = 16_000;
/** A call is under way at most so long. */
export const LATE_MS = 10_000;
/** Two clocks differ at most by this. */
export const SKEW_MS = 2_000;
/** So long a queue stays hot. */
export const HOT_MS = 600_000;
/** Between two tries of a report. */
export const REPEAT_MS = 2_000;
/** So long an answer waits for its begin at most. */
export const BEGIN_WAIT_MS = 300;
/** Between two reports of a DeliveryObject: the platform evicts an object that is idle for 10 s, and its counts are in memory. */
export const DELIVERY_REPORT_MS = 8_000;
/** The same for each subscription of the queue, if that is more: all together report at most twice a second. */
const MS_PER_SUBSCRIPTION = 500;
/** Between two points of a series. */
export const POINT_MS = 10_000;
/** The largest factor of FLUSH_MS and LEASE_MS: a Worker works for 30 s after its last answer, and has to report within them. */
export const PACE_MAX = 3;

export function deliveryReportMs(subscriptions: number): number {
  return Math.max(DELIVERY_REPORT_MS, subscriptions * MS_PER_SUBSCRIPTION);
}
