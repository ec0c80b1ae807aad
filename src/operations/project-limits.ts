/**
 * What a project may hold and ask for, known on this side of the hop: its quotas, looked up once a minute and beside the
 * requests, the bucket that its requests take tokens from, and how many of them wait. One per Worker; in the cloud each
 * Worker counts for itself.
 */
import type { ProjectId } from "../domain/id.ts";
import { UNLIMITED, type QuotaOverrides, type Quotas } from "../domain/quota.ts";
import { SingleFlightCache, type CacheDeps, type CachedAnswer } from "../mechanisms/single-flight-cache.ts";
import { TokenBucket } from "../mechanisms/token-bucket.ts";
import { after, toSeconds, type EpochMs } from "../domain/time.ts";

/** How long a look at a project's quotas is good for: a change holds everywhere within it. */
const LOOK_TTL = toSeconds(60);
/** How many projects are known at one time. */
const CAPACITY = 10_000;
/** Seconds that a project without any requests to spend is told to wait. */
const SUSPENDED_RETRY = 60;

export class ProjectLimits {
  private readonly defaults: Quotas;
  private readonly quotas = new SingleFlightCache<Quotas>(CAPACITY);
  /** Of projects whose requests are limited. */
  private readonly buckets = new Map<ProjectId, TokenBucket>();
  /** How many requests wait, of projects that have any. */
  private readonly waiting = new Map<ProjectId, number>();

  /** `defaults`: of a project for which no operator has said anything else. */
  constructor(defaults: Quotas) {
    this.defaults = defaults;
  }

  /** The quotas of a project, about a minute old. Never fails: what cannot be looked up is as it was, or the default. */
  quotasOf(project: ProjectId, look: () => Promise<QuotaOverrides>, asker: CacheDeps): Promise<Quotas> {
    const ask = async (): Promise<CachedAnswer<Quotas>> => {
      return { value: { ...this.defaults, ...(await look()) }, until: after(asker.now(), LOOK_TTL) };
    };
    return this.quotas.getRecent(project, ask, asker).catch(() => this.defaults);
  }

  /** Takes a request's token. Returns 0, or the whole seconds to wait. */
  take(project: ProjectId, { requests_per_second: rate }: Quotas, now: EpochMs): number {
    if (rate === UNLIMITED) return 0;
    if (rate === 0) return SUSPENDED_RETRY;
    return this.bucketOf(project, rate, now).take(rate, now);
  }

  /** Runs what waits, unless `max` of the project's requests wait already: then null, at once. */
  async wait<T>(project: ProjectId, max: number, work: () => Promise<T>): Promise<T | null> {
    const others = this.waiting.get(project) ?? 0;
    if (max !== UNLIMITED && others >= max) return null;
    this.waiting.set(project, others + 1);
    try {
      return await work();
    } finally {
      this.leave(project);
    }
  }

  private leave(project: ProjectId): void {
    const left = (this.waiting.get(project) ?? 0) - 1;
    if (left > 0) this.waiting.set(project, left);
    else this.waiting.delete(project);
  }

  private bucketOf(project: ProjectId, rate: number, now: EpochMs): TokenBucket {
    let bucket = this.buckets.get(project);
    if (bucket !== undefined) return bucket;
    for (const oldest of this.buckets.keys()) {
      if (this.buckets.size < CAPACITY) break;
      this.buckets.delete(oldest);
    }
    bucket = new TokenBucket(rate, now);
    this.buckets.set(project, bucket);
    return bucket;
  }
}
