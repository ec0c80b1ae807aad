/** The messages of one object, as far as the protocol is concerned. Numbers are given by the service's own class. */
import {
  parseMessageId,
  shardIn,
  toClaimId,
  toMessageId,
  toShardClaimId,
  toShardEpoch,
  type Epoch,
} from "../../../src/domain/id.ts";
import { LogNumbers } from "../../../src/storage/queue/log-numbers.ts";
import type { LogPlace, PageAnswer, PageQuestion } from "../../../src/domain/log-place.ts";
import type { Machine } from "./machine.ts";
import type { Oracle } from "./oracle.ts";

export interface Post {
  readonly body: string;
  readonly client: string;
  readonly key: string | null;
  readonly delayMs: number;
}

/** The answer to a post. */
export interface PostedId {
  readonly id: string;
}

export interface StoredMessage extends PostedId {
  readonly number: number;
  readonly body: string;
  /** Its delay is over, or its lease has lapsed. */
  freeAt: number;
  claim: string | null;
  isDeleted: boolean;
}

export interface Claimed {
  readonly claim: string;
  readonly messages: readonly { readonly id: string; readonly body: string }[];
}

/** The place that an id names. */
export function placeIn(id: string): LogPlace {
  const position = parseMessageId(id);
  return position === null ? { number: 0, object: 0 } : { number: position.sequence, object: shardIn(position.epoch) };
}

/** What survives a crash. */
export interface LogRows {
  reserved: number;
  messages: StoredMessage[];
}

export function newRows(): LogRows {
  return { reserved: 1, messages: [] };
}

export interface ModelLogDeps {
  readonly machine: Machine<unknown>;
  readonly object: number;
  readonly rows: LogRows;
  readonly oracle: Oracle;
}

interface LogWait {
  readonly settle: (count: number) => void;
}

export class ModelLog {
  readonly numbers: LogNumbers;
  private readonly deps: ModelLogDeps;
  private readonly waits = new Set<LogWait>();
  private isRaisingInMemory = false;

  constructor(deps: ModelLogDeps) {
    const { rows } = deps;
    this.deps = deps;
    this.numbers = new LogNumbers({ next: rows.reserved, reserved: rows.reserved }, (upTo) => {
      if (!this.isRaisingInMemory) rows.reserved = upTo;
    });
  }

  get last(): number {
    return this.numbers.next - 1;
  }

  raise(last: number): void {
    this.isRaisingInMemory = !this.deps.machine.world.keeps("a raise is durable");
    this.numbers.raise(last);
    this.isRaisingInMemory = false;
  }

  /** `epoch`: the life of the queue. */
  append(post: Post, epoch: Epoch): StoredMessage {
    const { object, oracle, machine } = this.deps;
    const number = this.numbers.allocate(1);
    const id = toMessageId(object === 0 ? epoch : toShardEpoch(epoch, object), number);
    const message = this.store({ id, number, body: post.body, freeAt: machine.world.now + post.delayMs });
    oracle.stored(message, { object, epoch });
    this.tellWaits();
    return message;
  }

  /** Stores a message that another queue gives back. It keeps its id. */
  adopt({ id, body }: { readonly id: string; readonly body: string }): void {
    const message = this.store({ id, number: this.numbers.allocate(1), body, freeAt: this.deps.machine.world.now });
    this.deps.oracle.comesBack(message);
    this.tellWaits();
  }

  private store(fresh: Omit<StoredMessage, "claim" | "isDeleted">): StoredMessage {
    const message = { ...fresh, claim: null, isDeleted: false };
    this.deps.rows.messages.push(message);
    return message;
  }

  /** Messages that exist, free or not. */
  get present(): StoredMessage[] {
    return this.deps.rows.messages.filter(({ isDeleted }) => !isDeleted);
  }

  get free(): StoredMessage[] {
    return this.present.filter(({ freeAt }) => freeAt <= this.deps.machine.world.now);
  }

  erase(): void {
    this.deps.rows.messages = [];
  }

  page({ from, limit, raise }: PageQuestion, isRaised = true): PageAnswer<StoredMessage> {
    if (raise > 0 && isRaised) this.raise(raise);
    const found = this.present.filter(({ number }) => number >= from);
    const shown = found.slice(0, limit);
    const through = found.length > limit ? (shown.at(-1)?.number ?? from) : null;
    return { entries: shown.map((message) => ({ number: message.number, message })), through, last: this.last };
  }

