/** The lines of the service's log as short texts, for people at a terminal. docs/LOGS.md describes the lines. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];
type Event = Readonly<Record<string, unknown>>;

const STYLES: Readonly<Record<string, Style>> = { info: "green", warn: "yellow", error: "red" };

/** Members that are no pairs of the text: they have a place of their own, or are too long for a line. */
const NO_PAIRS: ReadonlySet<string> = new Set(
  "time level event request project queue topic operation status code error stack warning notification".split(" "),
);

/** Characters that control a terminal, break a line, or change the direction of the text after them. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The event in a line as a short text. Other lines, such as those of workerd itself, stay as they are. */
export function toText(line: string, hasColours: boolean): string {
  const event = eventOf(line);
  if (event === null) return line;
  const paint = (style: Style, text: string): string =>
    hasColours ? styleText(style, text, { validateStream: false }) : text;
  const level = clean(event["level"]);
  const parts = [
    paint("dim", clockTime(event["time"])),
    paint(STYLES[level] ?? "red", level.padEnd(5)),
    paint("bold", clean(event["event"])),
    placeOf(event),
    whatHappened(event),
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** null: the line is no event of the service. */
function eventOf(line: string): Event | null {
  if (!line.startsWith('{"time":"')) return null;
  try {
    const event = JSON.parse(line) as Event;
    return typeof event["level"] === "string" && typeof event["event"] === "string" ? event : null;
  } catch {
    return null;
  }
}

/** The local time of day. */
function clockTime(time: unknown): string {
  const date = new Date(String(time));
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function placeOf({ project, queue, topic }: Event): string {
  const place = topic === undefined ? queue : `topic:${clean(topic)}`;
  return [project, place].flatMap((name) => (name === undefined ? [] : [word(name)])).join("/");
}

function whatHappened(event: Event): string {
  const { operation, status, code, duration_ms, error, warning } = event;
  switch (event["event"]) {
    case "request":
      return [operation, status, code, `${clean(duration_ms)} ms`]
        .flatMap((part) => part ?? [])
        .map(clean)
        .join(" ");
    case "fault":
      return [operation, error]
        .flatMap((part) => part ?? [])
        .map(clean)
        .join(": ");
    case "warning":
      return clean(warning);
    default:
      return Object.entries(event)
        .flatMap(([name, value]) => (NO_PAIRS.has(name) ? [] : [pair(name, value)]))
        .join(" ");
  }
}

function pair(name: string, value: unknown): string {
  if (Array.isArray(value)) return `${clean(name)}=${value.map(word).join(",")}`;
  if (typeof value !== "object" || value === null) return `${clean(name)}=${word(value)}`;
  return Object.entries(value)
    .map(([key, each]) => pair(key, each))
    .join(" ");
}

/** A name or number. One that could be taken for several words is in quotes. */
function word(value: unknown): string {
  const text = clean(value);
  return /^[\w.:@+/-]+$/.test(text) ? text : `"${text.replaceAll('"', String.raw`\"`)}"`;
}

function clean(value: unknown): string {
  return String(value).replace(CONTROL, (each) => `\\u{${each.codePointAt(0)?.toString(16)}}`);
}
