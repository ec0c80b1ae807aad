/** The help of every command: it has examples, and fits on a terminal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sukkal } from "./command-line.ts";

const COLUMNS_MAX = 100;

/** The words of all commands, as help lists them. */
async function* commands(
  prefix: readonly string[] = [],
): AsyncGenerator<{ words: readonly string[]; help: string }, void> {
  const { stdout, code } = await sukkal([...prefix, "--help"]);
  assert.equal(code, 0);
  yield { words: prefix, help: stdout };
  // Sections of commands follow the description. Examples of the root begin with its own name.
  if (!isGroup(stdout)) return;
  const sections = stdout.split(/^[A-Z ]+$/m).slice(2);
  for (const [, name = ""] of sections.join("").matchAll(/^ {2}(\S+)/gm)) yield* commands([...prefix, name]);
}

function isGroup(help: string): boolean {
  return / COMMAND \[ARGUMENTS\]/.test(help);
}

for await (const { words, help } of commands()) {
  test(`help of sukkal ${words.join(" ")}`, () => {
    if (!isGroup(help)) assert.match(help, new RegExp(`\nExamples:\n {2}sukkal ${words.join(" ")}`));
    // The library adds the values of a flag behind all briefs.
    const lines = help.split("\n").map((line) => line.replace(/ +\[[^\]]*\|[^\]]*\]$/, ""));
    const wide = lines.filter((line) => line.length > COLUMNS_MAX);
    assert.deepEqual(wide, []);
  });
}
