/**
 * What a shard does with a command of its home. Two calls of one object may arrive in another order than they were made, and
 * up to ten seconds late. So the row stays when the queue is deleted: a late `closed` of an earlier life would erase
 * acknowledged messages, and a late `open` would leave a shard that takes posts which nobody reads.
 */
import type { ShardCommand, ShardReply, ShardRow } from "../../domain/spread.ts";

/** `repeated`: the stored command. `new`: to be stored. `erases`: the messages of the shard end with it. */
export type Verdict =
  | Extract<ShardReply, { readonly kind: "stale" }>
  | { readonly kind: "repeated" }
  | { readonly kind: "new"; readonly erases: boolean };

export function judgeCommand(stored: ShardRow, { version, state, epoch }: Omit<ShardCommand, "floor">): Verdict {
  if (version > stored.version) return { kind: "new", erases: state === "closed" || epoch !== stored.epoch };
  const isStored = version === stored.version && state === stored.state && epoch === stored.epoch;
  return isStored ? { kind: "repeated" } : { kind: "stale", version: stored.version };
}

/** The parts of a shard that a command changes, in one transaction. */
export interface CommandedShard {
  readonly row: ShardRow;
  /** Whether messages have left for another queue and not arrived yet. */
  readonly hasTransfers: boolean;
  /** The last number that it has given. */
  last(): number;
  write(row: ShardRow): void;
  /** Deletes messages and claims, but neither the row nor the reserved numbers. */
  erase(): void;
  raise(last: number): void;
}

/** Performs a command within a transaction. */
export function performCommand(shard: CommandedShard, command: ShardCommand): ShardReply {
  const { version, state, epoch, floor } = command;
  const verdict = judgeCommand(shard.row, command);
  if (verdict.kind === "stale") return verdict;
  const isClosing = state === "closed";
  const erases = verdict.kind === "new" ? verdict.erases : isClosing;
  // A home closes its shards before its life ends. So another epoch finds transfers only where a home has lost its data.
  if (erases && shard.hasTransfers && !isClosing) return { kind: "busy" };
  if (verdict.kind === "new") shard.write({ version, state, epoch });
  // A home that was restored from a backup may give the same command with another floor.
  shard.raise(floor);
  if (!erases) return { kind: "done", last: shard.last() };
  if (shard.hasTransfers) return { kind: "busy" };
  shard.erase();
  return { kind: "done", last: shard.last() };
}
