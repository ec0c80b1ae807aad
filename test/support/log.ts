/** Captures the log of the Worker and its objects, which share the test's isolate. */
import { afterEach, beforeEach, vi, type MockInstance } from "vitest";

export interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly event: string;
  readonly [member: string]: unknown;
}

export interface CapturedLog {
  /** The lines of the present test, as they were written. */
  readonly lines: readonly string[];
  /** The lines that contain a text, such as the id of the test's project, without time, level, request and duration. */
  about(text: string): readonly Readonly<Record<string, unknown>>[];
}

const METHODS = ["log", "warn", "error"] as const;

/** Captures the lines in every test of the calling file. Nothing is printed. */
export function captureLog(): CapturedLog {
  const lines: string[] = [];
  let spies: readonly MockInstance[] = [];
  beforeEach(() => {
    lines.length = 0;
    const note = (line: unknown): void => void lines.push(String(line));
    spies = METHODS.map((method) => vi.spyOn(console, method).mockImplementation(note));
  });
  afterEach(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return {
    lines,
    about: (text) =>
      lines
        .filter((line) => line.includes(text))
        .map((line) => {
          const { time: _time, level: _level, request: _request, duration_ms: _duration, ...rest } = parseLine(line);
          return rest;
        }),
  };
}

export function parseLine(line: string): LogLine {
  return JSON.parse(line) as LogLine;
}
