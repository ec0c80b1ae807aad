/** The random steps of the model test, as fast-check generates them. */
import fc from "fast-check";

/** Numbers in steps refer to messages and claims, counted back from the latest. Every number is valid. */
export type Step =
  | {
      readonly kind: "post";
      readonly client: number;
      readonly messages: readonly { readonly ttl: number; readonly delay: number | null }[];
    }
  | { readonly kind: "claim"; readonly ttl: number; readonly grace: number; readonly limit: number }
  | {
      readonly kind: "claim and withdraw";
      readonly ttl: number;
      readonly grace: number;
      readonly limit: number;
      readonly ms: number;
      readonly isEvicted: boolean;
      readonly isEmptied: boolean;
    }
  | { readonly kind: "renew"; readonly claim: number; readonly ttl: number; readonly grace: number }
  | { readonly kind: "release" | "show claim"; readonly claim: number }
  | { readonly kind: "delete"; readonly message: number; readonly claim: "none" | "its" | "malformed" | number }
  | { readonly kind: "delete many" | "get many"; readonly messages: readonly number[] }
  | {
      readonly kind: "list";
      readonly client: number;
      readonly echo: boolean;
      readonly includeClaimed: boolean;
      readonly includeDelayed: boolean;
      readonly marker: number | null;
      readonly limit: number;
    }
  | { readonly kind: "pop"; readonly limit: number }
  | { readonly kind: "set delay"; readonly delay: number | null }
  | { readonly kind: "set dead letters"; readonly max: number | null }
  | { readonly kind: "advance"; readonly ms: number }
  | { readonly kind: "purge" | "evict" | "ring alarm" | "delete queue" };

const ttl = fc.constantFrom(60, 61, 90, 300, 3600);
const grace = fc.constantFrom(60, 120, 600);
const limit = fc.integer({ min: 1, max: 20 });
const some = fc.nat({ max: 30 });
const client = fc.nat({ max: 1 });

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("post"),
        client,
        messages: fc.array(fc.record({ ttl, delay: fc.option(fc.constantFrom(0, 30, 120)) }), {
          minLength: 1,
          maxLength: 6,
        }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("claim"), ttl, grace, limit: fc.integer({ min: 1, max: 6 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("claim and withdraw"),
        ttl,
        grace,
        limit: fc.integer({ min: 1, max: 6 }),
        ms: fc.constantFrom(0, 1, 250, 60_000, 300_000),
        isEvicted: fc.boolean(),
        isEmptied: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("renew"), claim: some, ttl, grace }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("release", "show claim"), claim: some }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("delete"),
        message: some,
        claim: fc.oneof(fc.constantFrom("none", "its", "malformed"), some),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom("delete many", "get many"),
        messages: fc.array(some, { minLength: 1, maxLength: 5 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("list"),
        client,
        echo: fc.boolean(),
        includeClaimed: fc.boolean(),
        includeDelayed: fc.boolean(),
        marker: fc.option(some),
        limit,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("pop"), limit: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("set delay"), delay: fc.option(fc.constantFrom(30, 120)) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("set dead letters"), max: fc.option(fc.constantFrom(0, 1, 2)) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("advance"),
        ms: fc.constantFrom(1, 500, 29_999, 30_000, 60_000, 61_000, 300_000, 3_600_000),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("evict", "ring alarm") }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("purge", "delete queue") }) },
  ),
  { minLength: 1, maxLength: 100, size: "max" },
);
