/** The quotas of a project that has none of its own. */
import type { Quotas } from "../domain/quota.ts";
import { bytes, count, type Settings, type ValuesOf } from "./setting.ts";

export const QUOTA_SETTINGS = {
  quotaQueues: count({
    default: -1,
    cloud: { value: "1000", reason: "Each queue is an object of its own, which stores and works." },
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
    cloud: { value: "200", reason: "A month of 200 a second is 518 million requests, some $230 before any row." },
    option: "ours",
    meaning: "requests of a project per second, counted by each Worker for itself; -1: any number",
    range: { min: -1, max: 1_000_000 },
  }),
} satisfies Settings;

export function toQuotas(values: ValuesOf<typeof QUOTA_SETTINGS>): Quotas {
  return {
    queues: values.quotaQueues,
    messages_per_queue: values.quotaMessagesPerQueue,
    bytes_per_queue: values.quotaBytesPerQueue,
    subscriptions_per_queue: values.quotaSubscriptionsPerQueue,
    requests_per_second: values.quotaRequestsPerSecond,
  };
}
