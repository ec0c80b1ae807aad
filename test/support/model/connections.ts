/**
 * Makes the steps of connections with the service and with their models: own subscriptions, waiting claims, closings and
 * hibernation. Compares what arrives at the connections with what the models say.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { until } from "../clock.ts";
import type { Queue } from "../drivers/zaqar-client.ts";
import { agree } from "./agree.ts";
import { alarmOf } from "../objects/hub.ts";
import { queueStub } from "../objects/stubs.ts";
import { ModelConnection, type ModelWait } from "./connection-model.ts";
import type { Arrival, Lines } from "./lines.ts";
import type { ModelMessage, ModelQueue } from "./queue-model.ts";
import type { ConnectionStep, Terms } from "./steps.ts";

export interface ConnectionsDeps {
  readonly lines: Lines;
  /** The queue, over HTTP. */
  readonly queue: Queue;
  readonly model: ModelQueue;
  /** Compares a claim that the service has made with that of the model. */
  readonly granted: (claim: GrantedClaim, terms: Terms, now: number) => void;
}

export interface GrantedClaim {
  readonly id: string;
  readonly messages: readonly GrantedMessage[];
}

/** A message in a frame. */
interface GrantedMessage {
  readonly id: string;
  readonly body: unknown;
  readonly ttl: number;
  readonly age: number;
  readonly claim_id: string | null;
}

/** Milliseconds for which a queue may show the subscriptions of connections that a crash has ended. */
const SHOWN_MAX = 20_000;

interface AskingObject {
  readonly claims: { readonly deps: { readonly connectionWaits: { readonly called: ReadonlyMap<string, unknown> } } };
}

export class Connections {
  /** Pushes that have arrived, and claims after a wait. */
  pushes = 0;
  claims = 0;
  private readonly deps: ConnectionsDeps;
  private readonly models = new Map<number, ModelConnection>();
  /** The subscriptions of connections that a crash has ended, and until when they may be shown. */
  private lost: readonly { readonly id: string | null; readonly until: number }[] = [];
  /** Until when the queue may keep waits of such connections. */
  private lostWaitsUntil = 0;
  private waitsBegun = 0;

  constructor(deps: ConnectionsDeps) {
    this.deps = deps;
  }

  /** Opens the connection unless it is open. */
  async ensure(number: number): Promise<void> {
    if (await this.deps.lines.ensure(number)) this.models.set(number, new ModelConnection());
  }

  async perform(step: ConnectionStep, over: number, isBinary: boolean): Promise<void> {
    const { lines, queue } = this.deps;
    const now = Date.now();
    switch (step.kind) {
      case "subscribe":
        return this.subscribe({ over, isBinary, ttl: step.ttl }, now);
      case "unsubscribe":
        return this.unsubscribe(over, now);
      case "wait":
        return this.wait(step, { over, isBinary }, now);
      case "end waits":
        return this.endWaits(now);
      case "close":
        this.models.delete(over);
        return lines.close(over, queue);
      case "hibernate":
        for (const model of this.models.values()) model.noteRestart("hub");
        return lines.hibernate();
      case "lose connections": {
        const ids = [...this.models.values()].map((model) => model.subscriptionAt(now));
        this.lost = [...this.lost, ...ids.map((id) => ({ id, until: now + SHOWN_MAX }))];
        this.lostWaitsUntil = Math.max(this.lostWaitsUntil, ...this.waitsAt(now).map((wait) => wait.until));
        this.models.clear();
        return lines.lose();
      }
    }
  }

  /** A message is posted to the queue. */
  notify(message: Pick<ModelMessage, "body" | "ttl">, now: number): void {
    for (const model of this.models.values()) model.notify(message, now);
  }

  /** Whether the subscription of a connection ends in a time, by its ttl. */
  isOneEnding(from: number, to: number): boolean {
    const models = [...this.models.values()];
    return models.some((model) => model.subscriptionAt(from) !== model.subscriptionAt(to));
  }

  /** All subscriptions of the queue are deleted. */
  unsubscribeAll(): void {
    for (const model of this.models.values()) model.unsubscribe();
  }

  /** The queue's object restarts. */
  noteRestart(): void {
    for (const model of this.models.values()) model.noteRestart("queue");
  }

