/**
 * What a project may hold and ask for, known on this side of the hop: its quotas, looked up once a minute and beside the
 * requests, and the bucket that its requests take tokens from. One per Worker; in the cloud each Worker counts for itself.
 */
import type { ProjectId } from "../domain/id.ts";
import { UNLIMITED, type QuotaOverrides, type Quotas } from "../domain/quota.ts";
import { TokenBucket } from "../domain/token-bucket.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../domain/time.ts";

/** How long a look at a project's quotas is good for: a change holds everywhere within it. */
const LOOK_TTL = toSeconds(60);
/** After a look that failed. */
const RETRY_TTL = toSeconds(5);
/** How many projects are known at one time. */
const CAPACITY = 10_000;
/** Seconds that a project without any requests to spend is told to wait. */
const SUSPENDED_RETRY = 60;

interface Standing {
  quotas: Quotas;
  until: EpochMs;
  /** A look under way; everybody who knows no quotas yet waits for it. */
  looking: Promise<void> | null;
  readonly bucket: TokenBucket;
}

/** What the request brings that asks. */
export interface StandingAsker {
  readonly project: ProjectId;
  readonly now: EpochMs;
  readonly look: () => Promise<QuotaOverrides>;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export class Standings {
  private readonly defaults: Quotas;
  private readonly known = new Map<string, Standing>();

  /** `defaults`: of a project for which no operator has said anything else. */
  constructor(defaults: Quotas) {
    this.defaults = defaults;
  }

  /** The quotas of a project, at most a minute old. Never fails: what cannot be looked up is as it was. */
  async quotasOf(asker: StandingAsker): Promise<Quotas> {
    const { project, now } = asker;
    let standing = this.known.get(project);
    if (standing === undefined) {
      standing = this.enter(project, now);
      asker.waitUntil(this.look(standing, asker));
      await standing.looking;
    } else if (standing.until <= now) {
      if (standing.looking === null) asker.waitUntil(this.look(standing, asker));
      // Only those that came before the very first look have nothing to go by.
      if (standing.until === NEVER) await standing.looking;
    }
    return standing.quotas;
  }

  /** Takes a request's token. Returns 0, or the whole seconds to wait. */
  take(project: ProjectId, { requests_per_second: rate }: Quotas, now: EpochMs): number {
    if (rate === UNLIMITED) return 0;
    if (rate === 0) return SUSPENDED_RETRY;
    return this.known.get(project)?.bucket.take(rate, now) ?? 0;
  }

  private enter(project: ProjectId, now: EpochMs): Standing {
    for (const oldest of this.known.keys()) {
      if (this.known.size < CAPACITY) break;
      this.known.delete(oldest);
    }
    const bucket = new TokenBucket(this.defaults.requests_per_second, now);
    const standing = { quotas: this.defaults, until: NEVER, looking: null, bucket };
    this.known.set(project, standing);
    return standing;
  }

  private look(standing: Standing, { look, now }: StandingAsker): Promise<void> {
    standing.looking = look()
      .then((overrides) => {
        standing.quotas = { ...this.defaults, ...overrides };
        standing.until = after(now, LOOK_TTL);
      })
      .catch(() => {
        standing.until = after(now, RETRY_TTL);
      })
      .finally(() => {
        standing.looking = null;
      });
    return standing.looking;
  }
}

const NEVER = toEpochMs(0);
