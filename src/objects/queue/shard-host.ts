/** What the parts of a shard share: its log, which its home opens and closes, and the last command of the home. */
import { toShardClaimId, toShardEpoch, type ClaimId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Placement } from "../../domain/placement.ts";
import { NO_COMMAND, type ShardCommand, type ShardReply, type ShardRow } from "../../domain/spread.ts";
import { eraseQueue } from "../../storage/queue/erase.ts";
import { LiveQueue } from "../../storage/queue/live-queue.ts";
import { QUEUE_MIGRATIONS } from "../../storage/queue/schema.ts";
import { readShard, writeShard, type StoredShard } from "../../storage/queue/shard-row.ts";
import { parseShardName } from "../rpc/names.ts";
import type { ObjectBindings } from "../rpc/stubs.ts";
import type { Effects } from "./effects.ts";
import { LogHost } from "./log-host.ts";
import { performCommand } from "./shard-command.ts";

export interface ShardHostDeps {
  readonly ctx: DurableObjectState;
  readonly env: ObjectBindings;
  /** Performs the effects of a commit. Null: there is nothing to wait for. */
  afterCommit(effects: Effects): Promise<void> | null;
}

/** The shard takes no posts. The home does. */
export class NotOpen extends Error {}

export class ShardHost extends LogHost {
  /** 1 to 255. */
  readonly shard: number;
  /** It begins empty, and its home knows whether the queue is lost. */
  readonly isLost = false;
  readonly subscriptions = null;
  private readonly deps: ShardHostDeps;
  private live: LiveQueue | null = null;
  private stored: StoredShard | null = null;

  constructor(deps: ShardHostDeps) {
    const { ctx, env } = deps;
    const { shard, ...owner } = parseShardName(ctx.id.name ?? "");
    super({ ctx, env, kind: "queue", owner, migrations: QUEUE_MIGRATIONS });
    this.deps = deps;
    this.shard = shard;
  }

  get queue(): LiveQueue | null {
    return this.live;
  }

  /** The last command. */
  get command(): ShardRow {
    return this.row;
  }

  /** Whether what it hands over is the last of its queue. */
  get isEnding(): boolean {
    return this.row.state === "closed";
  }

  override newClaimId(): ClaimId {
    return toShardClaimId(crypto.randomUUID(), this.shard);
  }

  /** The log, for a post. Throws `NotOpen`. */
  ensure(): LiveQueue {
    if (this.live === null || this.row.state !== "open") throw new NotOpen("The shard is not open.");
    return this.live;
  }

  /** Performs a command of the home within a transaction. `metadata`: that of the queue. */
  perform(command: ShardCommand, metadata: JsonText): ShardReply {
    this.store.createTables();
    const reply = performCommand(
      {
        row: this.row,
        hasTransfers: this.live?.transfers.isEmpty === false,
        last: () => this.last,
        write: (row) => this.setRow({ ...row, last: this.last }),
        erase: () => this.erase(),
        raise: (last) => this.raise(last),
      },
      command,
    );
    if (reply.kind === "done" && command.state !== "closed") this.apply(command, metadata);
    return reply;
  }

  /** The last number that the shard has given, with or without a log. */
  override get last(): number {
    return this.live?.log.last ?? this.row.last;
  }

  override raise(last: number): void {
    if (last <= this.last) return;
    this.store.createTables();
    if (this.live === null) this.setRow({ ...this.row, last });
    else this.live.log.raise(last);
  }

  protected override open(): void {
    this.live = null;
    this.stored = null;
    if (this.store.open()) this.live = this.readLog();
  }

  /** A shard creates no queues but those of its dead letters, where its queue is. */
  protected override async placementOfNew(): Promise<Placement> {
    const { config, objects, place, project, region } = this;
    const placement = config.pooling ? await objects.project(project).placement({ place }) : null;
    return { pool: null, ...placement, region };
  }

  protected override performEffects(effects: Effects): Promise<void> | null {
    return this.deps.afterCommit(effects);
  }

  private get row(): StoredShard {
    this.stored ??= this.store.hasTables ? readShard(this.store.sql) : { ...NO_COMMAND, last: 0 };
    return this.stored;
  }

  private setRow(row: StoredShard): void {
    writeShard(this.store.sql, row);
    this.stored = row;
  }

  /** A shard that was never opened has no log, and needs none to be stopped. */
  private apply({ epoch, state }: ShardCommand, metadata: JsonText): void {
    const { live } = this;
    if (live !== null) {
      if (live.record.metadata !== metadata) live.record.setMetadata(metadata);
      return;
    }
    if (state !== "open") return;
    const { last } = this.row;
    const values = { epoch: toShardEpoch(epoch, this.shard), metadata };
    this.live = LiveQueue.create(this.store.sql, this.name, values, this.context);
    this.live.log.raise(last);
  }

  private erase(): void {
    const { last } = this;
    eraseQueue(this.store.sql);
    this.live = null;
    this.setRow({ ...this.row, last });
  }
}
