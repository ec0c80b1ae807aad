/** Everything that a run finds out; the JSON file is exactly this. */
import type { AccessSummary } from "./access.ts";
import type { Aim } from "./aims.ts";
import type { Machine } from "./machine.ts";
import type { Mode } from "./plan.ts";
import type { NotificationSummary } from "./notifications.ts";
import type { Memory } from "./process-facts.ts";
import type { RowsPerLife } from "./rows-per-life.ts";
import type { CellSummary, DepthSummary } from "./summary.ts";

export interface Outcome {
  readonly machine: Machine;
  readonly mode: Mode;
  /** How long the run took. */
  readonly seconds: number;
  readonly cells: readonly CellSummary[];
  readonly rows: readonly RowsPerLife[];
  readonly depths: readonly DepthSummary[];
  readonly access: readonly AccessSummary[];
  readonly notifications: NotificationSummary;
  /** Of the server process at the end; null where the system does not tell. */
  readonly memory: Memory | null;
  readonly aims: readonly Aim[];
}
