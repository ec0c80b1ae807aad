/** Regions, URIs of pools, and the choice by weight. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseByWeight } from "../../src/domain/pool.ts";
import { parsePoolUri } from "../../src/domain/pool-uri.ts";
import { HOME, JURISDICTIONS, LOCATIONS, parseRegion, partsOf, toRegion } from "../../src/domain/region.ts";

const parts = fc.record({
  jurisdiction: fc.constantFrom(null, ...JURISDICTIONS),
  location: fc.constantFrom(null, ...LOCATIONS),
});

describe("a region", () => {
  test("is told by its text", () => {
    fc.assert(
      fc.property(parts, (each) => {
        expect(parseRegion(toRegion(each))).toEqual(each);
        expect(partsOf(toRegion(each))).toEqual(each);
      }),
    );
    expect(toRegion({ jurisdiction: null, location: null })).toBe(HOME);
    expect(toRegion({ jurisdiction: "eu", location: "weur" })).toBe("eu.weur");
  });

  test.each(["mars", "weur.eu", "eu.", ".weur", "eu.weur.weur", "eu.eu", "EU", " "])("is not %j", (text) => {
    expect(parseRegion(text)).toBeNull();
  });

  test("no name is a jurisdiction and a location", () => {
    expect(LOCATIONS.filter((location) => (JURISDICTIONS as readonly string[]).includes(location))).toEqual([]);
  });
});

describe("the URI of a pool", () => {
  test.each([
    ["durable-object://", ""],
    ["durable-object://weur", "weur"],
    ["durable-object://?jurisdiction=eu", "eu"],
    ["durable-object://weur?jurisdiction=eu", "eu.weur"],
    ["durable-object://apac-ne?jurisdiction=fedramp-high", "fedramp-high.apac-ne"],
    ["Durable-Object://WEUR?jurisdiction=eu&", "eu.weur"],
  ])("%s is the region %j", (uri, region) => {
    expect(parsePoolUri(uri, null)).toEqual({ region, spread: null });
  });

  test.each([
    ["durable-object://", ""],
    ["durable-object://weur", "weur"],
    ["durable-object://weur?jurisdiction=eu", "weur"],
    ["durable-object://?jurisdiction=eu", ""],
  ])("%s in a service of the jurisdiction eu is the region %j", (uri, region) => {
    expect(parsePoolUri(uri, "eu")).toEqual({ region, spread: null });
  });

  test.each([
    ["durable-object://?throughput=high", "", "always"],
    ["durable-object://weur?order=fifo", "weur", "never"],
    ["durable-object://weur?throughput=high&jurisdiction=eu", "eu.weur", "always"],
  ])("%s is the region %j, whose queues are spread %s", (uri, region, spread) => {
    expect(parsePoolUri(uri, null)).toEqual({ region, spread });
  });

  test("cannot leave the jurisdiction of the service", () => {
    expect(parsePoolUri("durable-object://?jurisdiction=us", "eu")).toEqual({
      reason: "the whole service is in the jurisdiction eu, and no pool can be in another",
    });
  });
});

describe("the choice by weight", () => {
  const items = [
    { name: "never", weight: 0 },
    { name: "a", weight: 1 },
    { name: "b", weight: 3 },
    { name: "last", weight: 0 },
  ];

  test.each([
    [0, "a"],
    [0.2499, "a"],
    [0.25, "b"],
    [0.9999, "b"],
  ])("with the fraction %d is %s", (fraction, name) => {
    expect(chooseByWeight(items, fraction)?.name).toBe(name);
  });

  test("is nothing among items without weight", () => {
    expect(chooseByWeight([], 0.5)).toBeNull();
    expect(chooseByWeight([{ weight: 0 }], 0.5)).toBeNull();
  });

  test("is never an item without weight, whatever the fraction", () => {
    const weights = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 20 });
    const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(weights, fraction, (all, at) => {
        const chosen = chooseByWeight(
          all.map((weight) => ({ weight })),
          at,
        );
        if (all.every((weight) => weight === 0)) expect(chosen).toBeNull();
        else expect(chosen?.weight).toBeGreaterThan(0);
      }),
    );
  });
});
