/** The messages of a queue: rows that survive, in the order of their posts. */
export interface Message {
  readonly visibleAt: number;
  /** Before a claim stretched it. */
  readonly bornExpiry: number;
  expiresAt: number;
  claimedUntil: number;
  /** An upper bound of what the log held with this row. */
  readonly storedMax: number;
}

interface Counts {
  readonly stored: number;
  readonly claimed: number;
  readonly delayed: number;
  readonly free: number;
}

export class Rows {
  private messages: Message[] = [];

  add(message: Message): void {
    this.messages.push(message);
  }

  alive(now: number): readonly Message[] {
    return this.messages.filter(({ expiresAt }) => expiresAt > now);
  }

  get newest(): Message | undefined {
    return this.messages.at(-1);
  }

  /** The lives of claimed messages are stretched over the claim and its grace. */
  claim(count: number, leaseMs: number, graceMs: number, now: number): void {
    const free = this.alive(now).filter(({ visibleAt, claimedUntil }) => visibleAt <= now && claimedUntil <= now);
    for (const message of free.slice(0, count)) {
      message.claimedUntil = now + leaseMs;
      message.expiresAt = Math.max(message.expiresAt, message.claimedUntil + graceMs);
    }
  }

  remove(count: number, now: number): void {
    const gone = new Set(this.alive(now).slice(0, count));
    this.messages = this.messages.filter((message) => !gone.has(message) && message.expiresAt > now);
  }

  clear(): void {
    this.messages = [];
  }

  counts(now: number): Counts {
    const alive = this.alive(now);
    const claimed = alive.filter(({ claimedUntil }) => claimedUntil > now).length;
    const delayed = alive.filter(({ claimedUntil, visibleAt }) => claimedUntil <= now && visibleAt > now).length;
    return { stored: alive.length, claimed, delayed, free: alive.length - claimed - delayed };
  }
}
