/**
 * ProjectObject: one project's sorted indexes of queues and topics, its API keys, its quotas, and the placements of its queues in
 * pools. The indexes only list queues; each queue's own object decides whether it exists.
 */
import { DurableObject } from "cloudflare:workers";
import { KEYS_MAX, type KeyGrant, type KeyRecord } from "../../domain/api-key.ts";
import { toProjectId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Place, PlaceKind } from "../../domain/place.ts";
import { INDEX_MAX, type IndexedPlace, type IndexRequest, type PlaceIndex } from "../../domain/place-index.ts";
import type { Placement, SettledPlacement } from "../../domain/placement.ts";
import { UNLIMITED, type QuotaOverrides } from "../../domain/quota.ts";
import { HOME, type Region } from "../../domain/region.ts";
import { Reservations } from "../../mechanisms/reservations.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { UpperBound } from "../../mechanisms/upper-bound.ts";
import { Catalog } from "../../storage/project/catalog.ts";
import { Keys } from "../../storage/project/keys.ts";
import { Placements } from "../../storage/project/placements.ts";
import { readQuotas, writeQuotas } from "../../storage/project/quotas.ts";
import { PROJECT_MIGRATIONS } from "../../storage/project/schema.ts";
import { ObjectStore } from "../object-store.ts";
import type { LeaveRequest, NewKeyRequest, ProjectRpc, QueueListRequest } from "../rpc/project.ts";
import type { QueuePage } from "../../domain/queue-view.ts";

