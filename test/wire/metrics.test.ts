/** The text of metrics in both formats. test/metrics lets Prometheus read it. */
import { describe, expect, test } from "vitest";
import { toProjectId } from "../../src/domain/id.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { placeFamilies, serviceFamilies } from "../../src/wire/metric-families.ts";
import { encodeMetrics, type Family } from "../../src/wire/metrics.ts";
import { placesSample, serviceSample } from "../support/metrics-samples.ts";

const SINCE = toEpochMs(1_764_312_345_123);
const HELP = "A text.";

const FAMILIES: readonly Family[] = [
  { name: "a_build", type: "info", help: HELP, points: [{ labels: { version: "1" }, value: 1 }] },
  { name: "a_posted", type: "counter", help: HELP, points: [{ labels: {}, value: 3, since: SINCE }] },
  { name: "a_left_out", type: "gauge", help: HELP, points: [] },
  { name: "a_size_bytes", type: "gauge", unit: "bytes", help: HELP, points: [{ labels: {}, value: 1e21 }] },
  {
    name: "a_time_seconds",
    type: "histogram",
    unit: "seconds",
    help: HELP,
    bounds: [0.5, 10],
    points: [{ labels: { to: "x" }, counts: [1, 2, 3], sum: 0.25, since: SINCE }],
  },
];

test("OpenMetrics: units, the begin of counters, an end, and no family without samples", () => {
  expect(encodeMetrics(FAMILIES, "openmetrics")).toBe(`\
# TYPE a_build info
# HELP a_build A text.
a_build_info{version="1"} 1
# TYPE a_posted counter
# HELP a_posted A text.
a_posted_total 3
a_posted_created 1764312345.123
# TYPE a_size_bytes gauge
# UNIT a_size_bytes bytes
# HELP a_size_bytes A text.
a_size_bytes 1e+21
# TYPE a_time_seconds histogram
# UNIT a_time_seconds seconds
# HELP a_time_seconds A text.
a_time_seconds_bucket{to="x",le="0.5"} 1
a_time_seconds_bucket{to="x",le="10.0"} 3
a_time_seconds_bucket{to="x",le="+Inf"} 6
a_time_seconds_count{to="x"} 6
a_time_seconds_sum{to="x"} 0.25
a_time_seconds_created{to="x"} 1764312345.123
# EOF
`);
});

test("the classic format has the names of the samples, and nothing that only OpenMetrics has", () => {
  expect(encodeMetrics(FAMILIES, "classic")).toBe(`\
# HELP a_build_info A text.
# TYPE a_build_info gauge
a_build_info{version="1"} 1
# HELP a_posted_total A text.
# TYPE a_posted_total counter
a_posted_total 3
# HELP a_size_bytes A text.
# TYPE a_size_bytes gauge
a_size_bytes 1e+21
# HELP a_time_seconds A text.
# TYPE a_time_seconds histogram
a_time_seconds_bucket{to="x",le="0.5"} 1
a_time_seconds_bucket{to="x",le="10.0"} 3
a_time_seconds_bucket{to="x",le="+Inf"} 6
a_time_seconds_count{to="x"} 6
a_time_seconds_sum{to="x"} 0.25
`);
});

test("values of labels cannot end themselves or their line", () => {
  const points = [{ labels: { project: 'a"b\\c\nd' }, value: 1 }];
  const text = encodeMetrics([{ name: "a", type: "gauge", help: HELP, points }], "classic");
  expect(text.split("\n")[2]).toBe('a{project="a\\"b\\\\c\\nd"} 1');
});

describe("the families", () => {
  const service = serviceFamilies(serviceSample("shop"));
  const places = placeFamilies(toProjectId("shop"), placesSample());

  test("have names of their own on each page, because sums over both would count twice", () => {
    const names = [...service, ...places].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test("end with their unit, and have a help of one line that needs no escapes", () => {
    for (const { name, unit, help } of [...service, ...places]) {
      expect(name.endsWith("_seconds") ? "seconds" : name.endsWith("_bytes") ? "bytes" : undefined, name).toBe(unit);
      expect(help, name).toMatch(/^[A-Z0-9][^\n"\\]+\.$/);
    }
  });

  test("have no sample of what is not known", () => {
    const text = encodeMetrics(places, "openmetrics");
    expect(text).toContain('sukkal_queue_stored_messages_max{project="shop",kind="queue",name="jobs"} 9\n');
    expect(text.match(/^.*name="news".*$/gm)).toEqual([
      'sukkal_queue_confirmed{project="shop",kind="topic",name="news"} 0',
    ]);
    expect(encodeMetrics(service, "classic")).not.toMatch(
      /oldest_message_timestamp_seconds\{project="shop",kind="topic"/,
    );
  });

  test("tell of the objects of a spread queue alone, and of the load of each", () => {
    const text = encodeMetrics(places, "classic");
    expect(text.match(/^sukkal_queue_(?:objects|load){.*$/gm)).toEqual([
      'sukkal_queue_objects{project="shop",kind="queue",name="clicks"} 8',
      'sukkal_queue_load{project="shop",kind="queue",name="jobs"} 0.25',
      'sukkal_queue_load{project="shop",kind="queue",name="clicks"} 2.5',
    ]);
  });

  test("have both bounds of what is not known exactly", () => {
    const text = encodeMetrics(service, "classic");
    expect(text).toContain('sukkal_messages_min{project="shop",kind="queue",state="free"} 2\n');
    expect(text).toContain('sukkal_messages_max{project="shop",kind="queue",state="free"} 7\n');
    expect(text).toContain('sukkal_waiting_claims_max{project="shop",kind="queue"} 4\n');
    // "Since then at the earliest": the lower bound of when the oldest message was posted.
    expect(text).toContain('sukkal_oldest_message_timestamp_seconds{project="shop",kind="queue"} 1764312345.123\n');
  });

  test("say when the counters of the service began, but not those of each queue", () => {
    expect(encodeMetrics(service, "openmetrics").match(/_created\{/g)?.length).toBeGreaterThan(20);
    expect(encodeMetrics(places, "openmetrics")).not.toContain("_created");
  });
});
