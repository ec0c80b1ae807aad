/**
 * One connection. The runtime runs the frames of a socket concurrently, and clients match replies to requests by their order
 * alone, so each frame, and everything else that is sent, waits for the one before. There is no back-pressure either: frames
 * that wait, replies and pushes are bounded here.
 */
import { byteLength } from "../wire/document.ts";
import { encodeMessagePack } from "../wire/message-pack-encoding.ts";
import type { ProjectId } from "../domain/id.ts";
import type { JsonText } from "../domain/json.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../domain/time.ts";
import { ByteBucket } from "../mechanisms/byte-bucket.ts";
import { SerialQueue } from "../mechanisms/serial-queue.ts";
import type { PushAnswer, WaitAnswer, WaitOutcome } from "../objects/rpc/hub.ts";
import type { HubSubscription } from "../storage/hub/subscriptions.ts";
import type { OwnConnection } from "./actions/action.ts";
import type { Payload } from "./frame.ts";
import type { OwnSubscriptions } from "./own-subscriptions.ts";
import type { Proven } from "./proof.ts";
import { NOTHING_PUSHED, PushBudget, type PushState } from "./push-budget.ts";
import type { PushFrames } from "./push.ts";
import { Session, type SessionDeps } from "./session.ts";
import { Waits, type Wait } from "./waits.ts";

/** What the runtime keeps of a connection, also while the hub sleeps (kept.ts). */
export interface ConnectionState extends Proven {
  readonly id: string;
  /** When an action was last performed, or the connection began. */
  readonly activeAt: EpochMs;
  /** Whether pushes are MessagePack: the format in which the connection last subscribed itself. */
  readonly isPushedBinary: boolean;
  readonly pushes: PushState;
  readonly waits: readonly Wait[];
}

export function newConnection(id: string, identity: Proven["identity"], now: EpochMs): ConnectionState {
  return {
    id,
    identity,
    checkedAt: now,
    activeAt: now,
    isPushedBinary: false,
    pushes: NOTHING_PUSHED,
    waits: [],
  };
}

/** The codes of RFC 6455, 7.4.1, and upstream's own. Reasons have at most 123 bytes. */
const CLOSINGS = {
  expired: { code: 4003, reason: "Authentication expired." },
  unproven: { code: 1008, reason: "Not authenticated in time." },
  excessive: { code: 1008, reason: "Too much was sent without authentication." },
  idle: { code: 1001, reason: "Nothing was sent for too long." },
  flooded: { code: 1008, reason: "Too many frames are waiting." },
  oversized: { code: 1009, reason: "The frame is too large." },
  stopping: { code: 1012, reason: "The service restarts." },
  slow: { code: 1013, reason: "For a minute there was more to push than a connection may get." },
  unchecked: { code: 1011, reason: "The credential could not be checked." },
  unheard: { code: 1013, reason: "Too much was pushed since the last frame: send a frame now and then." },
} as const;
type Closing = keyof typeof CLOSINGS;

/** The most frames that wait for the one before. */
const WAITING_MAX = 1000;
/** The most bytes of them, in frames of the largest size. */
const WAITING_FRAMES_LARGE = 4;

/** How long a client may take to authenticate. Until then it takes a place that others could have. */
const UNPROVEN_MAX = toSeconds(60);
/**
 * The most bytes of frames, or of replies if these are longer, of a client that has not authenticated. The count begins again
 * after a signed frame that performs an action. A reply repeats its frame, so a stranger who reads nothing could fill the memory
 * of the runtime. And decoding takes up to 150 ms for a megabyte (measured with nested arrays).
 */
const UNPROVEN_BYTES_MAX = 1_048_576;

/**
 * Seconds of the rate of replies that may be sent at once. The runtime buffers without limit what a client does not read, and
 * does not tell, so a client that reads nothing gets no more than this and the rate.
 */
const REPLY_BURST_S = 4;

/** Milliseconds by which the kept time of the last action may be late, because keeping it has a cost. */
const ACTIVE_RESOLUTION = 5000;

export interface ConnectionDeps extends Omit<SessionDeps, "keep" | "expire" | "noteActivity" | "connection"> {
  /** The name of the hub. */
  readonly hub: string;
  readonly subscriptions: Pick<OwnSubscriptions, "enter" | "leave">;
  /** Makes the hub call `check` at this time at the latest. */
  readonly armAt: (at: EpochMs) => void;
  /** Called once, when the connection has ended and its last frame is done. `waits`: its claims that were waiting. */
  readonly ended: (connection: string, waits: readonly Wait[]) => void;
  /** Logs a failure of work that no frame waits for. */
  readonly logFault: (operation: string, error: unknown) => void;
}

