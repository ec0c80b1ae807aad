/** How notifications fare, in words. */
import { expect, test } from "vitest";
import type { DeliveryAttempt } from "sukkal/client";
import { failsSince, hostOf, median, outcomeText, tookText, wasCalled } from "../../../console/src/state/deliveries.ts";

function attempt(outcome: string, at: string): DeliveryAttempt {
  return { id: "1", at, duration_ms: 10, attempt: 1, outcome, reason: null, status: null };
}

test.each([
  ["delivered", null, 204, "arrived, 204"],
  ["delivered", null, null, "arrived"],
  ["refused", null, 503, "answered 503"],
  ["refused", "silence", 524, "answered 524"],
  ["timeout", null, null, "gave no answer in 10 s"],
  ["unreachable", "connection", null, "refused or broke the connection"],
  ["unreachable", null, null, "unreachable"],
  ["blocked", "private", null, "is in a private network, which the operator has to allow"],
  ["blocked", "port", null, "is never called: its port is one of another protocol"],
  ["unreachable", "dns-or-tls", null, "has a wrong name or certificate"],
  ["later", "unheard-of", null, "later, unheard-of"],
])("%s %s %s", (outcome, reason, status, text) => {
  expect(outcomeText({ outcome, reason, status })).toBe(text);
});

test("fails since the first attempt after the last that arrived", () => {
  const times = ["2030-01-01T00:00:03Z", "2030-01-01T00:00:02Z", "2030-01-01T00:00:01Z"] as const;
  const [third, second, first] = times;
  const failed = [attempt("refused", third), attempt("timeout", second)];
  expect(failsSince([...failed, attempt("delivered", first)])).toEqual({ at: Date.parse(second), isExact: true });
  expect(failsSince(failed)).toEqual({ at: Date.parse(second), isExact: false });
  expect(failsSince([attempt("delivered", third), attempt("refused", second)])).toBeNull();
  expect(failsSince([])).toBeNull();
});

test.each([
  ["https://shop.example:8443/hook", "shop.example:8443"],
  ["trust+https://heat.example/v1", "heat.example"],
  ["mailto:ops@shop.example", "ops@shop.example"],
  ["not an address", "not an address"],
])("the host of %s", (subscriber, host) => expect(hostOf({ subscriber })).toBe(host));

test.each([
  [86.4, "86 ms"],
  [999, "999 ms"],
  [1000, "1.0 s"],
  [10_000, "10.0 s"],
])("%s took %s", (ms, text) => expect(tookText(ms)).toBe(text));

test.each([
  ["delivered", true],
  ["timeout", true],
  ["blocked", false],
  ["skipped", false],
  ["invalid", false],
])("whether a receiver was called: %s", (outcome, isCalled) => expect(wasCalled({ outcome })).toBe(isCalled));

test("the median", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([])).toBeNull();
});
