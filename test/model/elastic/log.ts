/** The messages of one object, as far as the protocol is concerned. Numbers are given by the service's own class. */
import { LogNumbers } from "../../../src/storage/queue/log-numbers.ts";
import type { PageAnswer, PageQuestion } from "../../../src/domain/log-place.ts";
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
  readonly object: number;
  readonly claim: string;
  readonly messages: readonly { readonly id: string; readonly body: string }[];
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

  append(post: Post, epoch: string): StoredMessage {
    const { object, rows, oracle, machine } = this.deps;
    const number = this.numbers.allocate(1);
    const freeAt = machine.world.now + post.delayMs;
    const message = {
      id: `${epoch}/${object}/${number}`,
      number,
      body: post.body,
      freeAt,
      claim: null,
      isDeleted: false,
    };
    rows.messages.push(message);
    oracle.stored(message, { object, epoch });
    this.tellWaits();
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
    const claim = `${object}:${oracle.nextId()}`;
    for (const message of taken) {
      oracle.leased(message, machine.world.now + leaseMs);
      message.claim = claim;
      message.freeAt = machine.world.now + leaseMs;
    }
    this.tellWaits();
    return { object, claim, messages: taken.map(({ id, body }) => ({ id, body })) };
  }

  /** Whether the claim held the message, which is deleted now. */
  delete(id: string, claim: string): boolean {
    const message = this.present.find((one) => one.id === id);
    const isHeld = message?.claim === claim && message.freeAt > this.deps.machine.world.now;
    if (!isHeld) return false;
    message.isDeleted = true;
    this.deps.oracle.deleted(message);
    return true;
  }

  /** Removes a free message, which leaves for another queue. */
  remove(message: StoredMessage): void {
    message.isDeleted = true;
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
