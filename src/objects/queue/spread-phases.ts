/**
 * The phases of a spread queue, in its home (domain/spread.ts). A change of phase is one durable write, then come the command
 * to all shards and their acknowledgements. Every command has a version of its own, by which shards recognise those that are
 * late.
 */
import type { Phase, ShardReply, ShardState, SpreadRow } from "../../domain/spread.ts";
import type { SpreadView } from "../rpc/spread-map.ts";

export const NEVER_SPREAD: SpreadRow = { version: 0, phase: "one", objects: 1, floor: 0 };

/** What has to be asked of every shard. `drained`: whether it has neither messages nor transfers. */
export interface Step {
  readonly row: SpreadRow;
  readonly ask: ShardState | "drained";
}

/** The reply of a shard; null: there was none. */
export type StepReply = ShardReply | null;

/** `again`: there may be a next step. `wait`: a shard has to be asked again later. `ended`: the queue can be erased. */
export type PhaseOutcome = "again" | "wait" | "ended";

const ASKS: Readonly<Partial<Record<Phase, Step["ask"]>>> = {
  opening: "open",
  stopping: "stopped",
  draining: "drained",
  closing: "closed",
  deleting: "closed",
};

/** The home, in the transaction of a change. */
export interface SpreadPhasesDeps {
  write(row: SpreadRow): void;
  /** The home gives no number up to `last` from now on. */
  raise(last: number): void;
}

export class SpreadPhases {
  private current: SpreadRow;
  private readonly deps: SpreadPhasesDeps;

  constructor(stored: SpreadRow | null, deps: SpreadPhasesDeps) {
    this.current = stored ?? NEVER_SPREAD;
    this.deps = deps;
  }

  get row(): SpreadRow {
    return this.current;
  }

  /** The objects that may have messages of the queue. */
  get shards(): readonly number[] {
    const { phase, objects } = this.current;
    return phase === "one" ? [] : Array.from({ length: objects - 1 }, (_, index) => index + 1);
  }

  /** Whether posts without a key go to the shards. */
  get isSpread(): boolean {
    return this.current.phase === "spread";
  }

  /** Whether posts go to the home again, so that what the shards have is older. */
  get isDraining(): boolean {
    const { phase } = this.current;
    return phase === "stopping" || phase === "draining";
  }

  /** What Workers are told; null: the queue is on one object. */
  get view(): SpreadView | null {
    const { phase, objects } = this.current;
    const { isSpread, isDraining } = this;
    return phase === "one" ? null : { objects, isOpen: isSpread, isMoving: !isSpread, isDraining };
  }

  get isDeleting(): boolean {
    return this.current.phase === "deleting";
  }

  /** Begins to spread the queue. `last`: the last number of the home. Another number of objects counts only from ONE on. */
  open(objects: number, last: number): boolean {
    const { phase } = this.current;
    if (phase !== "one" && phase !== "stopping" && phase !== "draining") return false;
    this.enter("opening", { objects: phase === "one" ? objects : this.current.objects, floor: last });
    return true;
  }

  /** Begins to bring the queue back to its home. */
  collapse(): boolean {
    const { phase } = this.current;
    if (phase !== "spread" && phase !== "opening") return false;
    this.enter("stopping");
    return true;
  }

  /** Has every shard get a command again, because the settings of the queue have changed, which a command carries. */
  renew(): void {
    const { phase } = this.current;
    if (phase === "spread" || phase === "opening") this.enter("opening");
    if (phase === "stopping" || phase === "draining") this.enter("stopping");
  }

  /** Opens the shards of a spread queue again, because one does not know its last command. `last`: as in `open`. */
  reopen(last: number): boolean {
    if (!this.isSpread) return false;
    this.enter("opening", { floor: last });
    return true;
  }

  /** Begins the deletion. False: no shard has anything, so the queue can be erased at once. */
  delete(): boolean {
    const { phase } = this.current;
    if (phase === "one") return false;
    if (phase !== "deleting") this.enter("deleting");
    return true;
  }

  /** What to ask of the shards next; null: nothing. */
  get step(): Step | null {
    const ask = ASKS[this.current.phase];
    return ask === undefined ? null : { row: this.current, ask };
  }

  /** Takes the replies to a step. Without effect if the phase has changed since: the replies are about the past. */
  take({ row }: Pick<Step, "row">, replies: readonly StepReply[]): PhaseOutcome {
    if (row !== this.current) return "again";
    const newest = Math.max(0, ...replies.map((reply) => (reply?.kind === "stale" ? reply.version : 0)));
    if (newest > 0) {
      // A shard knows a command of an earlier life, of which nothing is needed, or of this life, if the home was restored from a
      // backup. Then it may have messages, whatever it was asked before.
      this.set({ ...row, phase: row.phase === "closing" ? "stopping" : row.phase, version: newest + 1 });
      return "again";
    }
    if (!replies.every((reply) => reply?.kind === "done")) return "wait";
    return this.advance(row, Math.max(0, ...replies.map((reply) => (reply?.kind === "done" ? reply.last : 0))));
  }

  /** `last`: the last number of all shards. */
  private advance({ phase }: SpreadRow, last: number): PhaseOutcome {
    if (phase === "deleting") return "ended";
    if (phase === "opening") this.set({ ...this.current, phase: "spread" });
    // Lists have what is posted from now on after what is in the shards, and clients go on from the ids of both.
    if (phase === "stopping" || phase === "closing") this.deps.raise(last);
    if (phase === "stopping") this.set({ ...this.current, phase: "draining" });
    if (phase === "draining") this.enter("closing");
    if (phase === "closing") this.set({ ...this.current, phase: "one" });
    return "again";
  }

  /** Changes to a phase with a command. */
  private enter(phase: Phase, changes: Partial<SpreadRow> = {}): void {
    this.set({ ...this.current, ...changes, phase, version: this.current.version + 1 });
  }

  private set(row: SpreadRow): void {
    this.current = row;
    this.deps.write(row);
  }
}
