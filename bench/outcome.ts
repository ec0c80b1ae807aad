/** The result of a run, which is written to the JSON file. */
import type { AccessSummary } from "./access.ts";
import type { Aim } from "./aims.ts";
import type { Machine } from "./machine.ts";
import type { Mode } from "./plan.ts";
import type { NotificationSummary } from "./notifications.ts";
import type { Memory } from "./process-facts.ts";
import type { RowsPerLife } from "./rows-per-life.ts";
import type { SocketSummary } from "./sockets/measure.ts";
import type { CellSummary, DepthSummary } from "./summary.ts";

export interface Outcome {
  readonly machine: Machine;
  readonly mode: Mode;
  /** The duration of the run. */
  readonly seconds: number;
  readonly cells: readonly CellSummary[];
  readonly rows: readonly RowsPerLife[];
  readonly depths: readonly DepthSummary[];
  readonly access: readonly AccessSummary[];
  readonly notifications: NotificationSummary;
  readonly sockets: SocketSummary;
  /** The memory of the server process at the end; null: not known on this system. */
  readonly memory: Memory | null;
  readonly aims: readonly Aim[];
}