export class Connection {
  private readonly socket: WebSocket;
  private readonly session: Session;
  private readonly deps: ConnectionDeps;
  private state: ConnectionState;
  private activeAt: EpochMs;
  /** Nothing is begun or sent any more. */
  private isOver: boolean;
  private hasLeft = false;
  /** Answers, pushes and claims of waits, each after the one before. */
  private readonly chain = new SerialQueue();
  private waiting = 0;
  private waitingBytes = 0;
  private readonly replies: ByteBucket;
  private unprovenBytes = 0;
  /** Whether the frame that is being answered has performed an action. */
  private hasActed = false;
  private readonly budget: PushBudget;
  private readonly waits: Waits;

  constructor(socket: WebSocket, state: ConnectionState, deps: ConnectionDeps) {
    const now = deps.clock();
    this.socket = socket;
    this.state = state;
    this.activeAt = state.activeAt;
    this.deps = deps;
    // A socket that was closed, and whose client has not answered that.
    this.isOver = socket.readyState !== WebSocket.OPEN;
    const { websocketReplyRate, websocketPushRate: rate, websocketMaxUnheard: unheardMax } = deps.config;
    this.replies = new ByteBucket({ rate: websocketReplyRate, burst: REPLY_BURST_S * websocketReplyRate }, now);
    const keepPushes = (pushes: PushState): void => this.keep({ ...this.state, pushes });
    this.budget = new PushBudget(state.pushes, { now, rate, unheardMax, keep: keepPushes });
    this.waits = new Waits(
      {
        clock: deps.clock,
        keep: (waits) => this.keep({ ...this.state, waits }),
        inTurn: (work) => this.inTurn(work),
        claim: (wait) => this.session.answerWait(wait),
        send: (text, isBinary) => this.send(text, isBinary),
        pause: deps.config.limits.claimAnswerPause,
      },
      state.waits,
    );
    this.session = new Session(
      {
        ...deps,
        keep: (proven) => this.keep({ ...this.state, ...proven }),
        expire: () => this.end("expired"),
        noteActivity: () => this.noteActivity(),
        connection: {
          address: { hub: deps.hub, connection: state.id },
          enterSubscription: (subscribed, subscribe) => this.enterSubscription(subscribed, subscribe),
          leaveSubscription: (place, unsubscribe) => deps.subscriptions.leave(state.id, place, unsubscribe),
          enterWait: (wait, note) => this.waits.enter(wait, note),
        },
      },
      state,
    );
  }

  get id(): string {
    return this.state.id;
  }

  /** Of its credential; null: it has none. */
  get project(): ProjectId | null {
    return this.session.proof.project;
  }

  /** When `check` has to be called, as far as is known now. */
  get nextCheck(): EpochMs {
    return toEpochMs(Math.min(this.deadline, this.waits.next ?? Infinity));
  }

  /** When the connection has to be ended, as far as is known now. */
  private get deadline(): EpochMs {
    const { isGiven, expiresAt } = this.session.proof;
    const { websocketIdleMax: max } = this.deps.config;
    const idleMax = isGiven ? max : toSeconds(Math.min(max, UNPROVEN_MAX));
    const slow = this.budget.deadlineAt(this.deps.clock());
    return toEpochMs(Math.min(after(this.activeAt, idleMax), expiresAt ?? Infinity, slow ?? Infinity));
  }

  /** Ends the connection if its time is over, and the waits whose time is. */
  check(now: EpochMs): void {
    this.waits.endDue(now);
    if (this.deadline > now) return;
    const { expiresAt, isGiven } = this.session.proof;
    const slow = this.budget.deadlineAt(now);
    if (expiresAt !== null && expiresAt <= now) this.end("expired");
    else if (slow !== null && slow <= now) this.end("slow");
    else this.end(isGiven ? "idle" : "unproven");
  }

  /** Makes the claim of a wait, or ends it without one, between two replies. */
  settleWait({ wait, outcome }: Pick<WaitOutcome, "wait" | "outcome">): Promise<WaitAnswer> {
    return outcome === "ready" ? this.waits.claim(wait) : this.waits.end(wait);
  }

  /** Answers a frame once everything before it is done. */
  async receive(payload: Payload): Promise<void> {
    if (this.isOver) return;
    this.budget.hear();
    const max = this.deps.config.websocketMaxFrame;
    const size = sizeOf(payload, max);
    if (size > max) return this.end("oversized");
    const isFlooded = this.waiting >= WAITING_MAX || this.waitingBytes + size > max * WAITING_FRAMES_LARGE;
    if (isFlooded) return this.end("flooded");
    this.waiting++;
    this.waitingBytes += size;
    await this.inTurn(() => this.reply(payload, size));
    this.waiting--;
    this.waitingBytes -= size;
  }

