/**
 * The home of a spread queue: its phases, the commands to its shards, and its lists. A queue that has never been spread pays for
 * none of it. spread-trigger.ts decides when a queue is spread.
 */
import { parseMessageId, shardIn, toMessageId, toShardEpoch, type Epoch } from "../../domain/id.ts";
import { EMPTY_OBJECT } from "../../domain/json.ts";
import { joinHoldings, type Holding } from "../../domain/claim.ts";
import type { QueueFigures } from "../../domain/figures.ts";
import { readFigures } from "../../domain/packed-figures.ts";
import type { LogPlace } from "../../domain/log-place.ts";
import type { Listing, Message, MessagePage } from "../../domain/message.ts";
import { sumStats, type QueueStats } from "../../domain/queue-view.ts";
import { HOME_OBJECT, type Phase, type SpreadRow } from "../../domain/spread.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import { withTimeout } from "../../mechanisms/timeout.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import { readSpread, writeSpread, type StoredSpread } from "../../storage/queue/spread-row.ts";
import type { ShardRpc } from "../rpc/shard.ts";
import type { SpreadView } from "../rpc/spread-map.ts";
import type { QueueHost } from "./host.ts";
import { readLogPageOf } from "./log-page.ts";
import { SpreadDriver } from "./spread-driver.ts";
import { listedObjects, listSpread, type SpreadPage } from "./spread-list.ts";
import type { GrowthReason } from "./load-rule.ts";
import { NEVER_SPREAD, SpreadPhases } from "./spread-phases.ts";

export interface SpreadingDeps {
  readonly host: Pick<
    QueueHost,
    | "advanceToNow"
    | "armForRepair"
    | "bodies"
    | "last"
    | "logEvent"
    | "logFault"
    | "logWarning"
    | "name"
    | "now"
    | "objects"
    | "project"
    | "queue"
    | "raise"
    | "region"
    | "share"
    | "store"
    | "write"
  >;
  /** Called after each change of phase. */
  readonly onChange: () => void;
}

/** Milliseconds that a shard may take. What arrives later does no harm. */
const SHARD_MS = 2000;
/** Milliseconds that a purge may take. */
const PURGE_MS = 60_000;

/** The changes of phase with which a queue begins to be spread or to be brought back, or is on one object again. */
const TURNS: Partial<Readonly<Record<Phase, readonly Phase[]>>> = {
  opening: ["one", "stopping", "draining"],
  stopping: ["opening", "spread"],
  one: ["closing"],
};

const NEVER: StoredSpread = { ...NEVER_SPREAD, changedAt: toEpochMs(0), quietSince: null };

/** The phases of a queue in memory, and its row. */
interface Known {
  readonly queue: LiveQueue;
  readonly phases: SpreadPhases;
  stored: StoredSpread;
}

export class Spreading {
  private readonly host: SpreadingDeps["host"];
  private readonly driver: SpreadDriver;
  /** The phases of the queue in memory, which a rollback or a deletion replaces. */
  private known: Known | null = null;
  /** The epoch of the queue whose shards are all closed for its deletion. */
  private closed: Epoch | null = null;

  constructor({ host, onChange }: SpreadingDeps) {
    this.host = host;
    this.driver = new SpreadDriver({
      life: () => {
        const { phases } = this;
        return host.queue === null || phases === null ? null : { epoch: host.queue.record.epoch, phases };
      },
      write: (work) => host.write(work),
      command: (shard, command) => {
        const metadata = host.queue?.record.metadata ?? EMPTY_OBJECT;
        return withTimeout(SHARD_MS, this.shard(shard).set({ ...command, metadata }));
      },
      isDrained: (shard) => withTimeout(SHARD_MS, this.shard(shard).isDrained()),
      onChange,
      end: async () => {
        this.closed = host.queue?.record.epoch ?? null;
      },
      onFailure: (error) => host.logFault("queue spread", error),
    });
  }

  /** The shards that may have messages. */
  get shards(): readonly number[] {
    return this.phases?.shards ?? [];
  }

  /** Whether shards have, or have had, messages of the queue. */
  get wasSpread(): boolean {
    return (this.phases?.row.version ?? 0) > 0;
  }

  get isDraining(): boolean {
    return this.phases?.isDraining ?? false;
  }

  get phase(): Phase {
    return this.phases?.row.phase ?? "one";
  }

  /** Objects that may have messages, the home included. */
  get objects(): number {
    return 1 + (this.phases?.shards.length ?? 0);
  }

  /** The last change, and since when the load has been little. */
  get times(): Pick<StoredSpread, "changedAt" | "quietSince"> {
    return this.stored;
  }

  get isDeleting(): boolean {
    return this.phases?.isDeleting ?? false;
  }

  /** What answers tell Workers; null: nothing, because the queue is on one object. */
  get view(): SpreadView | null {
    return this.phases?.view ?? null;
  }

