/** When queues are spread over several objects (ADR 24). */
import { SHARDS_MAX, SHARDS_MIN } from "../domain/spread.ts";
import { choice, count, decoded, flag, type SettingGroup } from "./setting.ts";

export const SPREADING_SETTINGS = {
  shards: decoded(
    count({
      default: 1,
      cloud: {
        value: "8",
        reason:
          "An object carries 200 to 500 requests with writes per second. Self-hosted, all objects share a process.",
      },
      option: "ours",
      meaning:
        "objects of a queue whose load is more than one carries: 4 to 64; 1: every queue is on one object, and spread " +
        "ones return to it",
      range: { min: 1, max: SHARDS_MAX },
    }),
    toShards,
  ),
  objectRequestsPerSecond: count({
    default: 400,
    option: "ours",
    meaning:
      "requests with writes that one object carries per second (`npm run calibrate`); at 0.7 of it a queue is spread",
    range: { min: 1, max: 100_000 },
  }),
  queueOrder: choice({
    default: "producer",
    choices: ["producer", "fifo"],
    option: "ours",
    meaning:
      "`producer`: a spread queue has the messages of each producer in order; `fifo`: no queue is spread, so that all are " +
      "in order",
  }),
  spreadAlways: flag({
    default: false,
    option: "ours",
    meaning:
      "spread every queue when it is created, for tests; without effect while `SHARDS` is 1 or `QUEUE_ORDER` is `fifo`",
  }),
} satisfies SettingGroup;

function toShards(shards: number): number {
  if (shards === 1 || shards >= SHARDS_MIN) return shards;
  throw new Error(
    `SHARDS is ${shards}: it must be 1, or from ${SHARDS_MIN} to ${SHARDS_MAX}, because fewer carry no more than one.`,
  );
}
