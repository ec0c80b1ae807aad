/** Makes the same steps with a queue of the service and with its model, and compares the two. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { unwrap } from "../../../src/domain/refusal.ts";
import type { QueueRpc } from "../../../src/objects/rpc/queue.ts";
import { clock } from "../clock.ts";
import { agree } from "./agree.ts";
import { Connections, type GrantedClaim } from "./connections.ts";
import { Lines } from "./lines.ts";
import { ModelQueue, type Listing, type ModelSettlement, type View } from "./queue-model.ts";
import { queueStub } from "../objects/stubs.ts";
import { allOf, views } from "./views.ts";
import { CONNECTION_STEPS, type ConnectionStep, type Settling, type Step, type Terms, type Turn } from "./steps.ts";
import { Project, type Message, type Queue } from "../drivers/zaqar-client.ts";

/** A claim as the answers show it, for the invariant that no message is under two claims. */
interface SeenClaim {
  until: number;
  readonly ids: readonly string[];
}

/** Milliseconds until the alarm that repeats what a request has not finished. */
const REPAIR_MS = 10_000;
/** Milliseconds until a change for which a queue with waiting claims sets a timer. For later ones it sets an alarm. */
const TIMED_MS_MAX = 1000;

export class Comparison {
  readonly connections: Connections;
  private readonly lines: Lines;
  /** Makes the requests of steps, over either transport. */
  private readonly orders: Queue;
  /** The same queue, and that of its dead letters, over HTTP alone: by them the two sides are compared. */
  private readonly stored: Queue;
  private readonly dead: Queue;
  private readonly deadModel = new ModelQueue();
  private readonly model = new ModelQueue();
  private readonly clients = [crypto.randomUUID(), crypto.randomUUID()];
  private readonly ids: string[] = [];
  private readonly claims: string[] = [];
  private readonly seen = new Map<string, SeenClaim>();
  private bodies = 0;

  private constructor(lines: Lines, stored: Queue) {
    this.lines = lines;
    this.stored = stored;
    this.orders = new Project(lines.project, lines.client, lines.send).missingQueue(stored.name);
    this.dead = stored.project.missingQueue("dead");
    this.connections = new Connections({
      lines,
      queue: stored,
      model: this.model,
      granted: (claim, terms, now) => this.granted(claim, terms, now),
    });
  }

  static async create(): Promise<Comparison> {
    const lines = new Lines();
    return new Comparison(lines, await new Project(lines.project, lines.client).queue("orders"));
  }

  /** Closes the connections. */
  async end(): Promise<void> {
    for (const number of this.lines.open) await this.lines.close(number, this.stored);
  }

  /** Takes the steps of a turn and waits for everything that has to come of them. */
  async take({ steps, over, isBinary }: Turn): Promise<void> {
    if (over !== null) await this.connections.ensure(over);
    // A waiting claim would compete with the requests that come later.
    const isOneByOne = steps.length === 1 || this.connections.hasWaits(Date.now());
    const taken: Promise<void>[] = [];
    for (const [index, step] of steps.entries()) {
      const format = isBinary[index % isBinary.length] ?? false;
      if (step.kind === "crash") await Promise.all(taken);
      this.lines.use(over, format);
      taken.push(isConnectionStep(step) ? this.performOver(step, over ?? 0, format) : this.perform(step));
      if (isOneByOne) await taken.at(-1);
      if (isOneByOne) await this.connections.settle();
    }
    await Promise.all(taken);
    await this.connections.settle();
    this.lines.use(null, false);
  }

  private performOver(step: ConnectionStep, over: number, isBinary: boolean): Promise<void> {
    // Which waiting claim takes a dead letter to its queue would be anybody's guess.
    if (step.kind === "wait" && this.model.deadLetters !== null)
      return this.claim({ ...step, kind: "claim" }, Date.now());
    this.settle();
    return this.connections.perform(step, over, isBinary);
  }

