/**
 * The protocol of spread queues, in random runs with faults. A run is its seed: to repeat one, call `run` with it. ELASTIC_SEEDS
 * sets how many seeds are run.
 */
import { describe, expect, inject, test } from "vitest";
import { type Rule, RULES } from "./rules.ts";
import { run } from "./run.ts";
import { SCENES } from "./scenes.ts";

declare module "vitest" {
  interface ProvidedContext {
    elasticSeeds: number;
  }
}

const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const SEEDS = seeds(inject("elasticSeeds"));
const SEEDS_OF_BACKUPS = seeds(Math.ceil(SEEDS.length / 5));
/** Without a rule, the violation must show within these. */
const SEEDS_OF_RULES = seeds(300);

test(
  "no message is lost, doubled, leased twice, passed over by a list or left waiting",
  {
    timeout: 60_000 + SEEDS.length * 500,
  },
  async () => {
    let posts = 0;
    let acknowledged = 0;
    for (const seed of SEEDS) {
      const outcome = await run(seed);
      expect(outcome.violation, `seed ${seed}`).toBeNull();
      posts += outcome.posts;
      acknowledged += outcome.acknowledged;
    }
    console.info(`spread queues: ${SEEDS.length} runs, ${posts} posts, ${acknowledged} acknowledged`);
    expect(acknowledged).toBeGreaterThan(posts / 2);
  },
);

test(
  "a home from a backup loses and leases twice nothing that is in a shard",
  { timeout: 60_000 + SEEDS.length * 100 },
  async () => {
    for (const seed of SEEDS_OF_BACKUPS) {
      expect((await run(seed, { scenario: "backups" })).violation, `seed ${seed}`).toBeNull();
    }
  },
);

describe("each rule is needed: without it the model finds a violation", () => {
  const cases = (Object.entries(RULES) as [Rule, (typeof RULES)[Rule]][]).map(([rule, { without, scenario }]) => ({
    rule,
    without,
    scenario,
  }));
  test.each(cases)("$rule, otherwise $without", async ({ rule, scenario }) => {
    const scene = SCENES[rule];
    if (scene !== undefined) {
      expect(await scene(true)).toBeNull();
      expect(await scene(false)).not.toBeNull();
      return;
    }
    for (const seed of SEEDS_OF_RULES) {
      if ((await run(seed, { off: rule, scenario })).violation !== null) return;
    }
    expect.unreachable("no seed needs the rule");
  });
});
