/** The flags `--fail`, `--status` and `--slow` of `sukkal dev`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import {
  answerBy,
  answerStatus,
  describeAnswers,
  percentage,
  type AnswerFlags,
} from "../../packages/sukkal/src/cli/dev/answers.ts";
import { Receiver, type Received } from "../../packages/sukkal/src/cli/dev/receiver.ts";

/** The statuses for the random numbers just below and at a half, and the text. */
const CASES: readonly (readonly [AnswerFlags, below: number, half: number, text: string])[] = [
  [{}, 204, 204, "are answered with 204"],
  [{ fail: 0.5 }, 500, 204, "are answered with 204, 50 % of them with 500"],
  [{ fail: 0.5, status: 429 }, 429, 204, "are answered with 204, 50 % of them with 429"],
  [{ fail: 0 }, 204, 204, "are answered with 204"],
  [{ fail: 0, status: 410 }, 204, 204, "are answered with 204"],
  [{ fail: 1 }, 500, 500, "are answered with 500"],
  [{ fail: 1, status: 503 }, 503, 503, "are answered with 503"],
  [{ status: 410 }, 410, 410, "are answered with 410"],
  [{ slow: 12 }, 204, 204, "are answered with 204, after 12 s"],
];
for (const [flags, below, half, text] of CASES) {
  test(`${JSON.stringify(flags)}: ${text}`, () => {
    assert.equal(answerBy(flags, () => 0.4999).status, below);
    assert.equal(answerBy(flags, () => 0.5).status, half);
    assert.equal(answerBy(flags, () => 0.5).delayMs, (flags.slow ?? 0) * 1000);
    assert.equal(describeAnswers(flags), text);
  });
}

test("percentages and statuses have limits", () => {
  assert.deepEqual(["0%", "50%", "50", "100%"].map(percentage), [0, 0.5, 0.5, 1]);
  for (const wrong of ["101%", "-1%", "", "%"]) assert.throws(() => percentage(wrong), SyntaxError);
  assert.deepEqual(["200", "599"].map(answerStatus), [200, 599]);
  for (const wrong of ["199", "600", "20", "2000", "x"]) assert.throws(() => answerStatus(wrong), SyntaxError);
});

test("an answer for which the sender has not waited is told as none", async () => {
  const received: Received[] = [];
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<null>();
  const receiver = await Receiver.listen(0, {
    secretOf: () => {
      asked.resolve();
      return left.promise;
    },
    answer: () => ({ status: 204, delayMs: 0 }),
    onReceived: (each) => received.push(each),
  });
  const leaving = new AbortController();
  const body = JSON.stringify({ queue_name: "jobs" });
  const request = { method: "POST", headers: { "webhook-id": "n_s" }, body, signal: leaving.signal };
  const sent = fetch(receiver.url, request);
  await asked.promise;
  leaving.abort();
  await assert.rejects(sent);
  // The end of the connection arrives later than that of the request.
  await setTimeout(500);
  left.resolve(null);
  while (received.length === 0) await setTimeout(10);
  assert.equal(received[0]?.status, null);
  await receiver.close();
});
