/** Messages that another queue moved here. Its caller may stop before it has reported them, so an alarm of this queue does. */
import type { Operation } from "./changes.ts";
import { FLUSH_MS, REPEAT_MS } from "./rules.ts";
import type { World } from "./world.ts";

/** In a row, until an alarm has reported it. */
interface Adoption {
  readonly operation: Operation;
  /** The life that adopted and counted it. */
  readonly bootId: string;
}

/** Milliseconds in which some repetition of an alarm's report is taken. */
const EXCUSED_MS = 30_000;

export class Adoptions {
  private unreported: Adoption[] = [];
  private readonly world: World;
  private readonly report: (taken: () => void, failed: () => void) => void;

  constructor(world: World, report: (taken: () => void, failed: () => void) => void) {
    this.world = world;
    this.report = report;
  }

  add(adoption: Adoption): void {
    if (!this.world.keeps("adopted messages are reported by an alarm")) return;
    this.unreported.push(adoption);
    this.world.plan(null, FLUSH_MS, () => this.alarm());
  }

  /** Whether a life before has adopted messages and may not have told that it counted them. */
  hasLost(bootId: string): boolean {
    const keeps = this.world.keeps("an alarm tells that a life is lost");
    return keeps && this.unreported.some((adoption) => adoption.bootId !== bootId);
  }

  /** Repeated until the meter has the figures, like every alarm that fails. */
  private alarm(): void {
    const told = [...this.unreported];
    if (told.length === 0) return;
    const failed = () => {
      for (const { operation } of told) operation.excusedUntil ||= this.world.now + EXCUSED_MS;
      if (!this.world.keeps("a failed report of an alarm is repeated")) return;
      this.world.plan(null, REPEAT_MS, () => this.alarm());
    };
    const taken = () => {
      this.unreported = this.unreported.filter((adoption) => !told.includes(adoption));
    };
    this.report(taken, failed);
  }
}
