/** The figures of the present on the wire. Ours: docs/OBSERVE.md describes them. */
import type { SpreadFigures } from "../domain/spread.ts";
import type { Holding } from "../domain/claim.ts";
import { COUNTERS, type Bounds } from "../domain/figures.ts";
import { formatUtc } from "../domain/instant.ts";
import type {
  ConsumerOverview,
  CounterTotals,
  ListedPlace,
  OverviewSort,
  AskedFigures,
  PlaceOverview,
  ProjectOverview,
  ProjectTotals,
  ProjectUsage,
  SubscriptionsOverview,
} from "../domain/overview.ts";
import type { PlaceKind } from "../domain/place.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { toEpochMs, type EpochMs } from "../domain/time.ts";
import { placeHref } from "./hrefs.ts";
import { booleanParameter, integerParameter, textParameter, type Query } from "./query.ts";

const KINDS: ReadonlyMap<string, PlaceKind> = new Map([
  ["queue", "queue"],
  ["topic", "topic"],
]);

/** The names of figures in the query: those of the members, except that a rate has none of its own. */
export const SORTS: ReadonlyMap<string, OverviewSort> = new Map([
  ["name", "name"],
  ["free", "free"],
  ["total", "stored"],
  ["claimed", "claimed"],
  ["oldest", "oldest"],
  ["rate", "rate"],
  ["bytes", "bytes"],
  ["waiting_claims", "waiting"],
]);

export interface OverviewQuery {
  readonly kind: PlaceKind | null;
  readonly name: string | null;
  readonly sort: OverviewSort;
  readonly limit: number | null;
  readonly marker: string | null;
  readonly fresh: boolean;
  readonly consumers: boolean;
  readonly trend: boolean;
}

export function decodeOverview(query: Query): Result<OverviewQuery, "parameter-invalid"> {
  const kind = choiceParameter(query, "kind", KINDS);
  if (!kind.ok) return kind;
  const sort = choiceParameter(query, "sort", SORTS);
  if (!sort.ok) return sort;
  const limit = integerParameter(query, "limit");
  if (!limit.ok) return limit;
  const fresh = booleanParameter(query, "fresh");
  if (!fresh.ok) return fresh;
  const consumers = booleanParameter(query, "consumers");
  if (!consumers.ok) return consumers;
  const trend = booleanParameter(query, "trend");
  if (!trend.ok) return trend;
  return ok({
    kind: kind.value,
    name: textParameter(query, "name"),
    sort: sort.value ?? "name",
    limit: limit.value,
    marker: textParameter(query, "marker"),
    fresh: fresh.value === true,
    consumers: consumers.value === true,
    trend: trend.value === true,
  });
}

/** One of the texts; null when the parameter is absent. */
export function choiceParameter<T>(
  query: Query,
  name: string,
  choices: ReadonlyMap<string, T>,
): Result<T | null, "parameter-invalid"> {
  const got = textParameter(query, name);
  if (got === null) return ok(null);
  const choice = choices.get(got);
  if (choice !== undefined) return ok(choice);
  return err({ kind: "parameter-invalid", name, expected: `one of ${[...choices.keys()].join(", ")}`, got });
}

/** `isBare`: without hrefs, which frames do not have. */
export function encodeOverview({ at, places, totals }: ProjectOverview, isBare = false): string {
  return JSON.stringify({
    at: formatUtc(at),
    totals: toTotals(totals),
    places: places.map((place) => toListed(place, at, isBare)),
  });
}

/** As `encodeOverview`. */
export function encodePlaceFigures({ at, figures, holdings }: AskedFigures, isBare = false): string {
  const { consumers = [], ...others } = figures;
  const shown = figures.place.kind === "queue" ? { consumers: toConsumers(consumers, holdings) } : {};
  return JSON.stringify({ at: formatUtc(at), ...toPlace(others, at, isBare), ...shown });
}

export function encodeUsage(usage: ProjectUsage): string {
  return JSON.stringify(toUsage(usage));
}

export function encodeProjects(usages: readonly ProjectUsage[]): string {
  return JSON.stringify({ projects: usages.map(toUsage) });
}

function toUsage({ project, at, totals }: ProjectUsage): object {
  return { project_id: project, at: formatUtc(at), ...toTotals(totals) };
}

/** A number if it is known, otherwise its bounds. */
export type Figure = number | { readonly min: number; readonly max?: number };

/** null: not known. Bounds that are infinite are left out, and those that say nothing are not known. */
export function toFigure(bounds: Bounds | null): Figure | null {
  if (bounds === null) return null;
  const { min, max } = bounds;
  if (min === max) return min;
  if (max < Infinity) return { min, max };
  return min === 0 ? null : { min };
}

function toInstant(bounds: Bounds): string | { readonly min: string; readonly max?: string } {
  const { min, max } = bounds;
  if (min === max) return formatUtc(toEpochMs(min));
  return { min: formatUtc(toEpochMs(min)), ...(max === Infinity ? {} : { max: formatUtc(toEpochMs(max)) }) };
}

