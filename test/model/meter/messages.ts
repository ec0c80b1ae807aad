/** What isolates and objects say to the meter. */
import type { Figures } from "./figures.ts";
import type { Machine } from "./world.ts";

export interface Begin {
  readonly reporter: string;
  readonly session: string;
  readonly name: string;
  /** By the reporter's clock. */
  readonly sentAt: number;
}

export interface Report {
  readonly reporter: string;
  /** None if an object reports from its alarm. */
  readonly session: string | null;
  readonly figures: readonly Figures[];
  /** Changes whose outcome the reporter does not know, with the instants at which it learned that. */
  readonly doubts: readonly { readonly name: string; readonly at: number }[];
  readonly final: boolean;
  readonly sentAt: number;
}

/** The hot queues, and for how many milliseconds. */
export type MeterReply = ReadonlyMap<string, number>;

export interface MeterDoor extends Machine {
  begin(begin: Begin): MeterReply;
  report(report: Report): MeterReply;
}