  /** Whether the alarm has to go on. */
  get isChanging(): boolean {
    return (this.phases?.step ?? null) !== null;
  }

  /** Spreads the queue over so many objects, the home included. Resolves when all are open, or when the alarm has to go on. */
  open(objects: number, reason: GrowthReason | "always" | "pool" = "load"): Promise<void> {
    return this.change((phases) => {
      const hasBegun = phases.open(objects, this.host.last);
      if (hasBegun) this.host.logEvent("queue.spread", "queue spread", { objects: phases.row.objects, reason });
      return hasBegun;
    });
  }

  /** Begins to bring the queue back to its home. */
  collapse(): Promise<void> {
    return this.change((phases) => phases.collapse());
  }

  /** As `collapse`; resolves when no shard takes posts any more. Rejects if one has not answered: the alarm goes on then. */
  async gather(): Promise<void> {
    await this.collapse();
    // The run may have been one that had begun before.
    if (this.phase === "stopping") await this.driver.drive();
    if (takesPosts(this.phase)) throw new Error("A shard of the queue still takes posts.");
  }

  /** Whether shards take posts, or may. */
  get takesPosts(): boolean {
    return takesPosts(this.phase);
  }

  /**
   * The load of all objects together, as a share of what one carries, and the shards of a spread queue that do not know its last
   * command. Rejects if one does not answer.
   */
  async survey(): Promise<{ readonly load: number; readonly strangers: readonly number[] }> {
    const row = this.phases?.row;
    const { shards } = this;
    const answers = await this.askAll((shard) => shard.survey());
    const isStill = row !== undefined && row === this.phases?.row && row.phase === "spread";
    return {
      load: answers.reduce((sum, { load }) => sum + load, this.host.share),
      strangers: shards.filter((_, index) => isStill && answers[index]?.version !== row.version),
    };
  }

  /** Opens all shards again, because these do not know the last command: a database is missing, or from a backup. */
  reopen(strangers: readonly number[]): Promise<void> {
    const { host } = this;
    return this.change((phases) => {
      const hasBegun = phases.reopen(host.last);
      if (hasBegun) host.logWarning(toStrangerWarning(host, strangers));
      return hasBegun;
    });
  }

  /** Whether no shard has messages. Rejects if one does not answer. */
  async areShardsEmpty(): Promise<boolean> {
    return (await this.askAll((shard) => shard.isDrained())).every(Boolean);
  }

  /** Notes since when the load has been little; null: it is not. */
  async noteQuiet(since: EpochMs | null): Promise<void> {
    if (since === this.stored.quietSince) return;
    await this.host.write(() => {
      if (this.phase === "spread") this.store({ ...this.stored, quietSince: since });
    });
  }

  /** Closes all shards, so that the queue can be erased. Rejects if one has not answered: the alarm goes on then. */
  async close(): Promise<void> {
    const epoch = this.host.queue?.record.epoch ?? null;
    if (epoch === null || (this.phases?.shards.length ?? 0) === 0) return;
    await this.change((phases) => phases.delete());
    // The run may have been one that had begun before.
    if (this.closed !== epoch) await this.driver.drive();
    if (this.closed !== epoch) throw new Error("A shard of the queue is not closed yet.");
  }

  /** Goes on with what a request has left. */
  async resume(): Promise<void> {
    if (this.isChanging) await this.driver.drive();
  }

  /** Lists the messages of all objects. Rejects if one does not answer. */
  async list(listing: Listing): Promise<Omit<MessagePage, "isDelayed">> {
    const { queue } = this.host;
    if (queue === null) return { messages: [], next: null };
    const { marker, limit, ...filter } = listing;
    const place = marker === null ? null : this.placeOf(marker, queue);
    if (marker !== null && place === null) return { messages: [], next: null };
    const { epoch } = queue.record;
    const ask = (object: number, question: Parameters<typeof readLogPageOf>[1]): ReturnType<ShardRpc["page"]> =>
      object === HOME_OBJECT
        ? readLogPageOf(this.host, question, filter)
        : withTimeout(SHARD_MS, this.shard(object).page({ ...filter, ...question }));
    const objects = (): readonly number[] => listedObjects(this.shards);
    let page: SpreadPage<Message> = { messages: [], next: place };
    // An empty page would look like the end of the list.
    do page = await listSpread({ objects, ask }, { marker: page.next, limit });
    while (page.messages.length === 0 && page.next !== null);
    if (this.host.queue?.record.epoch !== epoch) throw new Error("The queue was deleted while it was listed.");
    return { messages: page.messages, next: page.next === null ? null : toMarker(page.next, epoch) };
  }

  /** Adds what the shards have to the statistics of the home. Rejects if one does not answer. */
  async addStats(own: QueueStats): Promise<QueueStats> {
    const others = await this.askAll((shard) => shard.stats());
    return others.reduce(sumStats, own);
  }

