/**
 * A folder for one run. In the checkout, because the machine's temporary folder may be in memory, and then nothing of a
 * commit would be measured or crashed.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { endWithThisProcess } from "./children.ts";

export const RESULTS = join(import.meta.dirname, "results");

export interface Scratch {
  readonly path: string;
  remove(): void;
  /** For whoever wants to look into it. */
  keep(): void;
}

/** Is removed with the end of this process at the latest. */
export function makeScratch(name: string): Scratch {
  mkdirSync(RESULTS, { recursive: true });
  const path = mkdtempSync(join(RESULTS, `${name}-`));
  // A server that has just been killed may be about to leave one more file.
  const clear = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  const keep = endWithThisProcess(clear);
  return {
    path,
    remove: () => {
      keep();
      clear();
    },
    keep,
  };
}
