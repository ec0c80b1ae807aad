/** The commands of docs/LOGS.md, on a log with lines of every kind. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "./wrangler.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-jq-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const REQUEST = "req-00000000-0000-4000-8000-000000000001";
const TIME = "2026-11-28T09:15:02.117Z";

function lineOf(level: string, event: string, members: object): string {
  return JSON.stringify({ time: TIME, level, event, ...members });
}

function requestOf(duration_ms: number, members: object = {}): string {
  const place = { project: "shop", queue: "jobs", operation: "claim_create" };
  return lineOf("info", "request", { request: `req-${duration_ms}`, ...place, status: 201, ...members, duration_ms });
}

const GIVEN_UP = { project: "shop", topic: "news", subscription: "s1", outcome: "refused", receiver_status: 500 };
const LOG = [
  "Sukkal serves http://127.0.0.1:8787 from ./data.",
  lineOf("warn", "warning", { warning: "Choose a strategy." }),
  ...Array.from({ length: 12 }, (_, index) => requestOf(index + 1)),
  requestOf(99, { request: REQUEST, status: 404, code: "claim-not-found" }),
  requestOf(98, { status: 404, code: "claim-not-found", queue: undefined, topic: "news" }),
  "workerd/server/server.c++:1: error: x",
  '{"not":"ours"}',
  lineOf("info", "queue.deleted", { request: REQUEST, project: "shop", queue: "jobs" }),
  lineOf("info", "key.created", { key: "k1", target_project: "shop" }),
  lineOf("warn", "quota.exceeded", { project: "shop", quota: "queues", limit: 2 }),
  lineOf("warn", "delivery.given_up", GIVEN_UP),
  lineOf("warn", "delivery.given_up", GIVEN_UP),
  lineOf("error", "fault", { operation: "queue alarm", error: "Error: a" }),
];

/** What each command prints: a part of each line, in their order. */
const PRINTED: readonly (readonly string[])[] = [
  ['"warning"', '"quota.exceeded"', '"delivery.given_up"', '"delivery.given_up"', '"fault"'],
  ['"status":404', '"queue.deleted"'],
  [
    "99\tclaim_create\tshop\tjobs",
    "98\tclaim_create\tshop\tnews",
    ...[12, 11, 10, 9, 8, 7, 6, 5].map((ms) => `${ms}\tclaim`),
  ],
  ["2 claim_create claim-not-found"],
  ['"queue.deleted"', '"key.created"'],
  ["2 shop news s1 refused"],
];

const skip = spawnSync("jq", ["--version"]).status === 0 ? false : "there is no jq here";

test("each finds what its comment says", { skip }, () => {
  writeFileSync(join(folder, "sukkal.log"), `${LOG.join("\n")}\n`);
  const commands = readFileSync(join(ROOT, "docs/LOGS.md"), "utf8").match(/^jq .*$/gm) ?? [];
  assert.equal(commands.length, PRINTED.length);
  for (const [index, command] of commands.entries()) {
    const lines = execFileSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" }).trimEnd().split("\n");
    const wanted = PRINTED[index] ?? [];
    assert.equal(lines.length, wanted.length, `${command}\n${lines.join("\n")}`);
    for (const [at, part] of wanted.entries())
      assert.ok(lines[at]?.includes(part) === true, `${command}\n${lines[at]}: ${part}`);
  }
});
