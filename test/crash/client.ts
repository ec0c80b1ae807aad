/**
 * A client of the crash test: performs random operations until its connection breaks, and records its requests and the answers.
 * After the crash it continues with the claims that it holds.
 */
import { randomUUID } from "node:crypto";
import type { Event, PostKey, Seen } from "./history.ts";
import { Random } from "./random.ts";
import { messagesOf, Zaqar, type Answer, type Body, type Call } from "./zaqar.ts";

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
} as const;

export class Client {
  private readonly number: number;
  private readonly random: Random;
  private readonly zaqar: Zaqar;
  private readonly record: (event: Event) => void;
  private queues: readonly string[] = [];
  private serial = 0;
  private held: HeldClaim[] = [];
  /** Acknowledged posts with a key, and the one whose connection broke. */
  private keyed: KeyedPost[] = [];
  private unfinished: KeyedPost | null = null;
  private isBroken = false;
  private isStopping = false;

  constructor(options: {
    readonly number: number;
    readonly seed: number;
    readonly port: number;
    readonly record: (event: Event) => void;
  }) {
    this.number = options.number;
    this.random = new Random(options.seed);
    this.zaqar = new Zaqar(randomUUID(), options.port);
    this.record = options.record;
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
    this.zaqar.reconnect(port);
    this.isBroken = false;
    this.isStopping = false;
    let count = 0;
    for (; !this.isBroken && !this.isStopping; count++) await this.step();
    return count;
  }

  stop(): void {
    this.isStopping = true;
  }

  close(): void {
    this.zaqar.close();
  }

  private async step(): Promise<void> {
    // First, because a later post must not precede it in the order of this poster.
    if (this.unfinished !== null) return await this.send(this.unfinished);
    const queue = this.random.pick(this.queues);
    switch (this.random.weighted(WEIGHTS)) {
      case "post":
        return await this.post(queue);
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
    if (this.random.chance(0.3)) return await this.send(keyed);
    await this.attempt(keyed, false);
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
    const messages = bodies.map((body) => ({ body, ttl: 3600 }));
    const call = { method: "POST", path: `${path(queue)}/messages`, body: { messages } } as const;
    const { answer, ...span } = await this.ask(queue, withKey ? { ...call, idempotencyKey: key } : call, [201]);
    const ids = answer === null ? null : resourcesOf(answer.text);
    this.record({ kind: "post", ...span, post, count: bodies.length, ids });
    return answer !== null;
  }

  private async claim(queue: string): Promise<void> {
    const ttl = this.random.between(60, 90);
    const call = {
      method: "POST",
      path: `${path(queue)}/claims?limit=${this.random.between(1, 20)}`,
      body: { ttl, grace: 60 },
    } as const;
    const { answer, ...span } = await this.ask(queue, call, [201, 204]);
    if (answer === null || answer.status === 204) return;
    const claim = answer.location.slice(answer.location.lastIndexOf("/") + 1);
    const messages = messagesOf(answer.text);
    this.record({ kind: "grant", ...span, lease: { claim, ttl }, messages });
    this.held.push({ queue, claim, messages });
  }

  private async deleteOne(): Promise<void> {
    const held = this.take();
    if (held === null) return;
    const { queue, claim, messages } = held;
    const message = this.random.pick(messages);
    const call = { method: "DELETE", path: `${path(queue)}/messages/${message.id}?claim_id=${claim}` } as const;
    const { answer, ...span } = await this.ask(queue, call, [204, 400, 403]);
    const outcome = answer === null ? "unknown" : answer.status === 204 ? "done" : "refused";
    this.record({ kind: "deletion", ...span, ids: [message.id], claim, outcome });
    const rest = messages.filter((each) => each !== message);
    if (outcome !== "refused" && rest.length > 0) this.held.push({ queue, claim, messages: rest });
  }

  private async deleteMany(): Promise<void> {
    const held = this.take();
    if (held === null) return;
    const { queue, messages } = held;
    const ids = messages.map((message) => message.id);
    const { answer, ...span } = await this.ask(
      queue,
      { method: "DELETE", path: `${path(queue)}/messages?ids=${ids.join(",")}` },
      [204],
    );
    this.record({ kind: "deletion", ...span, ids, claim: null, outcome: answer === null ? "unknown" : "done" });
  }

  private async release(): Promise<void> {
    const held = this.take();
    if (held === null) return;
    const { answer, ...span } = await this.ask(held.queue, { method: "DELETE", path: claimPath(held) }, [204]);
    this.record({ kind: "release", ...span, claim: held.claim, outcome: answer === null ? "unknown" : "done" });
  }

  private async renew(): Promise<void> {
    const held = this.take();
    if (held === null) return;
    const ttl = this.random.between(60, 90);
    const { answer, ...span } = await this.ask(
      held.queue,
      { method: "PATCH", path: claimPath(held), body: { ttl, grace: 60 } },
      [204, 404],
    );
    const outcome = answer === null ? "unknown" : answer.status === 204 ? "done" : "gone";
    this.record({ kind: "renewal", ...span, claim: held.claim, ttl, outcome });
    if (outcome !== "gone") this.held.push(held);
  }

  private async pop(queue: string): Promise<void> {
    const count = this.random.between(1, 3);
    const { answer, ...span } = await this.ask(
      queue,
      { method: "DELETE", path: `${path(queue)}/messages?pop=${count}` },
      [200],
    );
    if (answer === null) this.record({ kind: "lost-pop", ...span, count });
    else this.record({ kind: "grant", ...span, lease: null, messages: messagesOf(answer.text) });
  }

  private async page(queue: string): Promise<void> {
    const includesClaimed = this.random.chance(0.5);
    const query = `limit=20&echo=true&include_claimed=${includesClaimed}`;
    const { answer, ...span } = await this.ask(
      queue,
      { method: "GET", path: `${path(queue)}/messages?${query}` },
      [200],
    );
    if (answer !== null) this.record({ kind: "page", ...span, includesClaimed, messages: messagesOf(answer.text) });
  }

  /** Takes one of the held claims. The caller puts it back if it is still held. */
  private take(): HeldClaim | null {
    if (this.held.length === 0) return null;
    return this.held.splice(this.random.between(0, this.held.length - 1), 1)[0] ?? null;
  }

  /** An unexpected answer is recorded, and then treated as a broken connection. */
  private async ask(queue: string, call: Call, expected: readonly number[]): Promise<Asked> {
    const sentAt = performance.now();
    const answer = await this.zaqar.call(call);
    const span = { queue, sentAt, endedAt: performance.now() };
    if (answer !== null && expected.includes(answer.status)) return { ...span, answer };
    if (answer === null) this.isBroken = true;
    else
      this.record({
        kind: "surprise",
        ...span,
        text: `${call.method} ${call.path}: ${answer.status} ${answer.text.slice(0, 300)}`,
      });
    return { ...span, answer: null };
  }
}

interface Asked {
  readonly queue: string;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly answer: Answer | null;
}

/** The number of posts that are kept for needless repeats. */
const KEYED_MAX = 20;

function path(queue: string): string {
  return `/v2/queues/${queue}`;
}

function claimPath({ queue, claim }: HeldClaim): string {
  return `${path(queue)}/claims/${claim}`;
}

function resourcesOf(text: string): readonly string[] {
  const { resources } = JSON.parse(text) as { readonly resources: readonly string[] };
  return resources.map((href) => href.slice(href.lastIndexOf("/") + 1));
}
