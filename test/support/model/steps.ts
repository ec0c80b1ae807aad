/** The random steps of the model test, as fast-check generates them. */
import fc from "fast-check";

/** Numbers in steps refer to messages and claims, counted back from the latest. Every number is valid. */
export type Step = RequestStep | ConnectionStep | OtherStep;

/** A single request, in the words of HTTP, which a frame can make too. */
type RequestStep =
  | {
      readonly kind: "post";
      readonly client: number;
      readonly messages: readonly { readonly ttl: number; readonly delay: number | null }[];
    }
  | ({ readonly kind: "claim" } & Terms)
  | { readonly kind: "renew"; readonly claim: number; readonly ttl: number; readonly grace: number }
  | { readonly kind: "release" | "show claim"; readonly claim: number }
  | ({ readonly kind: "settle" } & Settling)
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
  | { readonly kind: "pop"; readonly limit: number };

/** A settlement of a claim. */
export interface Settling {
  readonly claim: number;
  /** Of the claim's messages, in turn. */
  readonly outcomes: readonly ("delete" | "keep" | { readonly delay: number; readonly isCounted: boolean })[];
  /** Messages that are deleted too, whichever claim holds them. */
  readonly strays: readonly number[];
}

type OtherStep =
  | ({ readonly kind: "settle twice"; readonly isEvicted: boolean } & Settling)
  | ({
      readonly kind: "claim and withdraw";
      readonly ms: number;
      readonly isEvicted: boolean;
      readonly isEmptied: boolean;
    } & Terms)
  | { readonly kind: "set delay"; readonly delay: number | null }
  | { readonly kind: "set dead letters"; readonly max: number | null }
  | { readonly kind: "set pause"; readonly isPaused: boolean }
  | { readonly kind: "advance"; readonly ms: number }
  | { readonly kind: "evict" | "crash" | "ring alarm" | "purge" | "delete queue" };

/** What only a connection can do, or what can happen to it. */
export type ConnectionStep =
  | { readonly kind: "subscribe"; readonly ttl: number }
  | ({ readonly kind: "wait"; readonly seconds: number } & Terms)
  | { readonly kind: "unsubscribe" | "close" | "end waits" | "hibernate" | "lose connections" };

export const CONNECTION_STEPS: readonly Step["kind"][] = [
  "subscribe",
  "wait",
  "unsubscribe",
  "close",
  "end waits",
  "hibernate",
  "lose connections",
];

/** Of a claim. */
export interface Terms {
  readonly ttl: number;
  readonly grace: number;
  readonly limit: number;
}

/** Steps that are made before the queue and its model are compared again. */
export interface Turn {
  /**
   * Several are requests that one connection makes without waiting for replies. A crash at the end follows the last reply, and
   * may precede pushes.
   */
  readonly steps: readonly Step[];
  /** The connection by which requests are made as frames, opened where it is not; null: over HTTP. */
  readonly over: number | null;
  /** Whether frames are MessagePack, by turns through the steps. */
  readonly isBinary: readonly boolean[];
}

/** The number of connections at a time. */
export const CONNECTIONS = 3;

const ttl = fc.constantFrom(60, 61, 90, 300, 3600);
const grace = fc.constantFrom(60, 120, 600);
const limit = fc.integer({ min: 1, max: 20 });
const message = fc.record({ ttl, delay: fc.option(fc.constantFrom(0, 10, 30, 120), { nil: null }) });
const some = fc.nat({ max: 30 });
const client = fc.nat({ max: 1 });

const terms = { ttl, grace, limit: fc.integer({ min: 1, max: 6 }) };
const kinds = <K extends string>(...names: readonly K[]): fc.Arbitrary<K> => fc.constantFrom(...names);

const settling = {
  // Mostly recent claims, because older ones are over.
  claim: fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 2 }) }, some),
  outcomes: fc.array(
    fc.oneof(
      kinds("delete", "keep"),
      fc.record({ delay: fc.constantFrom(0, 0, 1, 7, 30, 900), isCounted: fc.boolean() }),
    ),
    { minLength: 1, maxLength: 6 },
  ),
  strays: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(some, { maxLength: 2 })),
};

