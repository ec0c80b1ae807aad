/** The line of progress: on a terminal, in a pipe, with `--quiet`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Output } from "../../packages/sukkal/src/cli/terminal/output.ts";
import { VirtualTime } from "../client/virtual-time.ts";
import { Kept, seen } from "./command-line.ts";

interface Given {
  readonly columns?: number;
  readonly isQuiet?: boolean;
}

function outputOn({ columns, isQuiet = false }: Given): { readonly output: Output; readonly stderr: Kept } {
  const stderr = new Kept(columns);
  const output = new Output({ stdout: new Kept(columns), stderr, env: { NO_COLOR: "1" }, isJson: false, isQuiet });
  return { output, stderr };
}

test("on a terminal one line shows share, count, rate and time left, and the last one stays", async () => {
  using time = new VirtualTime();
  const { output, stderr } = outputOn({ columns: 100 });
  using progress = output.progress({ unit: "message", done: "copied", total: 2000 });
  progress.set(0);
  await time.advance(1000);
  progress.set(500);
  await time.advance(1000);
  assert.equal(seen(stderr.text), "██████░░░░░░░░░░░░░░░░░░ 25 %  500 of 2,000 messages copied  250/s  6 s left");
  progress.set(2000);
  progress.finish();
  assert.equal(seen(stderr.text), "✓ 2,000 messages copied in 2 s (1,000/s)\n");
});

test("a narrow terminal has a shorter bar, a very narrow one none", async () => {
  for (const [columns, expected] of [
    [64, "██░░░░░░░░░ 25 %  500 of 2,000 messages copied  250/s  6 s left"],
    [54, "25 %  500 of 2,000 messages copied  250/s  6 s left"],
    [24, "25 %  500 of 2,000 mes…"],
    // A pseudo terminal without a size.
    [0, "██████░░░░░░░░░░░░░░░░░░ 25 %  500 of 2,000 messages copied  250/s  6 s left"],
  ] as const) {
    using time = new VirtualTime();
    const { output, stderr } = outputOn({ columns });
    using progress = output.progress({ unit: "message", done: "copied", total: 2000 });
    await time.advance(1000);
    progress.set(500);
    await time.advance(1000);
    assert.equal(seen(stderr.text), expected);
  }
});

test("other text takes the place of the line, which comes back below it", async () => {
  using time = new VirtualTime();
  const { output, stderr } = outputOn({ columns: 80 });
  using progress = output.progress({ unit: "message", done: "read", total: null });
  await time.advance(900);
  progress.add(3);
  await time.advance(100);
  output.warn("slow");
  await output.line("data");
  assert.equal(seen(stderr.text), "warning: slow\n");
  await time.advance(100);
  assert.match(seen(stderr.text), /^warning: slow\n3 messages read {2}2\.7\/s$/);
});

test("what was done before it began is no part of the rate", async () => {
  using time = new VirtualTime();
  const { output, stderr } = outputOn({ columns: 100 });
  using progress = output.progress({ unit: "message", done: "moved", total: 2000, from: 1000 });
  await time.advance(1000);
  progress.set(1200);
  await time.advance(1000);
  assert.match(seen(stderr.text), /60 % {2}1,200 of 2,000 messages moved {2}100\/s {2}8 s left$/);
  progress.set(2000);
  progress.finish();
  assert.equal(seen(stderr.text), "✓ 2,000 messages moved in 2 s (500/s)\n");
});

test("an interrupted command leaves no line", async () => {
  using time = new VirtualTime();
  const { output, stderr } = outputOn({ columns: 80 });
  {
    using progress = output.progress({ unit: "message", done: "read", total: null });
    progress.add(1);
    await time.advance(1200);
    assert.notEqual(stderr.text, "");
  }
  assert.equal(seen(stderr.text), "");
});

test("what ends within a second shows no line that would flicker", async () => {
  using time = new VirtualTime();
  const { output, stderr } = outputOn({ columns: 80 });
  {
    using progress = output.progress({ unit: "queue", done: "read", total: null });
    progress.add(1);
    await time.advance(900);
  }
  assert.equal(stderr.text, "");
  using asked = output.progress({ unit: "queue", done: "read", total: null, isAsked: true });
  asked.add(1);
  await time.advance(100);
  assert.match(seen(stderr.text), /^1 queue read/);
});

test("in a pipe: a line every 10 seconds", async () => {
  using time = new VirtualTime();
  const { output, stderr } = outputOn({});
  using progress = output.progress({ unit: "message", done: "copied", total: 2000 });
  await time.advance(9900);
  assert.equal(stderr.text, "");
  progress.set(500);
  await time.advance(100);
  assert.equal(stderr.text, "25 %  500 of 2,000 messages copied  50/s  30 s left\n");
  progress.set(1);
  progress.finish();
  assert.match(stderr.text, /\n✓ 1 message copied in 10 s \(0\.1\/s\)\n$/);
});

test("with --quiet: nothing", async () => {
  using time = new VirtualTime();
  const { output, stderr } = outputOn({ columns: 80, isQuiet: true });
  using progress = output.progress({ unit: "message", done: "copied", total: 2000 });
  await time.advance(20_000);
  progress.finish();
  assert.equal(stderr.text, "");
});
