/** The operations that show the figures of the present: of all queues and topics, of one, and of a project. Ours. */
import type { Bounds } from "../domain/figures.ts";
import { isProjectId, type ProjectId } from "../domain/id.ts";
import {
  OVERVIEW_MAX,
  unheardPlace,
  type ListedPlace,
  type MeterOverview,
  type OverviewSort,
  type AskedFigures,
  type PlaceOverview,
  type ProjectOverview,
  type ProjectTotals,
  type ProjectUsage,
  type Totals,
} from "../domain/overview.ts";
import type { Place, PlaceKind } from "../domain/place.ts";
import type { PlaceIndex } from "../domain/place-index.ts";
import { placeNotFound } from "../domain/failure.ts";
import { Refusal } from "../domain/refusal.ts";
import { mapConcurrently } from "../mechanisms/map-concurrently.ts";
import type { OverviewRequest } from "../objects/rpc/meter.ts";
import { logFault } from "../telemetry/event.ts";
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
  /** The name after which the answer begins; null: it begins at the first. */
  readonly marker: string | null;
  /** Whether all objects of the page are asked. */
  readonly fresh: boolean;
  readonly consumers: boolean;
  readonly trend: boolean;
}

const MARKER_ALONE = "A `marker` needs a `kind`, and the order by name.";
const PLACES_DEFAULT = 100;

/** The most objects that one request may ask. Each is a call, and wakes an object. */
const FRESH_MAX = 100;

/** All queues and topics that the caller may see, with their figures. It asks only objects about which something was lost. */
export const getOverview: Operation<ProjectContext, OverviewInput, ProjectOverview> = {
  name: "overview_get",
  policy: "overview:get",
  whatFailed: "The overview could not be read.",
  isIdempotent: always,
  async run(context, { kind, name, sort, limit: asked, marker, ...wanted }) {
    // A queue and a topic may have the same name.
    if (marker !== null && (kind === null || sort !== "name")) throw refusal(MARKER_ALONE);
    const { fresh, consumers, trend } = wanted;
    const limit = limitOf({ limit: asked, marker: null }, fresh ? FRESH_MAX : OVERVIEW_MAX, PLACES_DEFAULT);
    const scope = { kind, name, prefix: context.principal.queuePrefix };
    const flags = {
      ...(marker === null ? {} : { marker }),
      ...(fresh ? { fresh } : {}),
      ...(consumers ? { consumers } : {}),
      ...(trend ? { trend } : {}),
    };
    const [index, overview] = await Promise.all([
      context.stub().index(scope),
      context.meter().overview({ ...scope, sort, limit, asks: true, ...flags }),
    ]);
    const shown = joined(index, overview, { sort, limit, marker: marker ?? "" });
    return fresh ? { ...shown, places: await heard(context, shown.places) } : shown;
  },
};

/**
 * The index decides which queues and topics there are, and the meter what is known of them. The meter may still have one that was
 * deleted a moment ago, and may not have heard of one that nobody has used since the figures began.
 */
function joined(
  { places: indexed, isWhole }: PlaceIndex,
  { at, places, matched, totals }: MeterOverview,
  { sort, limit, marker }: { readonly sort: OverviewSort; readonly limit: number; readonly marker: string },
): ProjectOverview {
  const left = new Map(indexed.filter(({ place }) => place.name > marker).map((each) => [keyOf(each), each]));
  const shown: ListedPlace[] = [];
  for (const overview of places) {
    const entry = left.get(keyOf(overview));
    left.delete(keyOf(overview));
    if (entry !== undefined) shown.push({ ...overview, deadLetterQueue: entry.deadLetterQueue });
    else if (!isWhole) shown.push({ ...overview, deadLetterQueue: null });
  }
  const hasAll = places.length >= matched || (sort === "name" && places.length < limit);
  const last = places.at(-1)?.place.name ?? "";
  for (const { place, deadLetterQueue } of left.values()) {
    // The meter may have heard of what it has not answered with. Of names before its last one it has answered with all.
    if (hasAll || (sort === "name" && place.name < last)) shown.push({ ...unheardPlace(place), deadLetterQueue });
  }
  if (sort === "name") shown.sort((a, b) => (a.place.name < b.place.name ? -1 : 1));
  const unknown = hasAll && marker === "" ? left.size : Math.max(0, indexed.length - matched);
  return { at, places: shown.slice(0, limit), totals: projectTotals(totals, { places: indexed.length, unknown }) };
}