  /** The figures of the shards. Rejects if one does not answer. */
  async figures(): Promise<readonly { readonly shard: number; readonly figures: QueueFigures }[]> {
    const shards = this.phases?.shards ?? [];
    const answers = await this.askAll((shard) => shard.figures());
    return answers.map(({ figures: packed }, index) => {
      const figures = readFigures(packed);
      if (figures === null) throw new Error("A shard of the queue has told no figures.");
      return { shard: shards[index] ?? 0, figures };
    });
  }

  /** Adds who holds claims in the shards. Rejects if one does not answer. */
  async addHoldings(own: readonly Holding[]): Promise<readonly Holding[]> {
    return joinHoldings([own, ...(await this.askAll((shard) => shard.consumers()))]);
  }

  async purge(): Promise<void> {
    await this.askAll((shard) => shard.purge(), PURGE_MS);
  }

  /** Has the shards get the settings of the queue, which the same transaction has changed. */
  renewSettings(): void {
    const { phases } = this;
    if (phases === null || phases.shards.length === 0) return;
    phases.renew();
    this.host.armForRepair();
  }

  /** Tells the shards what `renewSettings` has noted. Rejects if one does not answer: the alarm goes on then. */
  async tellSettings(): Promise<void> {
    const version = this.phases?.row.version;
    if (!this.isChanging) return;
    await this.driver.drive();
    // The run may have been one that had begun before.
    await this.resume();
    const step = this.phases?.step ?? null;
    if (step !== null && step.ask !== "drained" && step.row.version === version) {
      throw new Error("A shard of the queue does not have its settings yet.");
    }
  }

  shard(shard: number): ShardRpc {
    const { objects, project, name, region } = this.host;
    return objects.shard({ project, name, region }, shard);
  }

  private async askAll<T>(ask: (shard: ShardRpc) => Promise<T>, milliseconds = SHARD_MS): Promise<readonly T[]> {
    const { shards } = this;
    if (shards.length === 0) return [];
    const epoch = this.host.queue?.record.epoch;
    const answers = await Promise.all(shards.map((shard) => withTimeout(milliseconds, ask(this.shard(shard)))));
    if (this.host.queue?.record.epoch !== epoch) throw new Error("The queue was deleted meanwhile.");
    return answers;
  }

  private get phases(): SpreadPhases | null {
    const { queue, store } = this.host;
    if (queue === null) return null;
    if (this.known?.queue !== queue) {
      const raise = (last: number): void => this.host.raise(last);
      const stored = readSpread(store.sql);
      const phases = new SpreadPhases(stored, { write: (row) => this.note(row), raise });
      this.known = { queue, phases, stored: stored ?? NEVER };
    }
    return this.known.phases;
  }

  private get stored(): StoredSpread {
    return this.phases === null || this.known === null ? NEVER : this.known.stored;
  }

  /** Stores a change of phase, with its time. */
  private note(row: SpreadRow): void {
    const { phase, changedAt, quietSince } = this.stored;
    const now = this.host.now();
    const isTurn = TURNS[row.phase]?.includes(phase) === true;
    this.store({ ...row, ...(isTurn ? { changedAt: now, quietSince: null } : { changedAt, quietSince }) });
    if (isTurn && row.phase === "one") {
      this.host.logEvent("queue.collapsed", "queue spread", { objects: row.objects, duration_ms: now - changedAt });
    }
  }

  private store(stored: StoredSpread): void {
    if (this.known !== null) this.known.stored = stored;
    writeSpread(this.host.store.sql, stored);
  }

  private async change(begin: (phases: SpreadPhases) => boolean): Promise<void> {
    const { host } = this;
    const hasBegun = await host.write(() => {
      const { phases } = this;
      if (phases === null || !begin(phases)) return false;
      host.armForRepair();
      return true;
    });
    if (hasBegun) await this.driver.drive();
  }

  /** Where a marker is in the list; null: in no log of this queue. */
  private placeOf(marker: string, queue: LiveQueue): LogPlace | null {
    const own = queue.messages.sequenceOf(marker);
    if (own !== null) return { number: own, object: HOME_OBJECT };
    const position = parseMessageId(marker);
    const shard = position === null ? 0 : shardIn(position.epoch);
    if (position === null || shard === 0 || position.epoch !== toShardEpoch(queue.record.epoch, shard)) return null;
    return { number: position.sequence, object: shard };
  }
}

function toStrangerWarning({ project, name }: SpreadingDeps["host"], strangers: readonly number[]): string {
  return (
    `Queue ${name} of project ${project} and its shards ${strangers.join(", ")} do not agree: a database is missing, or from ` +
    "a backup of another time. Messages that it does not contain are lost, and deleted ones may be back. The shards are opened " +
    "again."
  );
}

function takesPosts(phase: Phase): boolean {
  return phase === "spread" || phase === "opening" || phase === "stopping";
}

function toMarker({ number, object }: LogPlace, epoch: Epoch): string {
  return toMessageId(object === HOME_OBJECT ? epoch : toShardEpoch(epoch, object), number);
}
