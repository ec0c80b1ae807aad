/**
 * The limits of projects that a Worker enforces: the quotas, which are fetched once a minute in the background, the request rate,
 * and the number of waiting requests. On Cloudflare each Worker counts only its own requests.
 */
import type { ProjectId } from "../domain/id.ts";
import { UNLIMITED, type QuotaOverrides, type Quotas } from "../domain/quota.ts";
import { setBounded } from "../mechanisms/bounded-map.ts";
import { SingleFlightCache, type CacheDeps, type CachedAnswer } from "../mechanisms/single-flight-cache.ts";
import { TokenBucket } from "../mechanisms/token-bucket.ts";
import { after, toSeconds, type EpochMs } from "../domain/time.ts";

/** How long quotas are cached: a change is in effect everywhere within this time. */
const QUOTAS_TTL = toSeconds(60);
/** The number of projects whose quotas and token buckets are kept in memory. */
const PROJECTS_MAX = 10_000;
/** Retry-After for a project with a quota of 0 requests per second, in seconds. */
const SUSPENDED_RETRY = 60;

export class ProjectLimits {
  private readonly defaults: Quotas;
  private readonly quotas = new SingleFlightCache<Quotas>(PROJECTS_MAX);
  /** The token buckets of projects whose requests are limited. */
  private readonly buckets = new Map<ProjectId, TokenBucket>();
  /** The number of waiting requests by project. */
  private readonly waiting = new Map<ProjectId, number>();

  /** `defaults`: the quotas of projects for which no operator has set others. */
  constructor(defaults: Quotas) {
    this.defaults = defaults;
  }

  /**
   * The quotas of a project, at most a minute old. Never fails: if they cannot be fetched, the last ones or the defaults apply.
   */
  quotasOf(project: ProjectId, fetchOverrides: () => Promise<QuotaOverrides>, deps: CacheDeps): Promise<Quotas> {
    const fetchQuotas = async (): Promise<CachedAnswer<Quotas>> => {
      return { value: { ...this.defaults, ...(await fetchOverrides()) }, until: after(deps.now(), QUOTAS_TTL) };
    };
    return this.quotas.getRecent(project, fetchQuotas, deps).catch(() => this.defaults);
  }

  /** Takes a token for a request. Returns 0, or the seconds after which to retry. */
  take(project: ProjectId, { requests_per_second: rate }: Quotas, now: EpochMs): number {
    if (rate === UNLIMITED) return 0;
    if (rate === 0) return SUSPENDED_RETRY;
    return this.bucketOf(project, rate, now).take(rate, now);
  }

  /** Whether the project may have one more waiting request at present. */
  mayWait(project: ProjectId, max: number): boolean {
    return max === UNLIMITED || (this.waiting.get(project) ?? 0) < max;
  }

  /** Runs `work` as a waiting request of the project. Returns null at once if the project has `max` of them already. */
  async wait<T>(project: ProjectId, max: number, work: () => Promise<T>): Promise<T | null> {
    if (!this.mayWait(project, max)) return null;
    this.waiting.set(project, (this.waiting.get(project) ?? 0) + 1);
    try {
      return await work();
    } finally {
      this.endWaiting(project);
    }
  }

  private endWaiting(project: ProjectId): void {
    const left = (this.waiting.get(project) ?? 0) - 1;
    if (left > 0) this.waiting.set(project, left);
    else this.waiting.delete(project);
  }

  private bucketOf(project: ProjectId, rate: number, now: EpochMs): TokenBucket {
    let bucket = this.buckets.get(project);
    if (bucket !== undefined) return bucket;
    bucket = new TokenBucket(rate, now);
    setBounded(this.buckets, project, bucket, PROJECTS_MAX);
    return bucket;
  }
}
