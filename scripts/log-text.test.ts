/** The log as text: each kind of line, hostile names, and lines that are no events. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters, styleText } from "node:util";
import { toText } from "./log-text.ts";

/** 09:15:02 in the zone of this process. */
const TIME = new Date(2026, 10, 28, 9, 15, 2, 117).toISOString();

/** Also where this test has no terminal. */
const ALWAYS = { validateStream: false } as const;

function lineOf(members: object): string {
  return JSON.stringify({ time: TIME, level: "info", event: "request", ...members });
}

const CASES: readonly (readonly [members: object, text: string])[] = [
  [
    { request: "req-1", project: "shop", queue: "jobs", operation: "claim_create", status: 201, duration_ms: 3 },
    "09:15:02 info  request shop/jobs claim_create 201 3 ms",
  ],
  [
    {
      level: "warn",
      project: "shop",
      topic: "news",
      operation: "message_post",
      status: 503,
      code: "disk-full",
      duration_ms: 0,
    },
    "09:15:02 warn  request shop/topic:news message_post 503 disk-full 0 ms",
  ],
  [{ status: 404, code: "route-unknown", duration_ms: 1 }, "09:15:02 info  request 404 route-unknown 1 ms"],
  [
    {
      level: "error",
      event: "fault",
      project: "shop",
      queue: "jobs",
      operation: "queue alarm",
      error: "Error: a b",
      stack: "at f",
    },
    "09:15:02 error fault shop/jobs queue alarm: Error: a b",
  ],
  [{ level: "warn", event: "warning", warning: "Set a strategy." }, "09:15:02 warn  warning Set a strategy."],
  [
    {
      level: "warn",
      event: "delivery.given_up",
      project: "shop",
      queue: "jobs",
      operation: "delivery attempt",
      subscription: "6731a4",
      notification: "06a8_6731a4",
      attempts: 3,
      outcome: "refused",
      receiver_status: 500,
    },
    "09:15:02 warn  delivery.given_up shop/jobs subscription=6731a4 attempts=3 outcome=refused receiver_status=500",
  ],
  [
    {
      event: "quota.changed",
      operation: "quota_update",
      target_project: "a shop",
      quotas: { queues: 2, messages_per_queue: 1 },
    },
    '09:15:02 info  quota.changed target_project="a shop" queues=2 messages_per_queue=1',
  ],
  [
    { event: "queue.purged", project: "shop", queue: "jobs", resources: ["messages", "subscriptions"] },
    "09:15:02 info  queue.purged shop/jobs resources=messages,subscriptions",
  ],
  [
    { event: "redrive.finished", queue: "dead", moved: 2, duration_ms: 7 },
    "09:15:02 info  redrive.finished dead moved=2 duration_ms=7",
  ],
  [{ event: "queue.deleted", project: "shop", queue: "jobs" }, "09:15:02 info  queue.deleted shop/jobs"],
];

test("an event is one short line", () => {
  for (const [members, text] of CASES) assert.equal(toText(lineOf(members), false), text);
});

test("a name in it can neither end the line, nor control the terminal, nor pass for other words", () => {
  const hostile = 'a"\n\u001b[31m\u009b2J\u202egpj\u2066\u2028\u{e0041} queue.deleted';
  const members = { project: hostile, operation: hostile, status: 200, duration_ms: 1, code: hostile };
  for (const event of ["request", "fault", "warning", "key.created"]) {
    const text = toText(lineOf({ event, ...members, error: hostile, warning: hostile, key: hostile }), false);
    assert.match(text, /^[\u0020-\u007e]*$/);
    assert.match(text, /^\S+ info {2}\S+ "a\\"\\u\{a\}\\u\{1b\}\[31m\\u\{9b\}2J.* queue\.deleted"/);
  }
});

test("only time, level and event have colours, and only where there are any", () => {
  const line = lineOf({ level: "error", event: "fault", operation: "queue alarm", error: "Error: \u001b[0m" });
  const plain = toText(line, false);
  const parts = [
    styleText("dim", "09:15:02", ALWAYS),
    styleText("red", "error", ALWAYS),
    styleText("bold", "fault", ALWAYS),
    String.raw`queue alarm: Error: \u{1b}[0m`,
  ];
  assert.equal(toText(line, true), parts.join(" "));
  assert.equal(plain, stripVTControlCharacters(parts.join(" ")));
});

test("other lines stay as they are", () => {
  const lines = [
    "",
    "workerd/server/server.c++:1: error: x",
    "{",
    '{"time":"now"',
    '{"a":1}',
    '{"time":"now","level":1}',
  ];
  for (const line of lines) assert.equal(toText(line, true), line);
});
