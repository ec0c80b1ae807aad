/** The lines of the log: their form, their streams, and what they leave out. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Traceparent } from "../../src/domain/traceparent.ts";
import {
  backgroundEvent,
  combineFaults,
  logEvent,
  logFault,
  logRequest,
  logWarning,
  newEvent,
  type RequestEvent,
} from "../../src/telemetry/event.ts";
import { LINES_MAX, PROJECT_LINES_MAX, WINDOW_MS } from "../../src/telemetry/volume.ts";
import { clock, freezeClock } from "../support/clock.ts";

freezeClock();

/** By the method of the console that wrote them. */
let lines: Record<"log" | "warn" | "error", string[]>;

let windows = 0;

beforeEach(() => {
  lines = { log: [], warn: [], error: [] };
  for (const [method, written] of Object.entries(lines)) {
    vi.spyOn(console, method as keyof typeof lines).mockImplementation(
      (line: unknown) => void written.push(String(line)),
    );
  }
  // The lines of tests before this one are in a window that has ended.
  clock.advance({ ms: WINDOW_MS * ++windows });
  logRequest(
    newEvent("req-0", () => 0),
    200,
    false,
  );
  lines.warn.length = 0;
});

afterEach(() => {
  vi.restoreAllMocks();
});

function requestOf(project: string | null = "shop"): RequestEvent {
  const place = { kind: "queue", name: "jobs" };
  return { ...newEvent("req-1", () => 7), project, place, operation: "claim_create", code: "queue-not-found" };
}

function parsed(line: string | undefined): unknown {
  return JSON.parse(line ?? "");
}

test("a line is one object with time, level, event, request, place and result, in this order", () => {
  const time = new Date().toISOString();
  logRequest(requestOf(), 404, true);
  expect(lines.log).toEqual([
    `{"time":"${time}","level":"info","event":"request","request":"req-1","project":"shop","queue":"jobs",` +
      `"operation":"claim_create","status":404,"code":"queue-not-found","duration_ms":7}`,
  ]);
});

test("a line about a request with a traceparent has the id of its trace", () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" as Traceparent;
  logRequest({ ...requestOf(), traceparent }, 404, true);
  expect(lines.log[0]).toContain('"request":"req-1","trace":"4bf92f3577b34da6a3ce929d0e0e4736","project":"shop"');
  expect(lines.log[0]).not.toContain("00f067aa0ba902b7");
});

test("members without a value are left out", () => {
  logRequest(
    newEvent("req-1", () => 0),
    300,
    true,
  );
  logEvent("redrive.started", backgroundEvent(null, "redrive"), {
    target: undefined,
    max_messages: undefined,
    messages_per_second: 0,
  });
  expect(lines.log.map((line) => Object.keys(JSON.parse(line) as object))).toEqual([
    ["time", "level", "event", "request", "status", "duration_ms"],
    ["time", "level", "event", "operation", "messages_per_second"],
  ]);
});

test("requests are logged all, or only when they fail; always on standard output", () => {
  for (const status of [200, 499, 500]) logRequest(requestOf(), status, false);
  logRequest(requestOf(), 200, true);
  expect(lines.log.map(parsed)).toMatchObject([
    { level: "warn", status: 500 },
    { level: "info", status: 200 },
  ]);
});

test("warnings and faults are on standard error, facts on standard output", () => {
  logWarning("The clock was set back.");
  logFault(requestOf(), new Error("broken"));
  logEvent("queue.deleted", requestOf(), {});
  expect(lines.warn.map(parsed)).toMatchObject([
    { level: "warn", event: "warning", warning: "The clock was set back." },
  ]);
  expect(lines.error.map(parsed)).toMatchObject([{ level: "error", event: "fault", error: "Error: broken" }]);
  expect(lines.log.map(parsed)).toMatchObject([{ level: "info", event: "queue.deleted", request: "req-1" }]);
});

