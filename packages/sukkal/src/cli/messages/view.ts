/** How messages are shown: as rows, and as documents in which the body is exactly what was posted. */
import { JsonText } from "../../json-text.ts";
import type { Message } from "../../message.ts";
import { onManyLines, onOneLine } from "../terminal/display-text.ts";
import type { Field, Output } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { duration, instant } from "../terminal/units.ts";
import { onJsonLine } from "./body.ts";

type Shown = Message<unknown>;

/** Characters of a body of which the width is computed: more than a terminal has columns. */
const BODY_SHOWN_MAX = 1000;

/** Messages a page. A service of default settings allows 20, and one of any settings its default page of 10. */
export const PAGE = 10;

export const ID: Column<Shown> = { title: "ID", value: ({ id }) => id, isWhole: true };

export const BODY: Column<Shown> = {
  title: "BODY",
  value: ({ bodyText }) => onJsonLine(bodyText),
  shown: ({ bodyText }) => onJsonLine(bodyText.slice(0, BODY_SHOWN_MAX)),
};

export const ATTEMPTS: Column<Shown> = { title: "ATTEMPTS", value: ({ claimCount }) => claimCount, align: "right" };

export const MESSAGE_COLUMNS: readonly Column<Shown>[] = [
  ID,
  { title: "AGE", value: ({ age }) => age, shown: ({ age }) => duration(age), align: "right" },
  { title: "TTL", value: ({ ttl }) => ttl, shown: ({ ttl }) => duration(ttl), align: "right" },
  ATTEMPTS,
  { title: "STATE", value: stateOf, style: (message) => (stateOf(message) === "free" ? null : "warning") },
  BODY,
];

function stateOf({ claimedUntil, delayedUntil }: Shown): "free" | "claimed" | "delayed" {
  if (claimedUntil !== null) return "claimed";
  return delayedUntil === null ? "free" : "delayed";
}

/** As the API writes it. */
export function timeOf(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}

/** With the members that the API has. */
export function toDocument(message: Shown): JsonText {
  const { id, ttl, age, claimCount, created, claimedUntil, delayedUntil, deadLetter, traceparent } = message;
  const members = {
    id,
    ttl,
    age,
    claim_count: claimCount,
    state: stateOf(message),
    created: timeOf(created),
    claimed_until: claimedUntil && timeOf(claimedUntil),
    delayed_until: delayedUntil && timeOf(delayedUntil),
    dead_letter: deadLetter && { ...deadLetter, at: timeOf(deadLetter.at) },
    ...(traceparent !== null && { traceparent }),
  };
  return withBody(members, message);
}

/** One document on one line, with the body as its last member. */
export function withBody(members: object, { bodyText }: Pick<Shown, "bodyText">): JsonText {
  return new JsonText(`${JSON.stringify(members).slice(0, -1)},"body":${onJsonLine(bodyText)}}`);
}

/** All of a message. Its body has lines of its own on a terminal. */
export async function printMessage(output: Output, message: Shown): Promise<void> {
  const { id, ttl, age, claimCount, created, claimedUntil, delayedUntil, deadLetter, traceparent, bodyText } = message;
  const fields: Field[] = [
    ["id", id],
    ["state", stateOf(message)],
    ["created", timeOf(created), `${instant(created)} (${duration(age)} ago)`],
    ["ttl", ttl, `${duration(ttl)} (${duration(ttl - age)} left)`],
    ["attempts", claimCount],
  ];
  if (claimedUntil !== null) fields.push(["claimed until", timeOf(claimedUntil), instant(claimedUntil)]);
  if (delayedUntil !== null) fields.push(["delayed until", timeOf(delayedUntil), instant(delayedUntil)]);
  if (deadLetter !== null) {
    const { queue, at, reason } = deadLetter;
    fields.push(["dead letter of", queue], ["dead since", timeOf(at), instant(at)], ["reason", reason]);
  }
  if (traceparent !== null) fields.push(["traceparent", traceparent]);
  if (!output.isTerminal) return output.record(toDocument(message), [...fields, ["body", onJsonLine(bodyText)]]);
  await output.record(null, fields);
  await output.line(`\n${onManyLines(bodyText)}`);
}

/** Only the body, on one line: exact in a pipe. */
export async function printBody({ output }: { readonly output: Output }, { bodyText }: Shown): Promise<void> {
  const line = onJsonLine(bodyText);
  await output.line(output.isTerminal ? onOneLine(line) : line);
}