export class ProjectObject extends DurableObject implements ProjectRpc {
  private readonly store: ObjectStore;
  private readonly catalogs: Readonly<Record<PlaceKind, Catalog>>;
  private readonly apiKeys: Keys;
  private readonly placements: Placements;
  private readonly placeCount = new UpperBound();
  /** Room under the quota for queues and topics that are being created. */
  private readonly reservations = new Reservations();

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    const project = toProjectId(ctx.id.name ?? "");
    this.store = new ObjectStore({ ctx, migrations: PROJECT_MIGRATIONS, kind: "project", project, place: null });
    const { sql } = this.store;
    this.catalogs = { queue: new Catalog(sql, "queue"), topic: new Catalog(sql, "topic") };
    this.apiKeys = new Keys(sql);
    this.placements = new Placements(sql);
    this.store.open();
  }

  async list(request: QueueListRequest): Promise<QueuePage> {
    if (!this.store.hasTables) return { entries: [], count: request.withCount ? 0 : null };
    const catalog = this.catalogs[request.kind];
    return {
      entries: await inSteps(catalog.list(request.marker ?? "", request.limit, request)),
      count: request.withCount ? catalog.count(request.prefix) : null,
    };
  }

  async index({ kind, prefix, name }: IndexRequest): Promise<PlaceIndex> {
    const places: IndexedPlace[] = [];
    let isWhole = true;
    for (const each of ["queue", "topic"] as const) {
      if (!this.store.hasTables || (kind !== null && kind !== each)) continue;
      const entries = await inSteps(this.catalogs[each].index({ prefix, name }, INDEX_MAX + 1));
      isWhole &&= entries.length <= INDEX_MAX;
      places.push(...entries.slice(0, INDEX_MAX));
    }
    places.sort((a, b) => (a.place.name < b.place.name ? -1 : 1));
    return { places, isWhole };
  }

  async enter({ place, metadata }: { readonly place: Place; readonly metadata: JsonText }): Promise<void> {
    this.store.write(() => this.catalogs[place.kind].put({ name: place.name, metadata }));
    this.placeCount.add(1);
    this.reservations.release(nameOf(place));
  }

  async has({ place, region }: { readonly place: Place; readonly region?: Region }): Promise<boolean> {
    if (!this.store.hasTables || !this.catalogs[place.kind].has(place.name)) return false;
    return region === undefined || (this.placements.find(place)?.region ?? HOME) === region;
  }

  async leave({ place, region, isMoving = false }: LeaveRequest): Promise<void> {
    if (!this.store.hasTables) return;
    const present = this.placements.find(place)?.region;
    if (region !== undefined && present !== undefined && present !== region) return;
    this.catalogs[place.kind].remove(place.name);
    if (isMoving) this.reservations.reserve(nameOf(place), this.store.clock.now());
  }

  async count({ prefix }: { readonly prefix: string }): Promise<number> {
    return this.countPlaces(prefix);
  }

  async admitsQueue({ limit, place }: { readonly limit: number; readonly place?: Place }): Promise<boolean> {
    if (limit === UNLIMITED) return true;
    const now = this.store.clock.now();
    const name = place === undefined ? null : nameOf(place);
    const more = this.reservations.countOthers(name, now) + 1;
    if (!this.placeCount.admits(more, limit, () => this.countPlaces(""))) return false;
    if (name !== null) this.reservations.reserve(name, now);
    return true;
  }

  async releaseQueue({ place }: { readonly place: Place }): Promise<void> {
    this.reservations.release(nameOf(place));
  }

  async placement({ place }: { readonly place: Place }): Promise<SettledPlacement | null> {
    if (!this.store.hasTables) return null;
    return this.placements.find(place) ?? this.unplaced(place);
  }

  async settle({ place, ...placement }: Placement & { readonly place: Place }): Promise<SettledPlacement> {
    return this.store.write(() => {
      const unplaced = this.placements.find(place) === null ? this.unplaced(place) : null;
      // A queue that is older than the pools is in the home region, whatever was chosen.
      if (unplaced !== null && placement.region !== HOME) return unplaced;
      return this.placements.settle(place, unplaced ?? placement);
    });
  }

  async assign({ place, region, pool }: Placement & { readonly place: Place }): Promise<void> {
    this.store.write(() => {
      // A queue that was deleted meanwhile has none, and the next one of its name may be elsewhere.
      const present = this.placements.find(place) ?? this.unplaced(place);
      if (present?.region === region) this.placements.put(place, { ...present, pool });
    });
  }

  async vacate({ place, token, next }: Parameters<ProjectRpc["vacate"]>[0]): Promise<void> {
    if (!this.store.hasTables) return;
    this.store.write(() => {
      if (this.placements.find(place)?.token !== token) return;
      this.placements.remove(place, token);
      if (next !== undefined) this.placements.settle(place, next);
    });
  }

  async quotas(): Promise<QuotaOverrides> {
    return this.store.hasTables ? readQuotas(this.store.sql) : {};
  }

  async setQuotas({ overrides }: { readonly overrides: QuotaOverrides }): Promise<void> {
    this.store.write(() => writeQuotas(this.store.sql, overrides));
  }

  async useKey({ id, digest }: { readonly id: string; readonly digest: string }): Promise<KeyGrant | null> {
    return this.store.hasTables ? this.apiKeys.use(id, digest, this.store.clock.now()) : null;
  }

  async key({ id }: { readonly id: string }): Promise<KeyRecord | null> {
    return this.store.hasTables ? this.apiKeys.get(id) : null;
  }

  async keys({ marker, limit }: { readonly marker: string; readonly limit: number }): Promise<readonly KeyRecord[]> {
    return this.store.hasTables ? this.apiKeys.list(marker, limit) : [];
  }

  async createKey(request: NewKeyRequest): Promise<Result<KeyRecord, "request-invalid">> {
    return this.store.write((): Result<KeyRecord, "request-invalid"> => {
      if (this.apiKeys.count() >= KEYS_MAX) {
        return err({ kind: "request-invalid", reason: `The project has ${KEYS_MAX} API keys already; revoke some.` });
      }
      const { digest, ...described } = request;
      const key = { ...described, createdAt: this.store.clock.now() };
      this.apiKeys.insert({ ...key, digest });
      return ok({ ...key, usedAt: null });
    });
  }

  async revokeKey({ id }: { readonly id: string }): Promise<boolean> {
    if (!this.store.hasTables || this.apiKeys.get(id) === null) return false;
    this.apiKeys.remove(id);
    return true;
  }

  /** The placement of a queue or topic that is listed without one, because it is older than the pools. */
  private unplaced({ kind, name }: Place): SettledPlacement | null {
    return this.catalogs[kind].has(name) ? { region: HOME, pool: null, token: "" } : null;
  }

  private countPlaces(prefix: string): number {
    return this.store.hasTables ? this.catalogs.queue.count(prefix) + this.catalogs.topic.count(prefix) : 0;
  }
}

function nameOf({ kind, name }: Place): string {
  return `${kind}/${name}`;
}

/** Runs the work, and lets other requests run at each `yield`. */
async function inSteps<T>(work: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    await scheduler.wait(0);
  }
}