test("a fault of a request has its answer, one of background work has none", () => {
  logFault(requestOf(), new TypeError("a"));
  logFault(requestOf(), "no error", 500);
  logFault(backgroundEvent("shop", "queue alarm"), combineFaults(new Error("b"), [1, 2]));
  expect(lines.error.map(parsed)).toMatchObject([
    { status: 503, code: "unavailable", duration_ms: 7, error: "TypeError: a" },
    { status: 500, error: "no error" },
    { operation: "queue alarm", error: "Error: 3 operations of a batch failed. The first error: Error: b" },
  ]);
  expect(parsed(lines.error[2])).not.toHaveProperty("status");
  expect(parsed(lines.error[2])).not.toHaveProperty("request");
});

test("the stack of an error is written once in a window, without the message", () => {
  const fault = new Error("line one\n    at secret (a.js:1:2)\nline three");
  for (let round = 0; round < 3; round++) logFault(requestOf(), fault);
  logFault(requestOf(), new Error("another"));
  clock.advance({ ms: WINDOW_MS });
  logFault(requestOf(), fault);
  const stacks = lines.error.map((line) => (JSON.parse(line) as { stack?: string }).stack);
  expect(stacks.map((stack) => stack?.startsWith("at "))).toEqual([true, undefined, undefined, true, true]);
  expect(stacks.join()).not.toContain("secret");
});

test("errors and stacks are cut", () => {
  const fault = new Error("x".repeat(5000));
  fault.stack = `Error: ${fault.message}\n${"    at f (a.js:1:2)\n".repeat(1000)}`;
  logFault(requestOf(), fault);
  const { error, stack } = parsed(lines.error[0]) as { error: string; stack: string };
  expect(error).toHaveLength(1000);
  expect(stack.length).toBeLessThanOrEqual(4000);
});

test("the text that JSON.parse quotes is left out", () => {
  for (const text of ["secret", '{"a": "secret" b}', '{"a": 1, "secret"', '["secret\u0000"]']) {
    try {
      JSON.parse(text);
    } catch (error) {
      logFault(requestOf(), error);
      // As an object's error arrives at its caller.
      logFault(requestOf(), new Error(String(error)));
    }
  }
  expect(lines.error).toHaveLength(8);
  expect(lines.error.join()).not.toContain("secret");
});

test("no text of a client can make another line, or control a terminal", () => {
  const hostile = `a"\n{"event":"fault"}\u001b[31m\u007f\u009b2J\u202egpj\u2066\u2028\u{e0041}\u00ad\ud800`;
  logRequest(requestOf(hostile), 200, true);
  logFault(requestOf(hostile), new Error(hostile));
  for (const line of [...lines.log, ...lines.error]) {
    expect(line).toMatch(/^[\u0020-\u007e]*$/);
    expect(parsed(line)).toMatchObject({ project: hostile });
  }
});

test("under a fault an event has a number of lines, and a later line tells how many were left out", () => {
  const since = new Date().toISOString();
  for (let request = 0; request < LINES_MAX; request++) {
    logRequest(requestOf("loud"), 503, false);
    logRequest(requestOf(`quiet-${request % 10}`), 503, false);
  }
  expect(lines.log).toHaveLength(LINES_MAX);
  expect(lines.log.filter((line) => line.includes('"loud"'))).toHaveLength(PROJECT_LINES_MAX);
  logEvent("queue.deleted", requestOf(), {});
  expect(lines.warn).toEqual([]);
  clock.advance({ ms: WINDOW_MS });
  // Also a request that is not logged itself.
  logRequest(requestOf(), 200, false);
  logRequest(requestOf(), 503, false);
  const time = new Date().toISOString();
  expect(lines.warn.map(parsed)).toEqual([
    { time, level: "warn", event: "log.suppressed", of: "request", since, suppressed: LINES_MAX },
  ]);
  expect(lines.log).toHaveLength(LINES_MAX + 2);
});

test("an access log is complete", () => {
  for (let request = 0; request <= LINES_MAX; request++) logRequest(requestOf(), 503, true);
  expect(lines.log).toHaveLength(LINES_MAX + 1);
});