  private async perform(step: Exclude<Step, ConnectionStep>): Promise<void> {
    this.settle();
    const now = Date.now();
    switch (step.kind) {
      case "post":
        return this.post(step, now);
      case "claim":
        return this.claim(step, now);
      case "claim and withdraw":
        return this.claimAndWithdraw(step, now);
      case "renew":
        return this.renew(step, now);
      case "release":
        return this.release(step);
      case "settle":
        return this.settleClaim(this.settlementOf(step), now);
      case "settle twice": {
        const settlement = this.settlementOf(step);
        await this.settleClaim(settlement, now);
        if (step.isEvicted) await this.evict();
        return this.settleClaim(settlement, now);
      }
      case "show claim":
        return this.showClaim(step, now);
      case "delete":
        return this.delete(step);
      case "delete many": {
        const ids = this.messagesAt(step.messages);
        await this.orders.deleteMany(ids);
        return this.model.deleteMany(ids);
      }
      case "get many": {
        const ids = this.messagesAt(step.messages);
        return agree("messages by ids", views(await this.orders.getMany(ids)), this.shown(this.model.get(ids, now)));
      }
      case "list":
        return this.list(step, now);
      case "pop": {
        const popped = await this.orders.pop(step.limit);
        const actual = popped.map(({ id, body, ttl, age, claim_id, claim_count }) => ({
          id,
          body,
          ttl,
          age,
          claim: claim_id,
          claims: claim_count,
        }));
        return agree("popped messages", actual, this.model.pop(step.limit, now));
      }
      case "purge":
        await this.orders.purge();
        this.connections.unsubscribeAll();
        return this.model.purge();
      case "delete queue":
        await this.orders.remove();
        await this.orders.project.queue(this.orders.name);
        this.seen.clear();
        this.connections.noteEndOfWaits(now);
        return this.model.restart();
      case "set delay":
        await this.set("_default_message_delay", step.delay);
        this.model.delay = step.delay ?? 0;
        return;
      case "set dead letters":
        if (step.max !== null) await this.connections.endWaits(now);
        await this.set("_max_claim_count", step.max);
        await this.set("_dead_letter_queue", step.max === null ? null : "dead");
        this.model.deadLetters = step.max === null ? null : { max: step.max, queue: this.deadModel };
        return;
      case "set pause":
        await this.set("_paused", step.isPaused ? ["claims"] : []);
        this.model.isPaused = step.isPaused;
        return;
      case "advance":
        clock.advance({ ms: step.ms });
        this.settle();
        return this.connections.ringDue();
      case "evict":
        return this.evict();
      case "crash":
        return this.crash();
      case "ring alarm":
        await runDurableObjectAlarm(queueStub(this.orders));
    }
  }

  /** After the crash of an object its alarm repeats what was under way. */
  private async crash(): Promise<void> {
    const now = Date.now();
    // Whether such a subscription or wait still gets what was under way would be anybody's guess.
    if (this.connections.hasWaits(now) || this.connections.isOneEnding(now, now + REPAIR_MS)) return;
    this.connections.noteRestart();
    await runInDurableObject(queueStub(this.orders), (_, state) => state.abort("a crash")).catch(() => undefined);
    clock.advance({ ms: REPAIR_MS });
    this.settle();
    await this.connections.ringDue();
    // A new stub: that of the object that has crashed is broken.
    await runDurableObjectAlarm(queueStub(this.orders));
  }

  /** Lets the object sleep, unless it sets a timer for the claims that wait: while the clock stands still, again and again. */
  private async evict(): Promise<void> {
    const now = Date.now();
    if (this.connections.mayHaveWaits(now) && this.model.nextChange(now) <= now + TIMED_MS_MAX) return;
    this.connections.noteRestart();
    await evictDurableObject(queueStub(this.orders));
  }

  /** The invariants after every step: the queue has the messages of the model, in order, and correct counts. */
  async check(): Promise<void> {
    this.settle();
    const now = Date.now();
    const alive = await allOf(this.stored);
    agree("what is alive", alive, this.model.detailed(now));
    const { claimed, free, total, oldest, newest } = await this.stored.stats();
    const idIn = (href: string | undefined): string | null => href?.split("/").at(-1) ?? null;
    const stats = { claimed, free, oldest: idIn(oldest?.href), newest: idIn(newest?.href) };
    agree("statistics", stats, this.model.stats(now));
    agree("the total", total, alive.length);
    await this.connections.check();
    if (this.model.deadLetters === null) return;
    agree("dead letters", await allOf(this.dead), this.deadModel.detailed(now));
  }

