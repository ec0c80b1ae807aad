/** The README's transcript, run line by line, with the output that it shows. */
import { expect, test } from "vitest";
import readme from "../README.md?raw";
import { freezeClock } from "./support/clock.ts";
import { stepsOf } from "./support/transcript-steps.ts";
import { runSteps } from "./support/transcript.ts";

// The ages that it shows are those of messages that were just posted.
freezeClock();

test("every step of the transcript answers what the README shows", async () => {
  const steps = stepsOf(readme);
  expect(steps.length).toBeGreaterThan(3);
  await runSteps(steps);
});
