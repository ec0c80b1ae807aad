/** Work that runs one piece at a time. */
import { expect, test } from "vitest";
import { SerialQueue } from "../../src/mechanisms/serial-queue.ts";

test("work starts when all work before it has ended, also after a failure, and each caller gets its own outcome", async () => {
  const queue = new SerialQueue();
  const events: string[] = [];
  const work = (name: string, ticks: number) => async (): Promise<string> => {
    events.push(`${name} starts`);
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    events.push(`${name} ends`);
    if (name === "b") throw new Error("b fails");
    return name;
  };
  const outcomes = await Promise.allSettled([
    queue.run(work("a", 9)),
    queue.run(work("b", 3)),
    queue.run(work("c", 0)),
  ]);
  expect(events).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  expect(outcomes).toEqual([
    { status: "fulfilled", value: "a" },
    { status: "rejected", reason: new Error("b fails") },
    { status: "fulfilled", value: "c" },
  ]);
});
