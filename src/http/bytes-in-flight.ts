/**
 * Counts and limits the bytes of large request bodies and answers of each project in this Worker's memory. Small ones are not
 * counted: most requests have no large ones, and a connection needs more memory than a small body.
 */
import { Refusal } from "../domain/refusal.ts";
import type { EpochMs } from "../domain/time.ts";

/** Retry-After for a project with too many bytes in flight, in seconds. */
const RETRY_AFTER = 1;
/**
 * The length of a period in milliseconds. Bytes are counted in the period in which they are added. If the runtime ends a request
 * before it releases its bytes, their count is dropped at the end of the following period. By then every request of the earlier
 * period has ended.
 */
const PERIOD_MS = 300_000;

type BytesByProject = Map<string, number>;

interface AccountDeps {
  readonly clock: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export class BytesInFlight {
  private readonly max: number;
  private period = 0;
  private recent: BytesByProject = new Map();
  private older: BytesByProject = new Map();

  /** `max`: the most bytes of one project. */
  constructor(max: number) {
    this.max = max;
  }

  /** The account of one request of the project. The request has to call `release` at its end. */
  openAccount(project: string, means: AccountDeps): ByteAccount {
    return new ByteAccount(this, project, means);
  }

  /** Throws a refusal if the project has reached the maximum. */
  check(project: string): void {
    const bytes = (this.recent.get(project) ?? 0) + (this.older.get(project) ?? 0);
    if (bytes < this.max) return;
    throw new Refusal({ kind: "in-flight-too-much", max: this.max, retryAfter: RETRY_AFTER });
  }

  /** Counts bytes, and returns a function that subtracts them. */
  add(project: string, bytes: number, now: EpochMs): () => void {
    const counts = this.countsAt(now);
    counts.set(project, (counts.get(project) ?? 0) + bytes);
    return () => {
      const left = (counts.get(project) ?? 0) - bytes;
      if (left > 0) counts.set(project, left);
      else counts.delete(project);
    };
  }

  private countsAt(now: EpochMs): BytesByProject {
    const period = Math.floor(now / PERIOD_MS);
    if (period !== this.period) {
      this.older = period === this.period + 1 ? this.recent : new Map();
      this.recent = new Map();
      this.period = period;
    }
    return this.recent;
  }
}

/** The bytes of the large body and the large answer of one request. */
export class ByteAccount {
  private readonly bytesInFlight: BytesInFlight;
  private readonly project: string;
  private readonly deps: AccountDeps;
  private readonly releases: (() => void)[] = [];

  constructor(bytesInFlight: BytesInFlight, project: string, means: AccountDeps) {
    this.bytesInFlight = bytesInFlight;
    this.project = project;
    this.deps = means;
  }

  check(): void {
    this.bytesInFlight.check(this.project);
  }

  add(bytes: number): void {
    // Without `waitUntil` the runtime ends a request whose client has disconnected, and its bytes would stay counted.
    if (this.releases.length === 0) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.deps.waitUntil(promise);
      this.releases.push(() => resolve(undefined));
    }
    this.releases.push(this.bytesInFlight.add(this.project, bytes, this.deps.clock()));
  }

  release(): void {
    for (const release of this.releases.splice(0)) release();
  }
}
