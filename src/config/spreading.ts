/** When queues are spread over several objects (ADR 24). */
import { SHARDS_MAX, SHARDS_MIN } from "../domain/spread.ts";
import { choice, count, decoded, flag, type SettingGroup } from "./setting.ts";

export const SPREADING_SETTINGS = {
  shards: decoded(count({ default: 1, range: { min: 1, max: SHARDS_MAX } }), toShards),
  objectRequestsPerSecond: count({ default: 400, range: { min: 1, max: 100_000 } }),
  queueOrder: choice({ default: "producer", choices: ["producer", "fifo"] }),
  spreadAlways: flag({ default: false }),
} satisfies SettingGroup;

function toShards(shards: number): number {
  if (shards === 1 || shards >= SHARDS_MIN) return shards;
  throw new Error(
    `SHARDS is ${shards}: it must be 1, or from ${SHARDS_MIN} to ${SHARDS_MAX}, because fewer carry no more than one.`,
  );
}
