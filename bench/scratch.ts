/**
 * A temporary folder for one run. It is inside the checkout, because the system's temporary folder may be in memory, where
 * commits cost nothing and no crash can lose data.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { endWithThisProcess } from "./children.ts";

export const RESULTS = join(import.meta.dirname, "results");

export interface Scratch {
  readonly path: string;
  remove(): void;
  /** Keeps the folder for inspection after the end. */
  keep(): void;
}

/** Creates a folder. It is removed when this process ends, at the latest. */
export function makeScratch(name: string): Scratch {
  mkdirSync(RESULTS, { recursive: true });
  const path = mkdtempSync(join(RESULTS, `${name}-`));
  // With retries, because a server that was just killed may still write a file.
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
