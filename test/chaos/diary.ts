/** What a consumer process writes down about its work, a line of JSON per fact, so that nothing written is lost when it is killed. */
import { readFileSync } from "node:fs";

/** Body of the messages. */
export interface Work {
  readonly number: number;
}

export type Fact = { readonly at: number } & (
  | { readonly kind: "claimed"; readonly claim: string }
  | { readonly kind: "begun"; readonly id: string; readonly number: number }
  /** The handler has returned, has failed on purpose, or was told to stop. */
  | { readonly kind: "ended"; readonly id: string; readonly how: "done" | "failed" | "aborted" }
  | { readonly kind: "settled"; readonly ids: readonly string[] }
  | { readonly kind: "lost"; readonly ids: readonly string[] }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "stopped" }
);

/** Milliseconds, by a clock that all processes of the machine share. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}

export function readDiary(path: string): Fact[] {
  const lines = readFileSync(path, "utf8").split("\n");
  // A line that the kill has cut is none.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Fact);
}
