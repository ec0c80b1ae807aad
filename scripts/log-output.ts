/**
 * How the log of workerd is passed on. Files and pipes are workerd's own, so that in production no line passes through this
 * process. On a terminal the lines are read here and written as short texts.
 */
import type { Readable } from "node:stream";
import { toText } from "./log-text.ts";
import { Refusal } from "./refusal.ts";

/** The stream itself, or what reads the lines. */
export type LogOutput = "inherit" | ((lines: Readable) => void);

const FORMATS = ["auto", "json", "text"] as const;
export type LogFormat = (typeof FORMATS)[number];

export function toLogFormat(text: string): LogFormat {
  const format = FORMATS.find((each) => each === text);
  if (format === undefined) throw new Refusal(`LOG_FORMAT is "${text}": it must be "auto", "json" or "text".`);
  return format;
}

export function toLogOutput(format: LogFormat, to: NodeJS.WriteStream): LogOutput {
  if (format === "json" || (format === "auto" && !to.isTTY)) return "inherit";
  // A terminal that has been closed must not end this process before it has stopped workerd.
  to.on("error", () => undefined);
  const hasColours = to.isTTY && to.hasColors();
  return (lines) => writeTexts(lines, to, hasColours);
}

/** Writes are synchronous on terminals, files and pipes of POSIX systems, so nothing is lost when this process ends. */
function writeTexts(lines: Readable, to: NodeJS.WriteStream, hasColours: boolean): void {
  let rest = "";
  lines.setEncoding("utf8");
  lines.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    if (parts.length > 0) to.write(parts.map((line) => `${toText(line, hasColours)}\n`).join(""));
  });
  lines.on("end", () => {
    if (rest !== "") to.write(`${toText(rest, hasColours)}\n`);
  });
}
