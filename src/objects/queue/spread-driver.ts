/**
 * Drives the phases of a spread queue: asks all shards, and goes on when all have replied. One run at a time. A request
 * begins it, and the alarm repeats it until nothing is left to do.
 */
import type { ShardCommand } from "../../domain/spread.ts";
import type { SpreadPhases, Step, PhaseOutcome, StepReply } from "./spread-phases.ts";

export interface SpreadDriverDeps {
  /** Those of the present life of the queue; null: there is none. */
  readonly life: () => { readonly epoch: ShardCommand["epoch"]; readonly phases: SpreadPhases } | null;
  /** Runs `work` in a transaction, and resolves when it is durable. */
  readonly write: <T>(work: () => T extends Promise<unknown> ? never : T) => Promise<T>;
  readonly command: (shard: number, command: ShardCommand) => Promise<StepReply>;
  /** Whether the shard, which is stopped, has neither messages nor transfers. */
  readonly isDrained: (shard: number) => Promise<boolean>;
  /** Called after each change of phase. */
  readonly onChange: () => void;
  /** Erases the queue, whose shards are closed. */
  readonly end: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

export class SpreadDriver {
  private readonly deps: SpreadDriverDeps;
  private running: Promise<void> | null = null;

  constructor(deps: SpreadDriverDeps) {
    this.deps = deps;
  }

  /** Never rejects. Ends when there is nothing to do, or when a shard has to be asked again later. */
  drive(): Promise<void> {
    const end = (): null => (this.running = null);
    this.running ??= this.run().catch(this.deps.onFailure).finally(end);
    return this.running;
  }

  private async run(): Promise<void> {
    for (;;) {
      const life = this.deps.life();
      const step = life?.phases.step ?? null;
      if (life === null || step === null) return;
      this.deps.onChange();
      const replies = await Promise.all(life.phases.shards.map((shard) => this.ask(shard, step, life.epoch)));
      const outcome = await this.take(step, replies);
      if (outcome === "ended") await this.deps.end();
      if (outcome !== "again") return;
      this.deps.onChange();
    }
  }

  /** The life may have ended while the shards were asked. Then its rows are no longer the present ones. */
  private take(step: Step, replies: readonly StepReply[]): Promise<PhaseOutcome> {
    return this.deps.write<PhaseOutcome>(() => this.deps.life()?.phases.take(step, replies) ?? "wait");
  }

  private async ask(shard: number, { row, ask }: Step, epoch: ShardCommand["epoch"]): Promise<StepReply> {
    const { version, floor } = row;
    try {
      if (ask !== "drained") return await this.deps.command(shard, { epoch, version, state: ask, floor });
      return (await this.deps.isDrained(shard)) ? { kind: "done", last: 0 } : { kind: "busy" };
    } catch (error) {
      this.deps.onFailure(error);
      return null;
    }
  }
}
