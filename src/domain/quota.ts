/** Quotas: limits on the storage and the requests of one project. Ours; upstream has none. */

/** The setting `QUOTA_` and the name in capitals has the default of each quota. */
export const QUOTA_NAMES = [
  "queues",
  "messages_per_queue",
  "bytes_per_queue",
  "subscriptions_per_queue",
  "requests_per_second",
] as const;

export type QuotaName = (typeof QUOTA_NAMES)[number];

/** Means "no limit", as in other OpenStack services. */
export const UNLIMITED = -1;

/** No limits at all. */
export const UNLIMITED_QUOTAS = Object.fromEntries(QUOTA_NAMES.map((name) => [name, UNLIMITED])) as Quotas;

/** The limit of each quota: `UNLIMITED`, or a number that may be 0. */
export type Quotas = Readonly<Record<QuotaName, number>>;

/** The limits that an operator has set for one project. The defaults apply to the others. */
export type QuotaOverrides = Readonly<Partial<Quotas>>;

/** The limits of a project, and the usage that was requested and is known. */
export interface QuotaReport {
  readonly quotas: Quotas;
  readonly used: Readonly<Partial<Record<QuotaName, number>>>;
}
