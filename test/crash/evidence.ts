/** Prints a violation with the part of the history that shows it. */
import type { Violation } from "./violation.ts";
import type { Event, Seen } from "./history.ts";

/** The most events that are printed: a lost message may be in every page before. */
const EVENTS_SHOWN = 40;
const SUBJECTS_SHOWN = 8;
const TEXT_SHOWN = 600;

export function describeViolation(violation: Violation, history: readonly Event[]): string {
  const subjects = new Set(violation.subjects.slice(0, SUBJECTS_SHOWN));
  const events = history.filter((event) => event.queue === violation.queue && mentions(event, subjects));
  const lines = events.toSorted((a, b) => a.sentAt - b.sentAt).map((event) => describe(event, subjects));
  const cut =
    lines.length > EVENTS_SHOWN
      ? [...lines.slice(0, EVENTS_SHOWN), `  … and ${lines.length - EVENTS_SHOWN} more`]
      : lines;
  return [`VIOLATION (${violation.rule}) in ${violation.queue}: ${violation.text.slice(0, TEXT_SHOWN)}`, ...cut].join(
    "\n",
  );
}

function mentions(event: Event, subjects: ReadonlySet<string>): boolean {
  return wordsOf(event).some((word) => subjects.has(word));
}

function wordsOf(event: Event): readonly string[] {
  switch (event.kind) {
    case "post":
      return [event.post, ...(event.ids ?? [])];
    case "grant":
      return [...(event.lease === null ? [] : [event.lease.claim]), ...wordsOfMessages(event.messages)];
    case "page":
    case "drain":
      return wordsOfMessages(event.messages);
    case "audit":
      return wordsOfMessages(event.all);
    case "deletion":
      return [...(event.claim === null ? [] : [event.claim]), ...event.ids];
    case "renewal":
    case "release":
      return [event.claim];
    case "lost-claim":
    case "lost-pop":
    case "surprise":
      return [];
  }
}

function wordsOfMessages(messages: readonly Seen[]): readonly string[] {
  return messages.flatMap(({ id, post }) => [id, post]);
}

/** An event in one line, with only the messages of the violation. */
function describe(event: Event, subjects: ReadonlySet<string>): string {
  const span = `${event.sentAt.toFixed(1)}…${event.endedAt.toFixed(1)} ms`;
  const { kind, queue, sentAt, endedAt, ...facts } = event;
  const text = JSON.stringify(facts, (_key, value: unknown): unknown => {
    if (!Array.isArray(value)) return value;
    const every: readonly unknown[] = value;
    const shown = every.filter((each) => isAbout(each, subjects));
    return shown.length === every.length ? every : [...shown, `… of ${every.length}`];
  });
  return `  ${span}  ${kind}  ${text}`;
}

function isAbout(value: unknown, subjects: ReadonlySet<string>): boolean {
  if (typeof value === "string") return subjects.has(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((member) => typeof member === "string" && subjects.has(member));
}
