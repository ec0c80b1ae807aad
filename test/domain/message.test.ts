/** The checks and defaults of a post. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { toEpoch, toSequence } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import {
  checkPosting,
  idsOf,
  joinBodies,
  splitBodies,
  type PostedRun,
  type Posting,
} from "../../src/domain/message.ts";
import { DEFAULT_QUEUE_SETTINGS } from "../../src/domain/queue-metadata.ts";
import { toSeconds } from "../../src/domain/time.ts";

const { limits } = readConfig({ AUTH_STRATEGY: "none" });
const DELAYED = { ...DEFAULT_QUEUE_SETTINGS, defaultMessageDelay: toSeconds(30) };

function posting(run: Partial<PostedRun> = {}, defects: Partial<Posting> = {}): Posting {
  const bodies = joinBodies(["1" as JsonText]);
  return { runs: [{ ttl: null, delay: null, count: 1, bodies, ...run }], defect: null, delayDefect: null, ...defects };
}

function settled(asked: Posting, settings = DEFAULT_QUEUE_SETTINGS): unknown {
  const checked = checkPosting({ posting: asked, size: 1 }, settings, limits);
  return checked.ok ? checked.value.map(({ ttl, delay }) => [ttl, delay]) : checked.failure;
}

test("the ttl is the message's, else the queue's, else the service's", () => {
  expect(settled(posting({ ttl: 60 }))).toEqual([[60, 0]]);
  expect(settled(posting(), { ...DEFAULT_QUEUE_SETTINGS, defaultMessageTtl: toSeconds(100) })).toEqual([[100, 0]]);
  expect(settled(posting())).toEqual([[3600, 0]]);
});

test.each([
  [60, true],
  [1_209_600, true],
  [59, false],
  [0, false],
  [1_209_601, false],
])("a ttl of %d passes: %s", (ttl, passes) => {
  expect(Array.isArray(settled(posting({ ttl })))).toBe(passes);
});

describe("a delay", () => {
  test("counts on a delayed queue only", () => {
    expect(settled(posting({ delay: 10 }))).toEqual([[3600, 0]]);
    expect(settled(posting({ delay: 901 }))).toEqual([[3600, 0]]);
    expect(settled(posting({ delay: 10 }), DELAYED)).toEqual([[3600, 10]]);
    expect(settled(posting({ delay: 0 }), DELAYED)).toEqual([[3600, 0]]);
    expect(settled(posting(), DELAYED)).toEqual([[3600, 30]]);
  });

  test.each([
    [900, true],
    [901, false],
    [-1, false],
  ])("of %d passes there: %s", (delay, passes) => {
    expect(Array.isArray(settled(posting({ delay }), DELAYED))).toBe(passes);
  });
});

test("a defect refuses the post, a defective delay only on a delayed queue", () => {
  const delayDefect = { kind: "field-type", field: "delay", expected: "int" } as const;
  const defect = { kind: "field-missing", field: "body" } as const;
  expect(settled(posting({}, { defect }))).toEqual(defect);
  expect(settled(posting({}, { delayDefect }))).toEqual([[3600, 0]]);
  expect(settled(posting({}, { delayDefect }), DELAYED)).toEqual(delayDefect);
  expect(settled(posting({}, { delayDefect, defect }), DELAYED)).toEqual(delayDefect);
  expect(settled(posting({}, { delayDefect, defect }))).toEqual(defect);
});

test("bodies share one text and come apart again", () => {
  const bodies = ['{"a":[1]}', '"\\u001e"', "null", '""'] as JsonText[];
  expect(splitBodies(joinBodies(bodies))).toEqual(bodies);
});

test("a block names its messages in post order", () => {
  const ids = idsOf({ epoch: toEpoch(1, 1), first: toSequence(9), count: 3 });
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(3);
});
