/**
 * A client of the crash test: performs random operations until its connection breaks, and records its requests and the answers.
 * After the crash it continues with the claims that it holds.
 */
import { randomUUID } from "node:crypto";
import { FrameTransport } from "./frame-transport.ts";
import type { Event, PostKey, Seen } from "./history.ts";
import { HttpTransport } from "./http-transport.ts";
import { Random } from "./random.ts";
import type { Reply, Request, Transport, WaitedClaim } from "./transport.ts";
import type { Body } from "./zaqar.ts";

/** A post that may be repeated with its key. */
interface KeyedPost {
  readonly queue: string;
  readonly key: string;
  readonly post: PostKey;
  readonly bodies: readonly Body[];
}

interface HeldClaim {
  readonly queue: string;
  readonly claim: string;
  readonly messages: readonly Seen[];
}

/** A claim over a connection that waits for messages. */
interface Waiting {
  readonly sentAt: number;
  readonly ttl: number;
  readonly limit: number;
}

const WEIGHTS = {
  post: 30,
  claim: 18,
  deleteOne: 10,
  deleteMany: 14,
  release: 4,
  renew: 5,
  pop: 3,
  page: 4,
  repost: 2,
  leave: 1,
} as const;
/** Posts that would go to the last queue and go to the first instead, so that claims of the last often wait. */
const DIVERTED = 0.8;
/** Milliseconds until the service has learned that a connection is closed. */
const CLOSING_MS = 100;

export class Client {
  /** The claims that were made after a wait, and the waits whose connection ended. */
  waited = 0;
  waitsLost = 0;
  private readonly number: number;
  private readonly random: Random;
  private readonly transport: Transport;
  private readonly record: (event: Event) => void;
  private queues: readonly string[] = [];
  private serial = 0;
  private held: HeldClaim[] = [];
  /** Acknowledged posts with a key, and the one whose connection broke. */
  private keyed: KeyedPost[] = [];
  private unfinished: KeyedPost | null = null;
  /** By queue. */
  private readonly waits = new Map<string, Waiting>();
  private isBroken = false;
  private isStopping = false;

  constructor(options: {
    readonly number: number;
    readonly seed: number;
    readonly transport: "HTTP" | "frames";
    readonly record: (event: Event) => void;
  }) {
    const { number, seed, transport, record } = options;
    const clientId = randomUUID();
    this.number = number;
    this.random = new Random(seed);
    // Its own choices, so that those of the client do not depend on the transport.
    const random = new Random(seed + 1);
    const onWaited = (claim: WaitedClaim): void => this.receive(claim);
    this.transport =
      transport === "HTTP" ? new HttpTransport(clientId) : new FrameTransport({ clientId, random, onWaited });
    this.record = record;
  }

  /** Begins with new queues, and drops the claims of the old ones. */
  moveTo(queues: readonly string[]): void {
    this.queues = queues;
    this.held = [];
    this.keyed = [];
    this.unfinished = null;
  }

  /** Works until the connection breaks or it is stopped. Returns the number of operations. */
  async work(port: number): Promise<number> {
    this.transport.reconnect(port);
    this.isBroken = false;
    this.isStopping = false;
    let count = 0;
    // First, so that a kill at any time finds claims that wait.
    if (this.transport.hasWaits) await this.claim(this.queues.at(-1) ?? "");
    for (; !this.isBroken && !this.isStopping; count++) await this.step();
    this.loseWaits();
    return count;
  }

  stop(): void {
    this.isStopping = true;
  }

  close(): void {
    this.transport.close();
  }

  private async step(): Promise<void> {
    // First, because a later post must not precede it in the order of this poster.
    if (this.unfinished !== null) return await this.send(this.unfinished);
    const queue = this.random.pick(this.queues);
    switch (this.random.weighted(WEIGHTS)) {
      case "post":
        return await this.post(
          this.random.chance(DIVERTED) && queue === this.queues.at(-1) ? (this.queues[0] ?? queue) : queue,
        );
      case "claim":
        return await this.claim(queue);
      case "deleteOne":
        return await this.deleteOne();
      case "deleteMany":
        return await this.deleteMany();
      case "release":
        return await this.release();
      case "renew":
        return await this.renew();
      case "pop":
        return await this.pop(queue);
      case "page":
        return await this.page(queue);
      case "repost":
        return await this.repost();
      case "leave":
        return await this.leave();
    }
  }

