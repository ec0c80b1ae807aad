/** What `consume` keeps of the messages that it has had. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outcomes } from "../../packages/sukkal/src/cli/messages/outcomes.ts";
import { Output } from "../../packages/sukkal/src/cli/terminal/output.ts";
import type { Message } from "../../packages/sukkal/src/message.ts";
import { Kept } from "./command-line.ts";

for (const isEndless of [true, false]) {
  test(`a consumer ${isEndless ? "without an end keeps no" : "until empty keeps the"} ids of messages that fail`, async () => {
    const output = new Output({ stdout: new Kept(), stderr: new Kept(), env: {}, isJson: false, isQuiet: true });
    const outcomes = new Outcomes(output, { isEndless });
    for (let n = 0; n < 3; n++) {
      const message = { id: `m${n}` } as Message<unknown>;
      await outcomes.onEvent({ type: "failed", message, attempt: 1, error: new Error("no"), retryIn: 2 });
    }
    assert.equal(outcomes.failing.size, isEndless ? 0 : 3);
  });
}