  claim(limit: number, leaseMs: number): Claimed | null {
    const { object, machine, oracle } = this.deps;
    const taken = this.free.slice(0, limit);
    if (taken.length === 0) return null;
    const uuid = `00000000-0000-4000-8000-${(oracle.nextId() * 256).toString(16).padStart(12, "0")}`;
    const claim = object === 0 ? toClaimId(uuid) : toShardClaimId(uuid, object);
    for (const message of taken) {
      oracle.leased(message, { claim, untilMs: machine.world.now + leaseMs });
      message.claim = claim;
      message.freeAt = machine.world.now + leaseMs;
    }
    this.tellWaits();
    return { claim, messages: taken.map(({ id, body }) => ({ id, body })) };
  }

  get(ids: readonly string[]): readonly StoredMessage[] {
    return this.present.filter(({ id }) => ids.includes(id));
  }

  /** Deletes a message that is under this claim, or under none (null). null: it is not here. */
  delete(id: string, claim: string | null): "deleted" | "refused" | null {
    const [message] = this.get([id]);
    if (message === undefined) return null;
    if (this.holderOf(message) !== claim) return "refused";
    this.end(message);
    return "deleted";
  }

  /** Deletes messages, claimed or not, and returns the ids of those that are not here. */
  deleteMany(ids: readonly string[]): readonly string[] {
    const found = this.get(ids);
    for (const message of found) this.end(message);
    return ids.filter((id) => !found.some((message) => message.id === id));
  }

  /** Whether the claim is live. */
  renew(claim: string, leaseMs: number): boolean {
    const held = this.heldBy(claim);
    const { machine, oracle } = this.deps;
    const untilMs = machine.world.now + leaseMs;
    for (const message of held) message.freeAt = untilMs;
    if (held.length > 0) oracle.renewed(held, { claim, untilMs });
    return held.length > 0;
  }

  /** Deletes some messages of a claim and releases the others. null: the claim is over, and there is none to delete. */
  settle(claim: string, deleted: readonly string[]): "settled" | "over" | null {
    const held = this.heldBy(claim);
    if (held.length === 0) return this.get(deleted).length > 0 ? "over" : null;
    for (const message of held) {
      if (deleted.includes(message.id)) this.end(message);
      else this.giveBack(message);
    }
    this.tellWaits();
    return "settled";
  }

  /** Removes a free message, which leaves for another queue. */
  remove(message: StoredMessage): void {
    message.isDeleted = true;
    this.deps.oracle.gone(message);
  }

  private holderOf({ claim, freeAt }: StoredMessage): string | null {
    return freeAt > this.deps.machine.world.now ? claim : null;
  }

  private heldBy(claim: string): readonly StoredMessage[] {
    return this.present.filter((message) => this.holderOf(message) === claim);
  }

  private end(message: StoredMessage): void {
    message.isDeleted = true;
    this.deps.oracle.deleted(message);
  }

  private giveBack(message: StoredMessage): void {
    message.freeAt = this.deps.machine.world.now;
    message.claim = null;
    this.deps.oracle.released(message);
  }

  /** As `awaitMessages` of the service: how many messages may be claimable; 0: the time is over. */
  watch(milliseconds: number): Promise<number> {
    const { machine } = this.deps;
    if (this.free.length > 0) return Promise.resolve(this.free.length);
    return new Promise((resolve) => {
      const settle = (count: number): void => {
        if (this.waits.delete(wait)) resolve(count);
      };
      const wait = { settle };
      this.waits.add(wait);
      machine.timer(milliseconds, () => settle(0));
      this.tellWaits();
    });
  }

  endWaits(): void {
    for (const { settle } of this.waits) settle(0);
  }

  private tellWaits(): void {
    if (this.waits.size === 0) return;
    const { machine } = this.deps;
    const { length } = this.free;
    if (length > 0) for (const { settle } of this.waits) settle(length);
    const next = Math.min(...this.present.map(({ freeAt }) => freeAt).filter((at) => at > machine.world.now));
    if (next < Infinity && this.waits.size > 0) machine.timer(next - machine.world.now + 1, () => this.tellWaits());
  }
}
