/** Statistics of the objects of one queue together. */
import { expect, test } from "vitest";
import { toEpoch, toMessageId } from "../../src/domain/id.ts";
import type { MessageStamp } from "../../src/domain/message.ts";
import { sumStats, type QueueStats } from "../../src/domain/queue-view.ts";
import { toEpochMs, toSeconds } from "../../src/domain/time.ts";

const stamp = (createdAt: number): MessageStamp => ({
  id: toMessageId(toEpoch(1, 1), createdAt),
  age: toSeconds(0),
  createdAt: toEpochMs(createdAt),
});
const EMPTY: QueueStats = { exists: true, claimed: 0, free: 0, oldest: null, newest: null };
const FULL: QueueStats = { exists: true, claimed: 1, free: 2, oldest: stamp(10), newest: stamp(20), unreadable: 1 };

test("sums have the oldest and the newest message of both", () => {
  const other = { ...FULL, oldest: stamp(5), newest: stamp(15) };
  const sum = { exists: true, claimed: 2, free: 4, oldest: stamp(5), newest: stamp(20), unreadable: 2 };
  expect([sumStats(FULL, other), sumStats(other, FULL)]).toEqual([sum, sum]);
});

test("an object without messages adds nothing", () => {
  expect([sumStats(FULL, EMPTY), sumStats(EMPTY, FULL)]).toEqual([FULL, FULL]);
});

test("a shard without a log does not make the queue missing", () => {
  expect(sumStats(EMPTY, { ...EMPTY, exists: false }).exists).toBe(true);
});
