/** The result of a run, which is written to the JSON file. */
import type { Aim, Results } from "./aims.ts";
import type { Machine } from "./machine.ts";
import type { Mode } from "./plan.ts";
import type { Memory } from "./process-facts.ts";

export interface Run {
  readonly machine: Machine;
  readonly mode: Mode;
  /** The duration of the run. */
  readonly seconds: number;
  readonly aims: readonly Aim[];
}

export interface Outcome extends Run, Results {
  /** The memory of the server process at the end; null: not known on this system. */
  readonly memory: Memory | null;
}
