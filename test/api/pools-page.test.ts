/** The transcripts of docs/POOLS.md, run line by line, with the output that they show. Runs with ADMIN_MODE and POOLING. */
import { expect, test } from "vitest";
import page from "../../docs/POOLS.md?raw";
import { placeOf } from "../support/drivers/pools.ts";
import { Project } from "../support/drivers/zaqar-client.ts";
import { stepsOf } from "../support/transcript-steps.ts";
import { runSteps } from "../support/transcript.ts";

test("every step answers what the page shows, and the queue is in the pool of its flavor", async () => {
  const steps = stepsOf(page);
  expect(steps.length).toBeGreaterThan(5);
  await runSteps(steps);
  const demo = new Project("demo", crypto.randomUUID());
  expect(await placeOf(demo.missingQueue("customers"))).toEqual({ region: "eeur", pool: "vienna" });
});
