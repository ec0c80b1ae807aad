/** The time from a start to its first answer, with a bundle that is built, and the size of the bundle that a deployment sends. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DIST } from "../scripts/wrangler.ts";
import type { Bench } from "./rounds.ts";
import { PROGRAM, Server } from "./server.ts";
import { median } from "./statistics.ts";

export interface StartSummary {
  readonly starts: readonly { readonly by: string; readonly ms: number; readonly rounds: readonly number[] }[];
  /** Bytes, as wrangler has minified it. */
  readonly bundle: { readonly bytes: number; readonly gzip: number };
}

const WAYS = [
  { by: "npm start" },
  // Without npm, which takes a part of the time.
  { by: "its program alone", program: PROGRAM },
] as const;

export async function measureStart(
  { mode, report }: Pick<Bench, "mode" | "report">,
  folder: string,
): Promise<StartSummary> {
  report("start");
  const starts = WAYS.map((way) => ({ ...way, rounds: [] as number[] }));
  // The first round builds the bundle.
  for (let round = 0; round <= 2 * mode.rounds; round++) {
    for (const { by: _, rounds, ...way } of starts) {
      const began = performance.now();
      const server = await Server.start({ dataDir: join(folder, "data"), ...way });
      if (round > 0) rounds.push(performance.now() - began);
      await server.stop();
    }
  }
  const bundle = readFileSync(join(DIST, "index.js"));
  return {
    starts: starts.map(({ by, rounds }) => ({ by, ms: median(rounds), rounds })),
    bundle: { bytes: bundle.length, gzip: gzipSync(bundle).length },
  };
}
