/** A shard: messages, and the command of the home as the service performs it. */
import { NO_COMMAND, type ShardCommand, type ShardReply, type ShardRow } from "../../src/domain/spread.ts";
import { performCommand } from "../../src/objects/queue/shard-command.ts";
import { MOVED } from "../../src/objects/rpc/spread-router.ts";
import { ServedObject } from "./served-object.ts";
import type { Timeline } from "./timeline.ts";
import { type SimulatedMessage, WaitingLog } from "./waiting-log.ts";

export class SimulatedShard {
  readonly server: ServedObject;
  readonly log: WaitingLog;
  private row: ShardRow = NO_COMMAND;

  constructor(timeline: Timeline, rate: number) {
    this.server = new ServedObject(timeline, rate);
    this.log = new WaitingLog(timeline);
  }

  command(command: ShardCommand): ShardReply {
    const write = (row: ShardRow): void => {
      this.row = row;
    };
    // A home closes shards that are empty, and numbers are not simulated.
    const numbers = { last: () => 0, raise: () => undefined };
    const parts = { row: this.row, hasTransfers: false, write, erase: () => undefined, ...numbers };
    const reply = performCommand(parts, command);
    this.log.endWaits();
    return reply;
  }

  post(message: SimulatedMessage): typeof MOVED | null {
    if (this.row.state !== "open") return MOVED;
    this.log.append(message);
    return null;
  }

  get isDrained(): boolean {
    return this.log.free + this.log.leased === 0;
  }
}
