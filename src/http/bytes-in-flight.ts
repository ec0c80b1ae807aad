/**
 * How many bytes of large bodies and answers each project has in this Worker's memory, and what becomes of an answer that its
 * client does not read. Small ones are not counted: most requests have no others, and connections cost more than they do.
 */
import { Refusal } from "../domain/refusal.ts";
import type { EpochMs } from "../domain/time.ts";

/** Seconds after which a project that has too much under way may try again. */
const RETRY_AFTER = 1;
/**
 * Milliseconds of a stretch. Should a request end without a word, wherever it is, what it took in a stretch is forgotten when
 * the next one is over, long after everything in it has had to end.
 */
const STRETCH_MS = 300_000;

type Held = Map<string, number>;

interface LoadMeans {
  readonly clock: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export class BytesInFlight {
  private readonly max: number;
  private stretch = 0;
  private recent: Held = new Map();
  private older: Held = new Map();

  /** `max`: bytes of one project. */
  constructor(max: number) {
    this.max = max;
  }

  /** What a request of the project takes. It has to end it. */
  begin(project: string, means: LoadMeans): Load {
    return new Load(this, project, means);
  }

  /** Refuses more for a project that has its share. */
  check(project: string): void {
    const held = (this.recent.get(project) ?? 0) + (this.older.get(project) ?? 0);
    if (held < this.max) return;
    throw new Refusal({ kind: "in-flight-too-much", max: this.max, retryAfter: RETRY_AFTER });
  }

  /** Counts bytes, and returns how to count them no more. */
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
    const stretch = Math.floor(now / STRETCH_MS);
    if (stretch !== this.stretch) {
      this.older = stretch === this.stretch + 1 ? this.recent : new Map();
      this.recent = new Map();
      this.stretch = stretch;
    }
    return this.recent;
  }
}

/** The large things of one request. */
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
    // The runtime ends what it does for a client that has gone, and its bytes would count until the stretches are over.
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

/** Bytes that are written at once, and have to be taken within the time that an answer's next part may take. */
const PIECE = 65_536;

/**
 * The bytes as a body that counts until it is sent. A client that takes no piece for so many seconds loses the connection:
 * what it does not read would stay for as long as it likes.
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
  // Fails what is being written, which ends the loop.
  const giveUp = (): void => void writer.abort(new Error("The client did not read its answer.")).catch(() => undefined);
  try {
    for (let at = 0; at < bytes.length; at += PIECE) {
      const timer = setTimeout(giveUp, seconds * 1000);
      await writer.write(bytes.subarray(at, at + PIECE)).finally(() => clearTimeout(timer));
    }
    await writer.close();
  } catch {
    // The client is gone, or was given up.
  }
}
