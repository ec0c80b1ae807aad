/**
 * The limits of projects on the Worker's side of the hop: quotas, looked up once a minute in the background; the token bucket of
 * each project's requests; and the number of its requests that wait. One per Worker: in the cloud each Worker counts for itself.
 */
import type { ProjectId } from "../domain/id.ts";
import { UNLIMITED, type QuotaOverrides, type Quotas } from "../domain/quota.ts";
import { SingleFlightCache, type CacheDeps, type CachedAnswer } from "../mechanisms/single-flight-cache.ts";
import { TokenBucket } from "../mechanisms/token-bucket.ts";
import { after, toSeconds, type EpochMs } from "../domain/time.ts";

/** For how long quotas are remembered: a change holds everywhere within this time. */
const LOOK_TTL = toSeconds(60);
/** The number of projects that are remembered. */
const CAPACITY = 10_000;
/** Seconds, as Retry-After, for a project whose quota is no requests at all. */
const SUSPENDED_RETRY = 60;

export class ProjectLimits {
  private readonly defaults: Quotas;
  private readonly quotas = new SingleFlightCache<Quotas>(CAPACITY);
  /** The token buckets of projects whose requests are limited. */
  private readonly buckets = new Map<ProjectId, TokenBucket>();
  /** The number of waiting requests by project. */
  private readonly waiting = new Map<ProjectId, number>();

  /** `defaults`: the quotas of a project for which no operator has set others. */
  constructor(defaults: Quotas) {
    this.defaults = defaults;
  }

  /** The quotas of a project, a minute old at most. Never fails: without an answer the former ones hold, or the defaults. */
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

  /** Runs `work`, or returns null at once if `max` requests of the project wait already. */
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
