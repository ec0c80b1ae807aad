/** Runs all scenarios in the present runtime. Each has a project of its own. */
import { Sukkal, type SukkalOptions } from "sukkal/client";
import { SCENARIOS } from "./scenarios.ts";

/** The failures, a line each. */
export async function runScenarios(options: SukkalOptions): Promise<string[]> {
  const outcomes = await Promise.all(
    SCENARIOS.map(async ({ name, run }) => {
      try {
        await run(
          new Sukkal({ ...options, project: `${options.project ?? "runtime"}-${name.replaceAll(/\W/g, "-")}` }),
        );
        return [];
      } catch (error) {
        return [`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
      }
    }),
  );
  return outcomes.flat();
}