  private settle(): void {
    this.model.settle(Date.now());
    this.deadModel.settle(Date.now());
  }

  private async post({ client, messages }: Step & { readonly kind: "post" }, now: number): Promise<void> {
    const sender = this.clients[client] ?? "";
    const posted = messages.map(({ ttl, delay }) => ({ body: `m${++this.bodies}`, ttl, delay }));
    const wire = posted.map(({ delay, ...message }) => (delay === null ? message : { ...message, delay }));
    const ids = await this.orders.as(sender).post(...wire);
    this.ids.push(...ids);
    for (const [index, message] of posted.entries()) {
      this.model.post({ ...message, id: ids[index] ?? "", client: sender }, now);
      this.connections.notify(message, now);
    }
  }

  private async claim({ ttl, grace, limit }: Step & { readonly kind: "claim" }, now: number): Promise<void> {
    const claim = await this.orders.claim({ ttl, grace, limit });
    const id = claim.location === null ? "none" : claim.id;
    this.compareClaim({ id, messages: views(claim.messages) }, { ttl, grace, limit }, now);
  }

  /** The claim of a connection that has waited, or might have. */
  private granted({ id, messages }: GrantedClaim, terms: Terms, now: number): void {
    const granted = messages.map(({ claim_id: claim, ...message }) => ({ ...message, claim }));
    this.compareClaim({ id, messages: granted }, terms, now);
  }

  private compareClaim(
    { id, messages }: { readonly id: string; readonly messages: readonly View[] },
    { ttl, grace, limit }: Terms,
    now: number,
  ): void {
    agree("claimed messages", messages, this.model.claim({ id, ttl, grace, limit }, now));
    if (messages.length === 0) return;
    const ids = messages.map((message) => message.id);
    const held = [...this.seen.values()].filter(({ until }) => until > now).flatMap((other) => other.ids);
    const heldTwice = held.filter((other) => ids.includes(other));
    agree("messages under two live claims", heldTwice, []);
    this.claims.push(id);
    this.seen.set(id, { until: now + ttl * 1000, ids });
  }

  /** Withdraws a claim whose client has disconnected. Twice, as a repeated request does. */
  private async claimAndWithdraw(step: Step & { readonly kind: "claim and withdraw" }, now: number): Promise<void> {
    const { ttl, grace, limit, ms, isEvicted, isEmptied } = step;
    const stub = (): QueueRpc => queueStub(this.orders) as unknown as QueueRpc;
    const claimed = unwrap(await stub().claim({ ttl, grace, limit, withUndo: true }));
    const expected = this.model.claim({ id: claimed?.claim ?? "none", ttl, grace, limit }, now);
    const bodies = claimed?.messages.map((message) => JSON.parse(message.body) as unknown) ?? [];
    agree(
      "what is claimed for nobody",
      bodies,
      expected.map(({ body }) => body),
    );
    if (claimed?.undo === undefined) return;
    const { claim, messages, undo } = claimed;
    if (isEmptied) {
      const ids = messages.slice(1).map((message) => message.id);
      await stub().deleteMany({ ids, claims: null });
      this.model.deleteMany(ids);
    }
    clock.advance({ ms });
    this.settle();
    if (isEvicted) await this.evict();
    for (let time = 0; time < 2; time++) await stub().withdraw({ claim, undo });
    this.model.withdraw(claim);
  }

  private async renew({ claim, ttl, grace }: Step & { readonly kind: "renew" }, now: number): Promise<void> {
    const id = this.claimAt(claim);
    const { status } = await this.orders.send("PATCH", `/claims/${id}`, { body: { ttl, grace } });
    agree("the status of a renewal", status, this.model.renew({ id, ttl, grace }, now));
    const seen = this.seen.get(id);
    if (status === 204 && seen !== undefined) seen.until = now + ttl * 1000;
  }

  private async release({ claim }: { readonly claim: number }): Promise<void> {
    const id = this.claimAt(claim);
    const { status } = await this.orders.send("DELETE", `/claims/${id}`);
    agree("the status of a release", status, 204);
    this.model.release(id);
    this.seen.delete(id);
  }

