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
    const wide = help.split("\n").filter((line) => line.length > COLUMNS_MAX);
    assert.deepEqual(wide, []);
  });
}

for (const [line, ...says] of [
  ["post", "sukkal post <queue> <body>... [FLAGS]\n", "--ttl <time> ", "\n  <queue> <body>...  name"],
  ["peek", "sukkal peek <queue> [FLAGS]\n", "--limit <n> ", "--all ", "  -q --quiet "],
  ["consume", "sukkal consume <queue> --exec <command> [FLAGS]\n"],
  ["context show", "sukkal context show [<context>] [FLAGS]\n"],
  ["context add", "--key [-] ", "--key-command <command> "],
  ["queue list", "(name, free, oldest)"],
] as const) {
  test(`help of sukkal ${line}: the form of arguments and values`, async () => {
    const { stdout } = await sukkal([...line.split(" "), "--help"]);
    for (const text of says) assert.ok(stdout.includes(text), `${text} in ${stdout}`);
  });
}
