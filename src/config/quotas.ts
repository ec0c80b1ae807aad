/** The default quotas of a project; -1: any number. */
import type { Quotas } from "../domain/quota.ts";
import { bytes, count, type SettingGroup, type SettingValues } from "./setting.ts";

export const QUOTA_SETTINGS = {
  quotaQueues: count({ default: -1, range: { min: -1, max: 1_000_000_000 } }),
  quotaMessagesPerQueue: count({ default: -1, range: { min: -1, max: 1_000_000_000 } }),
  quotaBytesPerQueue: bytes({ default: 8_000_000_000, range: { min: -1, max: 1_000_000_000_000 } }),
  quotaSubscriptionsPerQueue: count({ default: 10_000, range: { min: -1, max: 100_000 } }),
  quotaRequestsPerSecond: count({ default: -1, range: { min: -1, max: 1_000_000 } }),
} satisfies SettingGroup;

export function toQuotas(values: SettingValues<typeof QUOTA_SETTINGS>): Quotas {
  return {
    queues: values.quotaQueues,
    messages_per_queue: values.quotaMessagesPerQueue,
    bytes_per_queue: values.quotaBytesPerQueue,
    subscriptions_per_queue: values.quotaSubscriptionsPerQueue,
    requests_per_second: values.quotaRequestsPerSecond,
  };
}