  /** All waits of the queue are ended, because it is deleted, or by request. */
  noteEndOfWaits(now: number): void {
    for (const model of this.models.values()) model.endWaits(now);
  }

  async endWaits(now: number): Promise<void> {
    this.noteEndOfWaits(now);
    const { status } = await this.deps.queue.send("DELETE", "/claims?waiting=true");
    agree("the status of the end of waits", status, 204);
  }

  /** Whether the queue has claims that wait. */
  hasWaits(now: number): boolean {
    return this.waitsAt(now).length > 0;
  }

  /** The same, or those of connections that were lost. */
  mayHaveWaits(now: number): boolean {
    return this.hasWaits(now) || this.lostWaitsUntil > now;
  }

  /** The clock was moved: the alarms that are due by it ring, and connections that would be idle for too long are closed. */
  async ringDue(): Promise<void> {
    const { lines, queue } = this.deps;
    for (const number of lines.aged) await this.perform({ kind: "close" }, number, false);
    await lines.ringDue();
    const stub = queueStub(queue);
    if (this.hasWaits(Date.now()) && ((await alarmOf(stub)) ?? Infinity) <= Date.now())
      await runDurableObjectAlarm(stub);
  }

  /** Waits for all frames that are due, and compares them. */
  async settle(): Promise<void> {
    const now = Date.now();
    const { lines, model } = this.deps;
    const claimable = model.claimableIds(Infinity, now).length;
    const waits = this.waitsAt(now);
    let claims: readonly Arrival[] = [];
    for (;;) {
      for (const arrival of lines.take()) {
        if (isClaim(arrival)) claims = [...claims, arrival];
        else this.receive(arrival, now);
      }
      const isMatched = await this.matchOne(claims, { claimable, waits }, now);
      if (isMatched !== null) claims = claims.filter((claim) => claim !== isMatched);
      const due = this.dueAt(now);
      if (due === null && claims.length === 0) return this.hubsHaveAnswered(now);
      if (isMatched === null) await lines.arrival(due ?? `a claim before ${JSON.stringify(claims)}`);
    }
  }

  /**
   * The queue does not always know that it has no claimable message, and then asks the hub of the longest wait in vain. A message that
   * is posted meanwhile goes to the next wait.
   */
  private async hubsHaveAnswered(now: number): Promise<void> {
    if (!this.hasWaits(now)) return;
    await until(() =>
      runInDurableObject(queueStub(this.deps.queue), (object) => {
        return (object as unknown as AskingObject).claims.deps.connectionWaits.called.size === 0;
      }),
    );
  }

  /** Compares the subscriptions that the queue shows. */
  async check(): Promise<void> {
    const now = Date.now();
    const live = [...this.models.values()].flatMap((model) => model.subscriptionAt(now) ?? []);
    const lost = this.lost.flatMap((each) => (each.until > now && each.id !== null ? [each.id] : []));
    let shown: string[] = [];
    // The hub of a connection that was closed ends its subscription in the background.
    await until(async () => {
      shown = (await this.deps.queue.subscriptions()).subscriptions.map(({ id }) => id);
      return shown.every((id) => live.includes(id) || lost.includes(id));
    }).catch(() => undefined);
    agree("subscriptions", shown.filter((id) => !lost.includes(id)).toSorted(), live.toSorted());
  }

  private async subscribe(
    { over, isBinary, ttl }: { readonly over: number; readonly isBinary: boolean; readonly ttl: number },
    now: number,
  ): Promise<void> {
    const ask = isBinary ? "askInBinary" : "ask";
    const request = { queue_name: this.deps.queue.name, ttl };
    const { headers, body } = await this.deps.lines.connection(over)[ask]("subscription_create", request);
    const model = this.modelAt(over);
    const isNew = model.subscriptionAt(now) === null;
    agree("the status of a subscription", headers.status, isNew ? 201 : 409);
    const { subscription_id: id } = body as { readonly subscription_id: string };
    if (isNew) model.subscribe({ id, until: now + ttl * 1000, isBinary });
  }

  private async unsubscribe(over: number, now: number): Promise<void> {
    const model = this.modelAt(over);
    const id = model.subscriptionAt(now);
    if (id === null) return;
    const request = { queue_name: this.deps.queue.name, subscription_id: id };
    const { headers } = await this.deps.lines.connection(over).ask("subscription_delete", request);
    agree("the status of an unsubscription", headers.status, 204);
    model.unsubscribe();
  }