  /** Pushes the notifications of a queue after a number, between two replies. */
  push({ project, place }: Pick<HubSubscription, "project" | "place">, frames: PushFrames, number: number): PushAnswer {
    if (this.isOver || !this.session.proof.covers(project, place.name)) return "gone";
    const answer = this.budget.take(frames.sizeAfter(number), this.deps.clock());
    if (answer === "unheard") {
      this.end("unheard");
      return "gone";
    }
    // The time from which the client counts as too slow.
    if (answer === "full") this.deps.armAt(this.nextCheck);
    else void this.inTurn(() => this.sendPush(frames, number));
    return answer;
  }

  /** Ends the connection when the frames that wait are answered: the service is about to stop. */
  async finish(): Promise<void> {
    await this.inTurn(async () => this.end("stopping"));
  }

  end(why: Closing): void {
    if (this.isOver) return;
    const { code, reason } = CLOSINGS[why];
    close(this.socket, code, reason);
    this.leave();
  }

  /** The client has gone: what waits is not begun any more. */
  leave(): void {
    this.isOver = true;
    // Not by `isOver`: a hub that slept is told of a closed socket, which nobody has concluded yet.
    if (this.hasLeft) return;
    this.hasLeft = true;
    // A frame that is being answered may still make the queue note a wait or a subscription, which has to be ended then.
    this.deps.waitUntil(this.chain.run(async () => this.deps.ended(this.id, this.waits.all)));
  }

  private async reply(payload: Payload, size: number): Promise<void> {
    const wait = this.replies.wait(this.deps.clock());
    if (wait > 0) await scheduler.wait(wait);
    this.hasActed = false;
    const answer = await this.session.answer(payload);
    const isStranger = !this.hasActed && !this.session.proof.isGiven;
    this.unprovenBytes = isStranger ? this.unprovenBytes + Math.max(size, answer.length) : 0;
    if (this.unprovenBytes > UNPROVEN_BYTES_MAX) return this.end("excessive");
    this.replies.spend(answer.length, this.deps.clock());
    this.transmit(answer);
  }

  /** Never rejects. */
  private async sendPush(frames: PushFrames, number: number): Promise<void> {
    try {
      if (!(await this.session.proof.holds())) return;
      for (const payload of frames.after(number, this.state.isPushedBinary)) this.transmit(payload);
    } catch (error) {
      // What was to be pushed counts as pushed, so the client has to learn that it was not.
      this.deps.logFault("push", error);
      this.end("unchecked");
    }
  }

  private async enterSubscription<T>(
    { isBinary, ...place }: Parameters<OwnConnection["enterSubscription"]>[0],
    subscribe: () => Promise<T>,
  ): Promise<T> {
    const done = await this.deps.subscriptions.enter(this.id, place, subscribe);
    this.keep({ ...this.state, isPushedBinary: isBinary });
    return done;
  }

  private noteActivity(): void {
    this.hasActed = true;
    this.activeAt = this.deps.clock();
    if (this.activeAt - this.state.activeAt >= ACTIVE_RESOLUTION) this.keep({ ...this.state, activeAt: this.activeAt });
  }

  private keep(state: ConnectionState): void {
    this.state = state;
    this.activeAt = toEpochMs(Math.max(this.activeAt, state.activeAt));
    if (this.isOver) return;
    this.socket.serializeAttachment(state);
    this.deps.armAt(this.nextCheck);
  }

  /** Runs `work` once everything before it is done; null: the connection has ended by then. */
  private inTurn<T>(work: () => Promise<T>): Promise<T | null> {
    return this.chain.run(() => (this.isOver ? Promise.resolve(null) : work()));
  }

  /** Sends a frame that no frame asked for now. False: the connection has ended. */
  private send(text: string, isBinary: boolean): boolean {
    this.replies.spend(text.length, this.deps.clock());
    this.transmit(isBinary ? encodeMessagePack(text as JsonText) : text);
    return !this.isOver;
  }

  private transmit(payload: string | Uint8Array): void {
    if (this.isOver) return;
    try {
      this.socket.send(payload);
    } catch {
      // The client has gone meanwhile.
      this.leave();
    }
  }
}

/** Closes the socket unless it is closed. `code`: also one of the client's own closing, which is repeated if it may be sent. */
export function close(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    closeWithoutCode(socket);
  }
}

/** A closing is answered whatever its code, or the runtime keeps the connection. */
function closeWithoutCode(socket: WebSocket): void {
  try {
    socket.close();
  } catch {
    // The other side has gone already.
  }
}

/** Bytes of a frame. A text is only measured where its length leaves doubt. */
function sizeOf(payload: Payload, max: number): number {
  if (typeof payload !== "string") return payload.byteLength;
  const atLeast = payload.length;
  return atLeast > max || atLeast * 3 <= max ? atLeast : byteLength(payload);
}
