/**
 * Counts and bounds the bytes of large request bodies and answers that each project holds in this Worker's memory, and ends the
 * connection of a client that does not read its answer. Small bodies and answers are not counted: most requests have no large
 * ones, and a connection costs more memory than a small body.
 */
import { Refusal } from "../domain/refusal.ts";
import type { EpochMs } from "../domain/time.ts";

/** Seconds, as Retry-After, for a project that has too many bytes under way. */
const RETRY_AFTER = 1;
/**
 * Milliseconds of one counting period. The bytes that a request took are counted in the period in which it took
 * them. If the runtime ends a request before it gives them back, the count is forgotten when the following period is over. By
 * then every request of the earlier period has ended.
 */
const PERIOD_MS = 300_000;

type Held = Map<string, number>;

interface LoadMeans {
  readonly clock: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export class BytesInFlight {
  private readonly max: number;
  private period = 0;
  private recent: Held = new Map();
  private older: Held = new Map();

  /** `max`: bytes that one project may hold. */
  constructor(max: number) {
    this.max = max;
  }

  /** The account of one request of the project. The request has to call `end`. */
  begin(project: string, means: LoadMeans): Load {
    return new Load(this, project, means);
  }

  /** Throws a refusal when the project holds as many bytes as it may. */
  check(project: string): void {
    const held = (this.recent.get(project) ?? 0) + (this.older.get(project) ?? 0);
    if (held < this.max) return;
    throw new Refusal({ kind: "in-flight-too-much", max: this.max, retryAfter: RETRY_AFTER });
  }

  /** Counts bytes, and returns the function that subtracts them again. */
  take(project: string, bytes: number, now: EpochMs): () => void {
    const held = this.heldAt(now);
    held.set(project, (held.get(project) ?? 0) + bytes);
    return () => {
      const left = (held.get(project) ?? 0) - bytes;
      if (left > 0) held.set(project, left);
      else held.delete(project);
    };
  }

  private heldAt(now: EpochMs): Held {
    const period = Math.floor(now / PERIOD_MS);
    if (period !== this.period) {
      this.older = period === this.period + 1 ? this.recent : new Map();
      this.recent = new Map();
      this.period = period;
    }
    return this.recent;
  }
}

/** The large body and answer of one request. */
export class Load {
  private readonly bytesInFlight: BytesInFlight;
  private readonly project: string;
  private readonly means: LoadMeans;
  private readonly releases: (() => void)[] = [];

  constructor(bytesInFlight: BytesInFlight, project: string, means: LoadMeans) {
    this.bytesInFlight = bytesInFlight;
    this.project = project;
    this.means = means;
  }

  check(): void {
    this.bytesInFlight.check(this.project);
  }

  take(bytes: number): void {
    // Without `waitUntil` the runtime ends a request whose client has disconnected, and its bytes would stay counted.
    if (this.releases.length === 0) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.means.waitUntil(promise);
      this.releases.push(() => resolve(undefined));
    }
    this.releases.push(this.bytesInFlight.take(this.project, bytes, this.means.clock()));
  }

  end(): void {
    for (const release of this.releases.splice(0)) release();
  }
}

/** Bytes per write of an answer. A client has to read each piece within the time limit. */
const PIECE = 65_536;

/**
 * Makes a response body of the bytes, which are counted until they are sent. A client that reads no piece within `seconds`
 * loses the connection. Otherwise it could keep the bytes in memory for as long as it likes.
 */
export function sendInPieces(
  bytes: Uint8Array,
  {
    seconds,
    waitUntil,
    load,
  }: {
    readonly seconds: number;
    readonly waitUntil: (work: Promise<unknown>) => void;
    readonly load: Load;
  },
): ReadableStream {
  const { readable, writable } = new FixedLengthStream(bytes.length);
  load.take(bytes.length);
  waitUntil(writePieces(writable.getWriter(), bytes, seconds).finally(() => load.end()));
  return readable;
}

async function writePieces(writer: WritableStreamDefaultWriter, bytes: Uint8Array, seconds: number): Promise<void> {
  // An abort fails the pending write, which ends the loop.
  const giveUp = (): void => void writer.abort(new Error("The client did not read its answer.")).catch(() => undefined);
  try {
    for (let at = 0; at < bytes.length; at += PIECE) {
      const timer = setTimeout(giveUp, seconds * 1000);
      await writer.write(bytes.subarray(at, at + PIECE)).finally(() => clearTimeout(timer));
    }
    await writer.close();
  } catch {
    // The client has disconnected, or did not read in time.
  }
}
