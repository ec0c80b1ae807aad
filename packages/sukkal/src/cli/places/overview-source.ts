/** Where the overview comes from: one request, or, of services without it, the list of queues with their statistics. */
import { unlessMissing } from "../../error.ts";
import type { Overview, PlaceFigures } from "../../figures.ts";
import type { PlaceDetails } from "../../place-details.ts";
import type { Sukkal } from "../../sukkal.ts";
import type { Session } from "../command.ts";
import { QUEUES } from "../place.ts";
import { pausesOf } from "./figures.ts";
import { openListing, type Listing, type Selection } from "./listing.ts";

/** The most that one request may ask, and show. */
const FRESH_MAX = 100;
const PLACES_MAX = 5000;

export interface Reading {
  readonly places: readonly PlaceFigures[];
  /** The number of queues that exist. */
  readonly total: number;
}

type Sort = "name" | "free" | "oldest" | "total" | "claimed" | "rate" | "bytes" | "waiting_claims";

export interface Question {
  /** Which ones are asked first. */
  readonly sort: Sort;
  /** Whether the queues are asked: at most the first 100. */
  readonly fresh: boolean;
}

export class OverviewSource {
  private readonly session: Pick<Session, "sukkal" | "signal">;
  private hasOverview = true;
  private listing: ((selection: Selection) => Listing) | null = null;

  constructor(session: Pick<Session, "sukkal" | "signal">) {
    this.session = session;
  }

  async read({ sort, fresh }: Question): Promise<Reading> {
    const client = await this.session.sukkal();
    const known = this.hasOverview ? await this.ask(client, { sort, fresh }) : null;
    if (known === null) {
      this.hasOverview = false;
      const places = await this.readAll();
      return { places, total: places.length };
    }
    // Nobody has used them since the service has figures. It knows them once they have been read.
    const hasUnknown = known.places.some(({ certainty }) => certainty === "unknown");
    if (!hasUnknown) return known;
    const read = new Map((await this.readAll()).map((place) => [place.name, place]));
    const places = known.places.map((place) =>
      place.certainty === "unknown" ? (read.get(place.name) ?? place) : place,
    );
    return { ...known, places };
  }

  /** null: the service has no overview. */
  private async ask(client: Sukkal, { sort, fresh }: Question): Promise<Reading | null> {
    const { signal } = this.session;
    const asked = new Map<string, PlaceFigures>();
    if (fresh) {
      const first = await unlessMissing(client.overview({ kind: "queue", sort, limit: FRESH_MAX, fresh, signal }));
      if (!isOverview(first)) return null;
      const { places, totals } = first;
      if (places.length >= totals.places) return { places, total: totals.places };
      for (const place of places) asked.set(place.name, place);
    }
    // All of them: names are selected, and dead letters counted, only here.
    const all: PlaceFigures[] = [];
    for (;;) {
      const marker = all.at(-1)?.name;
      const page = await unlessMissing(client.overview({ kind: "queue", limit: PLACES_MAX, marker, signal }));
      if (!isOverview(page)) return null;
      // A service that does not know markers begins again.
      const known = new Set(all.map(({ name }) => name));
      const further = page.places.filter(({ name }) => !known.has(name));
      all.push(...further.map((place) => asked.get(place.name) ?? place));
      const total = page.totals.places;
      if (all.length >= total || further.length === 0) return { places: all, total };
    }
  }

  /** Wakes each queue. */
  private async readAll(): Promise<readonly PlaceFigures[]> {
    this.listing ??= await openListing(this.session, QUEUES);
    const places: PlaceFigures[] = [];
    for await (const details of this.listing({ details: true })) places.push(toFigures(details));
    return places;
  }
}

/** Another server may answer anything. */
export function isOverview(answer: Overview | null): answer is Overview {
  return Array.isArray(answer?.places);
}

/** What the statistics say. They count delayed messages as free. */
export function toFigures({ name, metadata, stats }: PlaceDetails): PlaceFigures {
  const { _dead_letter_queue: target = null } = metadata;
  const { total = null, free = null, claimed = null, oldest = null } = stats ?? {};
  return {
    kind: "queue",
    name,
    href: `/v2/queues/${encodeURIComponent(name)}`,
    as_of: stats === null ? null : new Date().toISOString(),
    certainty: stats === null ? "unknown" : "current",
    messages: {
      total,
      free,
      claimed,
      delayed: null,
      oldest: oldest && { age: oldest.age, created: oldest.created.toISOString() },
      first_expiry: null,
    },
    waiting_claims: null,
    bytes: null,
    paused: pausesOf(metadata),
    rates: null,
    counters: null,
    subscriptions: null,
    dead_letter_queue: target,
  };
}
