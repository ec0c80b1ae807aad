/** The log of `npm start` from outside: in a pipe, on a terminal, as LOG_FORMAT says, and when a process ends. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { stripVTControlCharacters, styleText } from "node:util";
import { refuses, Start } from "./started.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-log-"));
const SETTINGS = { DATA_DIR: join(folder, "data"), ACCESS_LOG: "true" };
const HEADERS = { "Client-ID": "123e4567-e89b-12d3-a456-426614174000", "X-Project-ID": "shop" };

after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the start in a pseudo terminal of 80 columns (script of util-linux), and prints its process id. */
const RUNNER = join(folder, "terminal.sh");
writeFileSync(
  RUNNER,
  `exec script -qefc "stty cols 80 -onlcr; echo process \\$\\$; exec '$3' '$4' '$5'" /dev/null </dev/null\n`,
);
const TERMINAL = { shell: ["/bin/sh", RUNNER] } as const;
/** The reason to skip the tests that need it. */
const skip = spawnSync("script", ["--version"]).status === 0 ? false : "there is no script(1) of util-linux here";

async function createQueue(start: Start, name = "jobs"): Promise<void> {
  const url = `http://127.0.0.1:${start.port}/v2/queues/${name}`;
  const { status } = await fetch(url, { method: "PUT", headers: HEADERS });
  assert.ok(status === 201 || status === 204, `${status}`);
}

/** Stops a start that runs in a terminal. */
async function stop(start: Start, signal: "SIGTERM" | "SIGINT" = "SIGTERM"): Promise<void> {
  process.kill(Number(/process (\d+)/.exec(start.output)?.[1]), signal);
  assert.equal(await start.exit, 0, start.output);
}

function linesOf(start: Start): readonly string[] {
  return start.output.split("\n");
}

/** The lines of JSON about the creation of a queue. */
function jsonCreations(start: Start): readonly object[] {
  const events = linesOf(start).flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as object] : []));
  return events.filter((event) => "operation" in event && event.operation === "queue_create");
}

/** The lines of text about the creation of a queue. */
function textCreations(start: Start): readonly string[] {
  return linesOf(start).filter((line) =>
    /^\d\d:\d\d:\d\d info {2}request shop\/\S+ queue_create 20[14] \d+ ms$/.test(line),
  );
}

test("in a pipe the lines are JSON", async () => {
  const start = new Start(SETTINGS);
  await start.ready();
  await createQueue(start);
  assert.equal(await start.end("SIGTERM"), 0);
  assert.equal(jsonCreations(start).length, 1, start.output);
  const [warning = ""] = linesOf(start).filter((line) => line.includes('"warning"'));
  const { time } = JSON.parse(warning) as { readonly time: string };
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, warning);
});

test("on a terminal they are short texts in colours, and none is lost at the end", { skip }, async () => {
  const start = new Start({ ...SETTINGS, TERM: "xterm-256color", NO_COLOR: undefined }, TERMINAL);
  await start.ready();
  const names = Array.from({ length: 200 }, (_, index) => `q${index}`);
  await Promise.all(names.map((name) => createQueue(start, name)));
  await stop(start);
  const always = { validateStream: false };
  const warning = `${styleText("yellow", "warn ", always)} ${styleText("bold", "warning", always)} AUTH_STRATEGY=none trusts`;
  assert.ok(start.output.includes(warning), start.output);
  assert.doesNotMatch(start.output, /^\{/m);
  start.output = stripVTControlCharacters(start.output);
  assert.equal(textCreations(start).length, names.length, start.output);
});

test("on a terminal they have no colours with NO_COLOR, and Ctrl-C ends the start in order", { skip }, async () => {
  const start = new Start({ ...SETTINGS, TERM: "xterm-256color", NO_COLOR: "1" }, TERMINAL);
  await start.ready();
  await createQueue(start);
  await stop(start, "SIGINT");
  assert.equal(textCreations(start).length, 1, start.output);
});

test("lines before a crash of workerd are not lost, and the next run writes texts too", { skip }, async () => {
  const start = new Start({ ...SETTINGS, NO_COLOR: "1" }, TERMINAL);
  await start.ready();
  await Promise.all(Array.from({ length: 50 }, () => createQueue(start)));
  process.kill(Number(readFileSync(join(SETTINGS.DATA_DIR, "workerd.pid"), "utf8")), "SIGKILL");
  await start.says(/Sukkal serves http:\S+ again\./);
  assert.equal(textCreations(start).length, 50, start.output);
  await createQueue(start);
  await stop(start);
  assert.equal(textCreations(start).length, 51, start.output);
});

test("LOG_FORMAT sets the form whatever the output is", { skip }, async () => {
  const text = new Start({ ...SETTINGS, LOG_FORMAT: "text" });
  await text.ready();
  await Promise.all(Array.from({ length: 200 }, () => createQueue(text)));
  assert.equal(await text.end("SIGTERM"), 0);
  assert.equal(textCreations(text).length, 200, text.output);
  const json = new Start({ ...SETTINGS, LOG_FORMAT: "json" }, TERMINAL);
  await json.ready();
  await createQueue(json);
  await stop(json);
  assert.equal(jsonCreations(json).length, 1, json.output);
  await refuses({ ...SETTINGS, LOG_FORMAT: "xml" }, /LOG_FORMAT is "xml": it must be "auto", "json" or "text"\.$/m);
});
