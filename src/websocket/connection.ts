/**
 * One connection. The runtime runs the frames of a socket concurrently, and clients match replies to requests by their order
 * alone, so each frame, and everything else that is sent, waits for the one before. There is no back-pressure either: frames
 * that wait are bounded here.
 */
import { byteLength } from "../wire/document.ts";
import { toEpochMs, toSeconds, after, type EpochMs } from "../domain/time.ts";
import type { Payload } from "./frame.ts";
import { Session, type SessionDeps, type SessionState } from "./session.ts";

/** What the runtime keeps of a connection, also while the hub sleeps. At most 16 KiB. */
export interface ConnectionState extends SessionState {
  readonly id: string;
}

/** The codes of RFC 6455, 7.4.1, and upstream's own. Reasons have at most 123 bytes. */
export const CLOSINGS = {
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

export interface ConnectionDeps extends Omit<SessionDeps, "save" | "expire"> {
  /** Makes the hub call `check` at this time at the latest. */
  readonly armAt: (at: EpochMs) => void;
}

export class Connection {
  readonly id: string;
  readonly session: Session;
  private readonly socket: WebSocket;
  private readonly deps: ConnectionDeps;
  private isOver = false;
  /** Settles when everything that was begun is done. */
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;
  private waitingBytes = 0;

  constructor(socket: WebSocket, state: ConnectionState, deps: ConnectionDeps) {
    this.id = state.id;
    this.socket = socket;
    this.deps = deps;
    const save = (session: SessionState): void => {
      socket.serializeAttachment({ ...session, id: state.id } satisfies ConnectionState);
      deps.armAt(this.deadline);
    };
    this.session = new Session({ ...deps, save, expire: () => this.end("expired") }, state);
  }

  /** When the connection has to be ended, as far as is known now. */
  get deadline(): EpochMs {
    const { activeAt, expiresAt } = this.session;
    return toEpochMs(Math.min(after(activeAt, this.idleMax), expiresAt ?? Infinity));
  }

  private get idleMax(): ReturnType<typeof toSeconds> {
    const { websocketIdleMax: max } = this.deps.config;
    return this.session.isProven ? max : toSeconds(Math.min(max, UNPROVEN_MAX));
  }

  /** Ends the connection if its time is over. */
  check(now: EpochMs): void {
    if (this.deadline > now) return;
    const { expiresAt, isProven } = this.session;
    if (expiresAt !== null && expiresAt <= now) this.end("expired");
    else this.end(isProven ? "idle" : "unproven");
  }

  /** Answers a frame once everything before it is done. */
  receive(payload: Payload): Promise<void> {
    if (this.isOver) return Promise.resolve();
    const max = this.deps.config.websocketMaxFrame;
    const size = sizeOf(payload, max);
    if (size > max) this.end("oversized");
    else if (this.waiting >= WAITING_MAX || this.waitingBytes + size > max * WAITING_FRAMES_LARGE) this.end("flooded");
    else return this.enqueue(size, async () => this.transmit(await this.session.answer(payload)));
    return Promise.resolve();
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
