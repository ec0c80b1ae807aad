/**
 * One connection. The runtime runs the frames of a socket concurrently, and clients match replies to requests by their order
 * alone, so each frame, and everything else that is sent, waits for the one before. There is no back-pressure either: frames
 * that wait are bounded here.
 */
import { byteLength } from "../wire/document.ts";
import type { ProjectId } from "../domain/id.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../domain/time.ts";
import { ByteBucket } from "../mechanisms/byte-bucket.ts";
import type { Payload } from "./frame.ts";
import type { Proven } from "./proof.ts";
import { Session, type SessionDeps } from "./session.ts";

/** What the runtime keeps of a connection, also while the hub sleeps. At most 16 KiB. */
export interface ConnectionState extends Proven {
  readonly id: string;
  /** When an action was last performed, or the connection began. */
  readonly activeAt: EpochMs;
}

/** The codes of RFC 6455, 7.4.1, and upstream's own. Reasons have at most 123 bytes. */
const CLOSINGS = {
  expired: { code: 4003, reason: "Authentication expired." },
  unproven: { code: 1008, reason: "Not authenticated in time." },
  idle: { code: 1001, reason: "Nothing was sent for too long." },
  flooded: { code: 1008, reason: "Too many frames are waiting." },
  oversized: { code: 1009, reason: "The frame is too large." },
} as const;
type Closing = keyof typeof CLOSINGS;

/** The most frames that wait for the one before. */
const WAITING_MAX = 1000;
/** The most bytes of them, in frames of the largest size. */
const WAITING_FRAMES_LARGE = 4;

/** How long a client may take to authenticate. Until then it takes a place that others could have. */
const UNPROVEN_MAX = toSeconds(60);

/**
 * The pace of replies to one connection. The runtime buffers without limit what a client does not read, and does not tell; a
 * client that reads nothing gets no more than this.
 */
const REPLY_PACE = { rate: 4_194_304, burst: 16_777_216 };

/** Milliseconds by which the kept time of the last action may be late, because keeping it has a cost. */
const ACTIVE_RESOLUTION = 5000;

export interface ConnectionDeps extends Omit<SessionDeps, "keep" | "expire" | "noteActivity"> {
  /** Makes the hub call `check` at this time at the latest. */
  readonly armAt: (at: EpochMs) => void;
}

export class Connection {
  private readonly socket: WebSocket;
  private readonly session: Session;
  private readonly deps: ConnectionDeps;
  private state: ConnectionState;
  private activeAt: EpochMs;
  private isOver = false;
  /** Settles when everything that was begun is done. */
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;
  private waitingBytes = 0;
  private readonly replies: ByteBucket;

  constructor(socket: WebSocket, state: ConnectionState, deps: ConnectionDeps) {
    this.socket = socket;
    this.state = state;
    this.activeAt = state.activeAt;
    this.deps = deps;
    this.replies = new ByteBucket(REPLY_PACE, deps.clock());
    const keep = (proven: Proven): void => this.keep({ ...proven, id: state.id, activeAt: deps.clock() });
    const noteActivity = (): void => this.noteActivity();
    this.session = new Session({ ...deps, keep, expire: () => this.end("expired"), noteActivity }, state);
  }

  get id(): string {
    return this.state.id;
  }

  /** Of its credential; null: it has none. */
  get project(): ProjectId | null {
    return this.session.proof.project;
  }

  /** When the connection has to be ended, as far as is known now. */
  get deadline(): EpochMs {
    const { isGiven, expiresAt } = this.session.proof;
    const { websocketIdleMax: max } = this.deps.config;
    const idleMax = isGiven ? max : toSeconds(Math.min(max, UNPROVEN_MAX));
    return toEpochMs(Math.min(after(this.activeAt, idleMax), expiresAt ?? Infinity));
  }

  /** Ends the connection if its time is over. */
  check(now: EpochMs): void {
    if (this.deadline > now) return;
    const { expiresAt, isGiven } = this.session.proof;
    if (expiresAt !== null && expiresAt <= now) this.end("expired");
    else this.end(isGiven ? "idle" : "unproven");
  }

  /** Answers a frame once everything before it is done. */
  receive(payload: Payload): Promise<void> {
    if (this.isOver) return Promise.resolve();
    const max = this.deps.config.websocketMaxFrame;
    const size = sizeOf(payload, max);
    if (size > max) this.end("oversized");
    else if (this.waiting >= WAITING_MAX || this.waitingBytes + size > max * WAITING_FRAMES_LARGE) this.end("flooded");
    else return this.enqueue(size, () => this.reply(payload));
    return Promise.resolve();
  }

  private async reply(payload: Payload): Promise<void> {
    const wait = this.replies.wait(this.deps.clock());
    if (wait > 0) await scheduler.wait(wait);
    const answer = await this.session.answer(payload);
    this.replies.spend(answer.length, this.deps.clock());
    this.transmit(answer);
  }

  /** Sends something that no frame asked for, between two replies. */
  push(payload: string | Uint8Array): Promise<void> {
    return this.enqueue(0, async () => this.transmit(payload));
  }

  end(why: Closing): void {
    const { code, reason } = CLOSINGS[why];
    this.isOver = true;
    close(this.socket, code, reason);
  }

  /** The client has gone: what waits is not begun any more. */
  leave(): void {
    this.isOver = true;
  }

  private noteActivity(): void {
    this.activeAt = this.deps.clock();
    if (this.activeAt - this.state.activeAt >= ACTIVE_RESOLUTION) this.keep({ ...this.state, activeAt: this.activeAt });
  }

  private keep(state: ConnectionState): void {
    this.state = state;
    this.activeAt = state.activeAt;
    this.socket.serializeAttachment(state);
    this.deps.armAt(this.deadline);
  }

  private enqueue(size: number, work: () => Promise<void>): Promise<void> {
    this.waiting++;
    this.waitingBytes += size;
    const done = this.tail.then(async () => {
      if (!this.isOver) await work();
      this.waiting--;
      this.waitingBytes -= size;
    });
    this.tail = done;
    return done;
  }

  private transmit(payload: string | Uint8Array): void {
    if (this.isOver) return;
    try {
      this.socket.send(payload);
    } catch {
      // The client has gone meanwhile.
      this.isOver = true;
    }
  }
}

/** Closes the socket unless it is closed. */
export function close(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // The other side has gone already, or has sent a code that may not be repeated.
  }
}

/** Bytes of a frame. A text is only measured where its length leaves doubt. */
function sizeOf(payload: Payload, max: number): number {
  if (typeof payload !== "string") return payload.byteLength;
  const atLeast = payload.length;
  return atLeast > max || atLeast * 3 <= max ? atLeast : byteLength(payload);
}