/** The sums of the meter, and what is not known because of those of which it has never heard. */
function projectTotals(totals: Totals, count: Pick<ProjectTotals, "places" | "unknown">): ProjectTotals {
  const { stored, free, claimed, delayed, waiting, bytes, counters, unconfirmed = 0 } = totals;
  const isKnown = count.unknown === 0;
  const open = ({ min, max }: Bounds): Bounds => ({ min, max: isKnown ? max : Infinity });
  return {
    ...count,
    unconfirmed,
    stored: open(stored),
    free: open(free),
    claimed: open(claimed),
    delayed: open(delayed),
    waiting: open(waiting),
    bytes: open({ min: bytes, max: unconfirmed === 0 ? bytes : Infinity }),
    counters: { ...counters, isExact: counters.isExact && isKnown },
  };
}

/** Calls in progress for one list: in the cloud a request may have six connections. */
const CONCURRENCY = 6;

/** Asks for those that the meter has never heard of, which therefore were not on its page. */
function heard({ meter }: ProjectContext, places: readonly ListedPlace[]): Promise<readonly ListedPlace[]> {
  return mapConcurrently(places, CONCURRENCY, async (listed) => {
    if (listed.certainty !== "unknown") return listed;
    const [figures] = (await meter().overview(ofOne(listed.place))).places;
    return { ...listed, ...figures };
  });
}

/** The request for one queue or topic, which is asked. */
function ofOne(place: Place): OverviewRequest {
  return { kind: place.kind, prefix: "", name: null, sort: "name", limit: 1, asks: true, fresh: true, place };
}

function keyOf({ place }: Pick<PlaceOverview, "place">): string {
  return `${place.kind}/${place.name}`;
}

/** One queue or topic, whose object is asked. */
export const getQueueFigures: Operation<PlaceContext, void, AskedFigures> = {
  name: "queue_get_figures",
  policy: "queues:stats",
  whatFailed: "The figures of the queue could not be read.",
  isIdempotent: always,
  async run({ meter, place, project, stub }) {
    const [{ at, places }, holdings] = await Promise.all([
      meter().overview({ ...ofOne(place), consumers: true }),
      place.kind === "queue" ? stub().consumers() : [],
    ]);
    const [figures = unheardPlace(place)] = places;
    // One that nobody has used since the figures began.
    if (figures.certainty === "unknown" && !(await stub().stats()).exists) {
      throw new Refusal(placeNotFound(project, place));
    }
    return { at, figures, holdings };
  },
};

/** What a project has stored and done, for a chargeback. */
export const getUsage: Operation<ServiceContext, { readonly project: ProjectId | null }, ProjectUsage> = {
  name: "usage_get",
  policy: "usage:get",
  whatFailed: "The usage could not be read.",
  isIdempotent: always,
  run: (context, { project }) => usageOf(context.forProject(project), { asks: true }),
};

/** `asks`: asks the objects about which something was lost. */
async function usageOf(
  { project, principal, stub, meter }: ProjectContext,
  { asks }: Pick<OverviewRequest, "asks">,
): Promise<ProjectUsage> {
  const { queuePrefix: prefix } = principal;
  const [places, { at, matched, totals }] = await Promise.all([
    stub().count({ prefix }),
    meter().overview({ kind: null, prefix, name: null, sort: "name", limit: 1, asks }),
  ]);
  return { project, at, totals: projectTotals(totals, { places, unknown: Math.max(0, places - matched) }) };
}

const PROJECTS_DEFAULT = 20;
const PROJECTS_MAX = 100;

/** The usage of the projects that had news last. One that cannot be read at the moment is left out, and logged. */
export const listProjects: Operation<ServiceContext, { readonly limit: number | null }, readonly ProjectUsage[]> = {
  name: "project_list",
  policy: "projects:get_all",
  whatFailed: "Projects could not be listed.",
  isIdempotent: always,
  async run(context, { limit: asked }) {
    const limit = limitOf({ limit: asked, marker: null }, PROJECTS_MAX, PROJECTS_DEFAULT);
    const active = await context.activeProjects().activeProjects({ limit });
    // The queues that health checks use are in a project of their own.
    const projects = active.filter(isProjectId);
    const read = async (project: ProjectId): Promise<readonly ProjectUsage[]> => {
      try {
        return [await usageOf(context.forProject(project), { asks: false })];
      } catch (error) {
        if (error instanceof Refusal) throw error;
        logFault(context.event, error);
        return [];
      }
    };
    return (await mapConcurrently(projects, CONCURRENCY, read)).flat();
  },
};

function refusal(reason: string): Refusal {
  return new Refusal({ kind: "request-invalid", reason });
}
