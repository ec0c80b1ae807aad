/** How requests are counted by operation, status and duration. */
import { expect, test } from "vitest";
import { DURATION_BOUNDS, RequestCounter } from "../../src/domain/request-counts.ts";

test("a duration counts at the first bound that is not below it, and above all bounds apart", () => {
  const counter = new RequestCounter();
  for (const bound of DURATION_BOUNDS) {
    counter.count("http", "message_post", 201, bound * 1000);
    counter.count("http", "message_post", 201, bound * 1000 + 1);
  }
  expect(counter.all()).toEqual([
    {
      transport: "http",
      operation: "message_post",
      statuses: [[201, 12]],
      durations: [1, 2, 2, 2, 2, 2, 1],
      durationMs: 26_266,
    },
  ]);
});

test("a duration of a clock that was set back counts as none", () => {
  const counter = new RequestCounter();
  counter.count("http", "message_post", 201, 5);
  counter.count("http", "message_post", 201, -3_600_000);
  expect(counter.all()).toMatchObject([{ durations: [2, 0, 0, 0, 0, 0, 0], durationMs: 5 }]);
});

test("transports, operations and statuses are counted apart", () => {
  const counter = new RequestCounter();
  counter.count("http", "ping_get", 204, 1);
  counter.count("http", "ping_get", 503, 1);
  counter.count("websocket", "ping_get", 204, 1);
  counter.count("http", null, 404, 1);
  expect(counter.all().map(({ transport, operation, statuses }) => [transport, operation, statuses])).toEqual([
    [
      "http",
      "ping_get",
      [
        [204, 1],
        [503, 1],
      ],
    ],
    ["http", "none", [[404, 1]]],
    ["websocket", "ping_get", [[204, 1]]],
  ]);
});

test("the sum of two counters is what one would have counted", () => {
  const [one, other, both, sum] = [
    new RequestCounter(),
    new RequestCounter(),
    new RequestCounter(),
    new RequestCounter(),
  ];
  for (const [counter, operation, ms] of [
    [one, "a", 3],
    [one, "b", 700],
    [other, "a", 90],
    [other, "c", 20_000],
  ] as const) {
    counter.count("http", operation, 200, ms);
    both.count("http", operation, 200, ms);
  }
  sum.add(one.all());
  sum.add(other.all());
  expect(sum.all()).toEqual(both.all());
  sum.clear();
  expect(sum.all()).toEqual([]);
});

test("the number of operations is bounded, and those that are counted go on", () => {
  const counter = new RequestCounter();
  for (let number = 0; number < 600; number++) counter.count("http", `operation_${number}`, 200, 1);
  counter.count("http", "operation_0", 200, 1);
  const counts = counter.all();
  expect(counts).toHaveLength(500);
  expect(counts[0]?.statuses).toEqual([[200, 2]]);
});