  private async wait(
    { seconds, ttl, grace, limit }: ConnectionStep & { readonly kind: "wait" },
    { over, isBinary }: { readonly over: number; readonly isBinary: boolean },
    now: number,
  ): Promise<void> {
    const { lines, queue, model } = this.deps;
    const request = { queue_name: queue.name, ttl, grace, limit, wait: seconds };
    const { headers, body } = await lines.connection(over)[isBinary ? "askInBinary" : "ask"]("claim_create", request);
    const connection = this.modelAt(over);
    const isAtOnce = model.claimableIds(1, now).length > 0;
    agree("the status of a claim that may wait", headers.status, isAtOnce ? 201 : connection.mayWait ? 202 : 204);
    if (isAtOnce) this.deps.granted(toGranted(body), { ttl, grace, limit }, now);
    else if (connection.mayWait)
      connection.wait({ ttl, grace, limit, isBinary, until: now + seconds * 1000, number: ++this.waitsBegun });
  }

  /** A frame that is no claim. */
  private receive({ line, isBinary, document }: Arrival, now: number): void {
    const model = this.modelAt(line);
    agree("the queue of a frame", document["queue_name"], this.deps.queue.name);
    if (document["Message_Type"] === "Claim") {
      agree("the messages of a wait without a claim", document["messages"], []);
      return model.receiveEnd(isBinary, now);
    }
    agree("the type of a push", document["Message_Type"], "Notification");
    model.receive({ body: document["body"], ttl: Number(document["ttl"]), isBinary });
    this.pushes++;
  }

  /** What has to come yet; null: nothing. */
  private dueAt(now: number): string | null {
    const models = [...this.models.values()];
    if (models.some((model) => model.isOwedPushes)) return "a push";
    if (models.some((model) => model.isOwedEnds(now))) return "the end of a wait";
    const isClaimDue = this.hasWaits(now) && this.deps.model.claimableIds(1, now).length > 0;
    return isClaimDue ? "the claim of a wait" : null;
  }

  /**
   * Makes one of the claims with the model, too: one that may have been the next. Claims that were made at the same time arrive in
   * any order. But if there was one message only, the longest wait has got it.
   */
  private async matchOne(
    claims: readonly Arrival[],
    { claimable, waits }: { readonly claimable: number; readonly waits: readonly ModelWait[] },
    now: number,
  ): Promise<Arrival | null> {
    for (const arrival of claims) {
      const claim = toGranted(arrival.document);
      const answer = await this.deps.queue.send("GET", `/claims/${claim.id}`);
      agree("the status of a claim after a wait", answer.status, 200);
      const { ttl } = answer.json as { readonly ttl: number };
      const connection = this.modelAt(arrival.line);
      const wait = connection
        .waitsAt(now)
        .find((each) => each.ttl === ttl && each.isBinary === arrival.isBinary && this.isNext(claim, each.limit, now));
      if (wait === undefined) continue;
      if (claimable === 1) agree("the longest wait", wait.number, waits[0]?.number);
      connection.forget(wait);
      this.deps.granted(claim, wait, now);
      this.claims++;
      return arrival;
    }
    return null;
  }

  private isNext({ messages }: GrantedClaim, limit: number, now: number): boolean {
    return this.deps.model.claimableIds(limit, now).join() === messages.map(({ id }) => id).join();
  }

  /** The longest first. */
  private waitsAt(now: number): readonly ModelWait[] {
    const waits = [...this.models.values()].flatMap((model) => model.waitsAt(now));
    return waits.toSorted((a, b) => a.number - b.number);
  }

  private modelAt(number: number): ModelConnection {
    const model = this.models.get(number);
    if (model === undefined) throw new Error(`A frame has come by connection ${number}, which is closed.`);
    return model;
  }
}

function isClaim({ document }: Arrival): boolean {
  return document["Message_Type"] === "Claim" && document["claim_id"] !== null;
}

function toGranted(document: unknown): GrantedClaim {
  const { claim_id: id, messages } = document as { readonly claim_id: string; readonly messages: GrantedMessage[] };
  return { id, messages };
}