const REQUESTS = [
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kinds("post"),
      client,
      // One message alone shows which of several claims gets it.
      messages: fc.oneof(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        message.map((one) => [one]),
      ),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: kinds("claim"), ...terms }) },
  { weight: 2, arbitrary: fc.record({ kind: kinds("renew"), claim: some, ttl, grace }) },
  { weight: 2, arbitrary: fc.record({ kind: kinds("release", "show claim"), claim: some }) },
  { weight: 4, arbitrary: fc.record({ kind: kinds("settle"), ...settling }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: kinds("delete"),
      message: some,
      claim: fc.oneof(fc.constantFrom("none", "its", "malformed"), some),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kinds("delete many", "get many"),
      messages: fc.array(some, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kinds("list"),
      client,
      echo: fc.boolean(),
      includeClaimed: fc.boolean(),
      includeDelayed: fc.boolean(),
      marker: fc.option(some, { nil: null }),
      limit,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kinds("pop"), limit: fc.constantFrom(1, 2, 4, 20) }) },
] satisfies readonly fc.WeightedArbitrary<RequestStep>[];

const OTHERS = [
  { weight: 2, arbitrary: fc.record({ kind: kinds("settle twice"), ...settling, isEvicted: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kinds("claim and withdraw"),
      ...terms,
      ms: fc.constantFrom(0, 1, 250, 60_000, 300_000),
      isEvicted: fc.boolean(),
      isEmptied: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kinds("set delay"), delay: fc.option(fc.constantFrom(10, 30, 120), { nil: null }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kinds("set dead letters"), max: fc.option(fc.constantFrom(0, 1, 2), { nil: null }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kinds("set pause"), isPaused: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kinds("advance"),
      ms: fc.constantFrom(1, 500, 7000, 15_000, 29_999, 30_000, 60_000, 61_000, 300_000, 3_600_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kinds("evict", "crash", "ring alarm") }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds("purge", "delete queue") }) },
] satisfies readonly fc.WeightedArbitrary<OtherStep>[];

const wait = fc.record({ kind: kinds("wait"), ...terms, seconds: fc.constantFrom(1, 5, 20, 20) });

const OF_CONNECTIONS = [
  { weight: 4, arbitrary: fc.record({ kind: kinds("subscribe"), ttl: fc.constantFrom(60, 300, 7200) }) },
  { weight: 4, arbitrary: wait },
  { weight: 3, arbitrary: fc.record({ kind: kinds("close", "hibernate", "unsubscribe", "end waits") }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds("lose connections") }) },
] satisfies readonly fc.WeightedArbitrary<ConnectionStep>[];

const connection = fc.nat({ max: CONNECTIONS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(...REQUESTS, ...OTHERS);
const alone = (steps: fc.Arbitrary<Step>): fc.Arbitrary<readonly Step[]> => steps.map((each) => [each]);

/** Over HTTP alone. */
const requestTurn: fc.Arbitrary<Turn> = fc.record({
  steps: alone(step),
  over: fc.constant(null),
  isBinary: fc.constant([false]),
});

const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 3, arbitrary: requestTurn },
  {
    weight: 4,
    arbitrary: fc.record({ steps: alone(step), over: connection, isBinary: fc.tuple(fc.boolean()) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      steps: alone(fc.oneof(...OF_CONNECTIONS)),
      over: connection,
      isBinary: fc.tuple(fc.boolean()),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      steps: fc
        .tuple(fc.array(fc.oneof(...REQUESTS), { minLength: 2, maxLength: 6 }), fc.boolean())
        .map(([requests, isCrash]): readonly Step[] => (isCrash ? [...requests, { kind: "crash" }] : requests)),
      over: connection,
      isBinary: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      steps: fc.array(wait, { minLength: 2, maxLength: 3 }),
      over: connection,
      isBinary: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
    }),
  },
);

const script = (turns: fc.Arbitrary<Turn>): fc.Arbitrary<readonly Turn[]> =>
  fc.array(turns, { minLength: 1, maxLength: 100, size: "max" });

export const overHttp = script(requestTurn);
export const overBothTransports = script(turn);
