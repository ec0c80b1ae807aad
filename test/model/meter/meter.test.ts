/**
 * The protocol by which figures reach the meter, in random runs with faults. A run is its seed: to repeat one, call `run` with
 * it. METER_SEEDS sets how many seeds are run.
 */
import { describe, expect, inject, test } from "vitest";
import { MODEL, SERVICE } from "./implementations.ts";
import type { Looks } from "./oracle.ts";
import { type Rule, RULES } from "./rules.ts";
import { run } from "./run.ts";
import { recoveryOf, SCENES } from "./scenes.ts";

declare module "vitest" {
  interface ProvidedContext {
    meterSeeds: number;
  }
}

const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const SEEDS = seeds(inject("meterSeeds"));
/** Without a rule, the violation must show within these. */
const SEEDS_OF_RULES = seeds(200);

describe.each([
  ["the model", MODEL],
  ["the service", SERVICE],
])("%s", (name, make) => {
  test("shows what holds in every run, and mostly exactly", { timeout: 60_000 + SEEDS.length * 300 }, () => {
    const total: Looks = { compared: 0, exact: 0, unconfirmed: 0, excused: 0, points: 0 };
    for (const seed of SEEDS) {
      const { violation, looks } = run(seed, { make });
      expect(violation, `seed ${seed}`).toBeNull();
      for (const key of Object.keys(total) as (keyof Looks)[]) total[key] += looks[key];
    }
    console.info(`meter of ${name}: ${JSON.stringify(total)}`);
    expect(total.compared).toBeGreaterThan(100 * SEEDS.length);
    expect(total.exact).toBeGreaterThan(total.compared / 2);
    expect(total.points).toBeGreaterThan(SEEDS.length);
  });

  test("shows the truth a minute after a crash, also if the looks are far apart", () => {
    expect(recoveryOf({ make })).toBeLessThanOrEqual(60);
  });

  test.each(Object.entries(SCENES))("shows what holds where %s", (_, scene) => {
    expect(scene({ make })).toBeNull();
  });
});

describe("each rule is needed: without it the model finds a violation", () => {
  test.each(Object.entries(RULES) as [Rule, string][])("%s, %s", (rule) => {
    const scene = SCENES[rule];
    if (scene !== undefined) {
      expect(scene({})).toBeNull();
      expect(scene({ off: rule })).not.toBeNull();
      return;
    }
    const found = SEEDS_OF_RULES.find((seed) => run(seed, { off: rule, make: MODEL }).violation !== null);
    expect(found, "no seed needs the rule").toBeDefined();
  });
});
