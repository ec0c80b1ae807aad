/** The operations that show the figures of the present: of all queues and topics, of one, and of a project. Ours. */
import type { ProjectId } from "../domain/id.ts";
import {
  unheardPlace,
  type ListedPlace,
  type MeterOverview,
  type OverviewSort,
  type PlaceOverview,
  type ProjectOverview,
  type ProjectTotals,
} from "../domain/overview.ts";
import type { PlaceKind } from "../domain/place.ts";
import type { PlaceIndex } from "../domain/place-index.ts";
import type { EpochMs } from "../domain/time.ts";
import { placeNotFound } from "../domain/failure.ts";
import { Refusal } from "../domain/refusal.ts";
import type { PlaceContext, ProjectContext, ServiceContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";
import { limitOf } from "./page.ts";

export interface OverviewInput {
  /** null: both. */
  readonly kind: PlaceKind | null;
  /** A part of the name; null: any. */
  readonly name: string | null;
  readonly sort: OverviewSort;
  readonly limit: number | null;
  /** Whether all objects of the page are asked. */
  readonly fresh: boolean;
  readonly consumers: boolean;
}

const PLACES_DEFAULT = 100;
const PLACES_MAX = 1000;

/** The most objects that one request may ask. Each is a call, and wakes an object. */
const FRESH_MAX = 100;

/** All queues and topics that the caller may see, with their figures. It asks only objects about which something was lost. */
export const getOverview: Operation<ProjectContext, OverviewInput, ProjectOverview> = {
  name: "overview_get",
  policy: "overview:get",
  whatFailed: "The overview could not be read.",
  isIdempotent: always,
  async run(context, { kind, name, sort, limit: asked, fresh, consumers }) {
    const limit = limitOf({ limit: asked, marker: null }, fresh ? FRESH_MAX : PLACES_MAX, PLACES_DEFAULT);
    const scope = { kind, name, prefix: context.principal.queuePrefix };
    const flags = { ...(fresh ? { fresh } : {}), ...(consumers ? { consumers } : {}) };
    const [index, overview] = await Promise.all([
      context.stub().index(scope),
      context.meter().overview({ ...scope, sort, limit, asks: true, ...flags }),
    ]);
    return joined(index, overview, { sort, limit });
  },
};

/**
 * The index decides which queues and topics there are, and the meter what is known of them. The meter may still have one that was
 * deleted a moment ago, and may not have heard of one that nobody has used since the figures began.
 */
function joined(
  { places: indexed, isWhole }: PlaceIndex,
  { at, places, matched, totals }: MeterOverview,
  { sort, limit }: { readonly sort: OverviewSort; readonly limit: number },
): ProjectOverview {
  const left = new Map(indexed.map((each) => [keyOf(each), each]));
  const shown: ListedPlace[] = [];
  for (const overview of places) {
    const entry = left.get(keyOf(overview));
    left.delete(keyOf(overview));
    if (entry !== undefined) shown.push({ ...overview, deadLetterQueue: entry.deadLetterQueue });
    else if (!isWhole) shown.push({ ...overview, deadLetterQueue: null });
  }
  const hasAll = places.length >= matched;
  const last = places.at(-1)?.place.name ?? "";
  for (const { place, deadLetterQueue } of left.values()) {
    // The meter may have heard of what it has not answered with. Of names before its last one it has answered with all.
    if (hasAll || (sort === "name" && place.name < last)) shown.push({ ...unheardPlace(place), deadLetterQueue });
  }
  if (sort === "name") shown.sort((a, b) => (a.place.name < b.place.name ? -1 : 1));
  const unknown = hasAll ? left.size : Math.max(0, indexed.length - matched);
  return { at, places: shown.slice(0, limit), totals: { ...totals, places: indexed.length, unknown } };
}

function keyOf({ place }: Pick<PlaceOverview, "place">): string {
  return `${place.kind}/${place.name}`;
}

/** One queue or topic, whose object is asked. */
export const getQueueFigures: Operation<PlaceContext, void, { readonly at: EpochMs; readonly figures: PlaceOverview }> =
  {
    name: "queue_get_figures",
    policy: "queues:stats",
    whatFailed: "The figures of the queue could not be read.",
    isIdempotent: always,
    async run({ meter, place, project }) {
      const request = { kind: place.kind, prefix: "", name: null, sort: "name", limit: 1, asks: true, place } as const;
      const { at, places } = await meter().overview({ ...request, fresh: true, consumers: true });
      const [figures] = places;
      if (figures === undefined) throw new Refusal(placeNotFound(project, place));
      return { at, figures };
    },
  };

export interface Usage {
  readonly project: ProjectId;
  readonly at: EpochMs;
  readonly totals: ProjectTotals;
}

/** What a project has stored and done, for a chargeback. */
export const getUsage: Operation<ServiceContext, { readonly project: ProjectId | null }, Usage> = {
  name: "usage_get",
  policy: "usage:get",
  whatFailed: "The usage could not be read.",
  isIdempotent: always,
  async run(context, { project: asked }) {
    const { project, stub, meter } = context.forProject(asked);
    const prefix = context.principal.queuePrefix;
    const [places, { at, matched, totals }] = await Promise.all([
      stub().count({ prefix }),
      meter().overview({ kind: null, prefix, name: null, sort: "name", limit: 1, asks: false }),
    ]);
    return { project, at, totals: { ...totals, places, unknown: Math.max(0, places - matched) } };
  },
};