/** The age in whole seconds of what began between two instants. */
export function toAge({ min, max }: Bounds, at: EpochMs): Bounds {
  const age = (instant: number): number => Math.max(0, Math.floor((at - instant) / 1000));
  return { min: age(max), max: age(min) };
}

type Messages = Readonly<Record<"stored" | "free" | "claimed" | "delayed", Bounds | null>>;

function toMessages({ stored, free, claimed, delayed }: Messages): object {
  return { total: toFigure(stored), free: toFigure(free), claimed: toFigure(claimed), delayed: toFigure(delayed) };
}

function toTotals({ places, unknown, unconfirmed, bytes, waiting, counters, ...messages }: ProjectTotals): object {
  return {
    places,
    unknown,
    unconfirmed,
    messages: toMessages(messages),
    waiting_claims: toFigure(waiting),
    bytes: toFigure(bytes),
    counters: toCounters(counters),
  };
}

function toListed({ deadLetterQueue, ...place }: ListedPlace, at: EpochMs, isBare: boolean): object {
  return { ...toPlace(place, at, isBare), dead_letter_queue: deadLetterQueue };
}

function toPlace(overview: PlaceOverview, at: EpochMs, isBare: boolean): object {
  const {
    place,
    asOf,
    certainty,
    oldestAt,
    firstExpiryAt,
    bytes,
    waiting,
    isPaused,
    consumers,
    trend,
    load = null,
  } = overview;
  const paused = isPaused && (["claims", "notifications"] as const).filter((what) => isPaused[what]);
  return {
    kind: place.kind,
    name: place.name,
    ...(isBare ? {} : { href: placeHref(place) }),
    as_of: asOf === null ? null : formatUtc(asOf),
    certainty,
    messages: {
      ...toMessages(overview),
      oldest: oldestAt && { age: toFigure(toAge(oldestAt, at)), created: toInstant(oldestAt) },
      first_expiry: firstExpiryAt && toInstant(firstExpiryAt),
    },
    waiting_claims: toFigure(waiting),
    bytes,
    paused,
    rates: overview.rates && toNames(overview.rates),
    counters: overview.counters && toCounters(overview.counters),
    subscriptions: overview.subscriptions && toSubscriptions(overview.subscriptions),
    ...(overview.spread === undefined ? {} : { spread: toSpread(overview.spread) }),
    ...(load === null || overview.spread !== undefined ? {} : { load: toShare(load) }),
    ...(consumers === undefined ? {} : { consumers: consumers.map(toConsumer) }),
    ...(trend === undefined ? {} : { trend: trend.map(toFigure) }),
  };
}

function toSpread({ phase, objects, load, changedAt }: SpreadFigures): object {
  return { phase, objects, load: load === null ? null : toShare(load), changed: formatUtc(changedAt) };
}

function toShare(load: number): number {
  return Math.round(100 * load) / 100;
}

function toCounters({ since, isExact, values }: CounterTotals): object {
  return { since: formatUtc(since), exact: isExact, ...toNames(values) };
}

/** The names of counters on the wire. */
export const COUNTER_NAMES = COUNTERS.map((counter) => [counter, toSnakeCase(counter)] as const);

function toNames(values: Readonly<Record<(typeof COUNTERS)[number], number>>): object {
  return Object.fromEntries(COUNTER_NAMES.map(([counter, name]) => [name, values[counter]]));
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toSubscriptions({ count, pending, counters, failing }: SubscriptionsOverview): object {
  const { delivered, failed, givenUp } = counters.values;
  return {
    count,
    pending: toFigure(pending),
    attempts: { since: formatUtc(counters.since), exact: counters.isExact, delivered, failed },
    given_up: givenUp,
    failing: failing.map(({ subscription: id, pending: waiting, kept, failsSince }) => ({
      id,
      pending: waiting,
      failed: kept,
      since: failsSince && formatUtc(failsSince),
    })),
  };
}

/** Those that have asked lately, and those that hold claims, which may be the same. */
function toConsumers(consumers: readonly ConsumerOverview[], holdings: readonly Holding[]): readonly object[] {
  const held = new Map(holdings.map((holding) => [holding.client, holding]));
  const asking = consumers.map((consumer) => {
    const { claims = 0, messages = 0 } = held.get(consumer.client) ?? {};
    held.delete(consumer.client);
    return { ...toConsumer(consumer), claims, held: messages };
  });
  const silent = [...held.values()].map(({ client, claims, messages }) => {
    return {
      client_id: client,
      last_asked: null,
      claimed_per_minute: null,
      deleted_per_minute: null,
      claims,
      held: messages,
    };
  });
  return [...asking, ...silent];
}

function toConsumer({ client, lastAskedAt, claimedPerMinute, deletedPerMinute }: ConsumerOverview): object {
  return {
    client_id: client,
    last_asked: formatUtc(lastAskedAt),
    claimed_per_minute: claimedPerMinute,
    deleted_per_minute: deletedPerMinute,
  };
}
