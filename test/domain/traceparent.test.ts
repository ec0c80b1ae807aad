/** `traceparent` as W3C Trace Context defines it: what is valid, and what a later version means. */
import { describe, expect, test } from "vitest";
import { newSpan, parseTraceparent, traceOf, withSpan, type Traceparent } from "../../src/domain/traceparent.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const VALID = `00-${TRACE}-${SPAN}-01`;

describe("a traceparent", () => {
  test.each([
    ["sampled", VALID, VALID],
    ["not sampled", `00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-00`],
    ["with a random trace id (level 2)", `00-${TRACE}-${SPAN}-03`, `00-${TRACE}-${SPAN}-03`],
    ["with flags that version 00 does not define", `00-${TRACE}-${SPAN}-ff`, `00-${TRACE}-${SPAN}-03`],
    [
      "with the smallest ids",
      `00-${"0".repeat(31)}1-${"0".repeat(15)}1-00`,
      `00-${"0".repeat(31)}1-${"0".repeat(15)}1-00`,
    ],
    ["of a later version", `cc-${TRACE}-${SPAN}-01`, VALID],
    ["of the last version, with more fields", `fe-${TRACE}-${SPAN}-09-what-the-future-brings`, VALID],
    ["of a later version, with an empty field", `01-${TRACE}-${SPAN}-01-`, VALID],
    ["of a later version, with a long field", `01-${TRACE}-${SPAN}-01-${"x".repeat(100_000)}`, VALID],
  ])("%s is valid, and becomes one of version 00", (_, text, expected) => {
    expect(parseTraceparent(text)).toBe(expected);
  });

  test.each([
    ["absent", null],
    ["empty", ""],
    ["too short", VALID.slice(0, -1)],
    ["too long", `${VALID}0`],
    ["of version 00 with a further field", `${VALID}-01`],
    ["of version 00 with a further hyphen", `${VALID}-`],
    ["of the forbidden version", `ff-${TRACE}-${SPAN}-01`],
    ["of a later version without a hyphen before what follows", `01-${TRACE}-${SPAN}-010`],
    ["twice in one request", `${VALID}, ${VALID}`],
    ["in capitals", VALID.toUpperCase()],
    ["of a trace in capitals", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["with spaces around it", ` ${VALID} `],
    ["of the trace zero", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["of the span zero", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["with a digit that is none", `00-${TRACE.slice(1)}g-${SPAN}-01`],
    ["with flags that are none", `00-${TRACE}-${SPAN}-0x`],
    ["with a version that is none", `0g-${TRACE}-${SPAN}-01`],
    ["with underscores", VALID.replaceAll("-", "_")],
    ["with a line break after it", `${VALID}\n`],
    ["with a line break in it", `01-${TRACE}-${SPAN}-0\n`],
    ["with digits of another script", VALID.replaceAll("4", "٤")],
  ])("%s is none", (_, text) => {
    expect(parseTraceparent(text)).toBeNull();
  });
});

test("another span has the same trace and flags", () => {
  const span = newSpan();
  expect(span).toMatch(/^[0-9a-f]{16}$/);
  expect(newSpan()).not.toBe(span);
  const child = withSpan(VALID as Traceparent, span);
  expect(child).toBe(`00-${TRACE}-${span}-01`);
  expect(parseTraceparent(child)).toBe(child);
  expect(traceOf(child)).toBe(TRACE);
});