  private settlementOf({ claim, outcomes, strays }: Settling): ModelSettlement & { readonly id: string } {
    const id = this.claimAt(claim);
    const held = this.seen.get(id)?.ids ?? [];
    const outcomeOf = (index: number) => outcomes[index % outcomes.length] ?? "keep";
    const deleted = held.filter((_, index) => outcomeOf(index) === "delete");
    const release = held.flatMap((message, index) => {
      const outcome = outcomeOf(index);
      return typeof outcome === "string" ? [] : [{ ids: [message], delay: outcome.delay, count: outcome.isCounted }];
    });
    const others = this.messagesAt(strays).filter((message) => !held.includes(message));
    return { id, delete: [...new Set([...deleted, ...others])], release };
  }

  private async settleClaim(
    { id, ...settlement }: ModelSettlement & { readonly id: string },
    now: number,
  ): Promise<void> {
    const { status } = await this.orders.send("POST", `/claims/${id}/settle`, { body: settlement });
    agree("the status of a settlement", status, this.model.settleClaim(id, settlement, now));
    const seen = this.seen.get(id);
    if (status !== 204 || seen === undefined) return;
    const settled = [...settlement.delete, ...settlement.release.flatMap(({ ids }) => ids)];
    this.seen.set(id, { ...seen, ids: seen.ids.filter((message) => !settled.includes(message)) });
  }

  private async showClaim({ claim }: { readonly claim: number }, now: number): Promise<void> {
    const id = this.claimAt(claim);
    const answer = await this.orders.send("GET", `/claims/${id}`);
    const expected = this.model.find(id);
    agree("the status of a claim", answer.status, expected === null ? 404 : 200);
    if (expected === null) return;
    const { age, ttl, messages } = answer.json as { age: number; ttl: number; messages: Message[] };
    agree("a claim", { age, ttl }, { age: Math.floor((now - expected.since) / 1000), ttl: expected.ttl });
    agree("a claim's messages", views(messages), this.model.messagesOf(id, now));
  }

  private async delete(step: Step & { readonly kind: "delete" }): Promise<void> {
    const [id = "unknown"] = this.messagesAt([step.message]);
    const claim = this.claimNamed(step.claim, id);
    const query = claim === null ? "" : `?claim_id=${claim}`;
    const { status } = await this.orders.send("DELETE", `/messages/${id}${query}`);
    agree("the status of a deletion", status, this.model.delete(id, claim));
  }

  private async list({ client, marker, ...options }: Step & { readonly kind: "list" }, now: number): Promise<void> {
    const { echo, includeClaimed, includeDelayed, limit } = options;
    const [from = "unknown"] = marker === null ? [] : this.messagesAt([marker]);
    const listing: Listing = { ...options, client: this.clients[client] ?? "", marker: marker === null ? null : from };
    const query = { echo, include_claimed: includeClaimed, include_delayed: includeDelayed, limit };
    const messages = await this.orders.as(listing.client).list(marker === null ? query : { ...query, marker: from });
    agree("listed messages", views(messages), this.shown(this.model.list(listing, now)));
  }

  /** Messages in a list: over frames, it does not show their claims. */
  private shown(messages: readonly View[]): View[] {
    return messages.map((message) => (this.lines.areFramesUsed ? { ...message, claim: null } : message));
  }

  private async set(key: string, value: unknown): Promise<void> {
    const path = `/metadata/${key}`;
    await this.orders.patch(value === null ? { op: "remove", path } : { op: "add", path, value });
  }

  private messagesAt(references: readonly number[]): string[] {
    return references.map((reference) => this.ids.at(-1 - (reference % Math.max(1, this.ids.length))) ?? "unknown");
  }

  private claimAt(reference: number): string {
    return this.claims.at(-1 - (reference % Math.max(1, this.claims.length))) ?? "unknown";
  }

  private claimNamed(name: "none" | "its" | "malformed" | number, message: string): string | null {
    if (name === "none") return null;
    if (name === "malformed") return "no claim";
    if (name !== "its") return this.claimAt(name);
    return [...this.seen].findLast(([, { ids }]) => ids.includes(message))?.[0] ?? "unknown";
  }
}

function isConnectionStep(step: Step): step is ConnectionStep {
  return CONNECTION_STEPS.includes(step.kind);
}
