/** The default quotas of a project. */
import type { Quotas } from "../domain/quota.ts";
import { bytes, count, type SettingGroup, type SettingValues } from "./setting.ts";

export const QUOTA_SETTINGS = {
  quotaQueues: count({
    default: -1,
    cloud: { value: "1000", reason: "Each queue is an object of its own, whose storage and running time are billed." },
    option: "ours",
    meaning: "most queues and topics of a project; -1: any number",
    range: { min: -1, max: 1_000_000_000 },
  }),
  quotaMessagesPerQueue: count({
    default: -1,
    option: "ours",
    meaning: "most messages in a queue or topic; -1: any number",
    range: { min: -1, max: 1_000_000_000 },
  }),
  quotaBytesPerQueue: bytes({
    default: 8_000_000_000,
    option: "ours",
    meaning: "most bytes that a queue or topic stores, below the 10 GB that an object can; -1: any number",
    range: { min: -1, max: 1_000_000_000_000 },
  }),
  quotaSubscriptionsPerQueue: count({
    default: 10_000,
    cloud: {
      value: "100",
      reason: "Each subscription has an object of its own, and 10,000 of them kept awake cost $57.60 an hour.",
    },
    option: "ours",
    meaning: "most subscriptions of a queue or topic; -1: any number",
    range: { min: -1, max: 100_000 },
  }),
  quotaRequestsPerSecond: count({
    default: -1,
    cloud: {
      value: "200",
      reason: "A month of 200 a second is 518 million requests, which cost about $230 before any row.",
    },
    option: "ours",
    meaning: "most requests of a project per second at one Worker; -1: any number",
    range: { min: -1, max: 1_000_000 },
  }),
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