  private async post(queue: string): Promise<void> {
    const post: PostKey = `${this.number}-${++this.serial}`;
    const count = this.random.chance(0.5) ? 1 : this.random.between(2, this.random.chance(0.1) ? 60 : 10);
    const bodies = Array.from({ length: count }, (_, index) => ({
      post,
      index,
      padding: "x".repeat(this.random.between(0, 2000)),
    }));
    const keyed = { queue, post, bodies, key: randomUUID() };
    if (this.transport.hasKeys && this.random.chance(0.3)) return await this.send(keyed);
    const posting = this.attempt(keyed, false);
    // Frames are processed in the order in which they are sent.
    if (!this.transport.hasKeys && this.random.chance(0.2)) await this.post(queue);
    await posting;
  }

  private async send(keyed: KeyedPost): Promise<void> {
    this.unfinished = keyed;
    if (!(await this.attempt(keyed, true))) return;
    this.unfinished = null;
    this.keyed = [...this.keyed.slice(-KEYED_MAX), keyed];
  }

  /** The answer was lost, or the client behaves as if it were. */
  private async repost(): Promise<void> {
    if (this.keyed.length > 0) await this.attempt(this.random.pick(this.keyed), true);
  }

  private async attempt({ queue, post, bodies, key }: KeyedPost, withKey: boolean): Promise<boolean> {
    const request = { kind: "post", bodies, key: withKey ? key : null } as const;
    const { reply, ...span } = await this.ask(queue, request, [201]);
    this.record({ kind: "post", ...span, post, count: bodies.length, ids: reply?.ids ?? null });
    return reply !== null;
  }

  private async claim(queue: string): Promise<void> {
    const ttl = this.random.between(60, 90);
    const limit = this.random.between(1, 20);
    const mayWait = this.transport.hasWaits && !this.waits.has(queue) && this.random.chance(0.8);
    const wait = mayWait ? this.random.between(1, 20) : null;
    const { reply, ...span } = await this.ask(queue, { kind: "claim", ttl, limit, wait }, [201, 202, 204]);
    if (reply === null) this.record({ kind: "lost-claim", ...span, ttl, limit });
    else if (reply.status === 202) this.waits.set(queue, { sentAt: span.sentAt, ttl, limit });
    else if (reply.claim !== null) this.hold(span, { ttl, claim: reply.claim, messages: reply.messages });
  }

  private hold(
    span: { readonly queue: string; readonly sentAt: number; readonly endedAt: number },
    { ttl, claim, messages }: { readonly ttl: number; readonly claim: string; readonly messages: readonly Seen[] },
  ): void {
    this.record({ kind: "grant", ...span, lease: { claim, ttl }, messages });
    this.held.push({ queue: span.queue, claim, messages });
  }

  /** The end of a wait, which the queue granted something or not. */
  private receive({ queue, claim }: WaitedClaim): void {
    const wait = this.waits.get(queue);
    const at = performance.now();
    if (wait === undefined) {
      const text = `the end of a wait that did not begin: ${JSON.stringify(claim)}`;
      return this.record({ kind: "surprise", queue, sentAt: at, endedAt: at, text });
    }
    this.waits.delete(queue);
    const { sentAt, ttl } = wait;
    if (claim === null) return;
    this.waited++;
    this.hold({ queue, sentAt, endedAt: at }, { ttl, claim: claim.id, messages: claim.messages });
  }

  /** Closes the connection, while the service runs, and continues with another one. */
  private async leave(): Promise<void> {
    await this.transport.leave();
    this.loseWaits(CLOSING_MS);
  }

