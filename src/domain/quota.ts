/** Quotas: what one project may hold and ask for. Ours; upstream has none. */

/** The default of each is a setting, `QUOTA_` and the name in capitals. */
export const QUOTA_NAMES = [
  "queues",
  "messages_per_queue",
  "bytes_per_queue",
  "subscriptions_per_queue",
  "requests_per_second",
] as const;

export type QuotaName = (typeof QUOTA_NAMES)[number];

/** A limit that does not limit, as OpenStack's services write it. */
export const UNLIMITED = -1;

/** The limit of each quota; `UNLIMITED`, or a number of things that may be 0. */
export type Quotas = Readonly<Record<QuotaName, number>>;

/** What an operator has set for one project; the rest is as for every project. */
export type QuotaOverrides = Readonly<Partial<Quotas>>;