  /** The connection has ended: what its waits were granted until then is not known. */
  private loseWaits(milliseconds = 0): void {
    const endedAt = performance.now() + milliseconds;
    this.waitsLost += this.waits.size;
    for (const [queue, { sentAt, ttl, limit }] of this.waits)
      this.record({ kind: "lost-claim", queue, sentAt, endedAt, ttl, limit });
    this.waits.clear();
  }

  private async deleteOne(): Promise<void> {
    const held = this.take();
    if (held === null) return;
    const { queue, claim, messages } = held;
    const message = this.random.pick(messages);
    const { reply, ...span } = await this.ask(queue, { kind: "delete", id: message.id, claim }, [204, 400, 403]);
    const outcome = reply === null ? "unknown" : reply.status === 204 ? "done" : "refused";
    this.record({ kind: "deletion", ...span, ids: [message.id], claim, outcome });
    const rest = messages.filter((each) => each !== message);
    if (outcome !== "refused" && rest.length > 0) this.held.push({ queue, claim, messages: rest });
  }

  private async deleteMany(): Promise<void> {
    const held = this.take();
    if (held === null) return;
    const ids = held.messages.map((message) => message.id);
    const { reply, ...span } = await this.ask(held.queue, { kind: "delete many", ids }, [204]);
    this.record({ kind: "deletion", ...span, ids, claim: null, outcome: reply === null ? "unknown" : "done" });
  }

  private async release(): Promise<void> {
    const held = this.take();
    if (held === null) return;
    const { reply, ...span } = await this.ask(held.queue, { kind: "release", claim: held.claim }, [204]);
    this.record({ kind: "release", ...span, claim: held.claim, outcome: reply === null ? "unknown" : "done" });
  }

  private async renew(): Promise<void> {
    const held = this.take();
    if (held === null) return;
    const ttl = this.random.between(60, 90);
    const { reply, ...span } = await this.ask(held.queue, { kind: "renew", claim: held.claim, ttl }, [204, 404]);
    const outcome = reply === null ? "unknown" : reply.status === 204 ? "done" : "gone";
    this.record({ kind: "renewal", ...span, claim: held.claim, ttl, outcome });
    if (outcome !== "gone") this.held.push(held);
  }

  private async pop(queue: string): Promise<void> {
    const count = this.random.between(1, 3);
    const { reply, ...span } = await this.ask(queue, { kind: "pop", count }, [200]);
    if (reply === null) this.record({ kind: "lost-pop", ...span, count });
    else this.record({ kind: "grant", ...span, lease: null, messages: reply.messages });
  }

  private async page(queue: string): Promise<void> {
    const includesClaimed = this.random.chance(0.5);
    const { reply, ...span } = await this.ask(queue, { kind: "page", includesClaimed }, [200, 404]);
    if (reply !== null) this.record({ kind: "page", ...span, includesClaimed, messages: reply.messages });
  }

  /** Takes one of the held claims. The caller puts it back if it is still held. */
  private take(): HeldClaim | null {
    if (this.held.length === 0) return null;
    return this.held.splice(this.random.between(0, this.held.length - 1), 1)[0] ?? null;
  }

  /** An unexpected answer is recorded, and then treated as a broken connection. */
  private async ask(queue: string, request: Request, expected: readonly number[]): Promise<Asked> {
    const sentAt = performance.now();
    const reply = await this.transport.ask(queue, request);
    const span = { queue, sentAt, endedAt: performance.now() };
    if (reply !== null && expected.includes(reply.status)) return { ...span, reply };
    if (reply === null) this.isBroken = true;
    else {
      const text = `${JSON.stringify(request).slice(0, 300)}: ${reply.status} ${reply.text.slice(0, 300)}`;
      this.record({ kind: "surprise", ...span, text });
    }
    return { ...span, reply: null };
  }
}

interface Asked {
  readonly queue: string;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly reply: Reply | null;
}

/** The number of posts that are kept for needless repeats. */
const KEYED_MAX = 20;
