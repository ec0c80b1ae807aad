/**
 * The model of a queue, with which the service is compared: an array of messages in memory and the rules of the API, without
 * regard to speed, storage or restarts.
 */
export interface ModelClaim {
  readonly id: string;
  ttl: number;
  since: number;
  until: number;
}

export interface ModelMessage {
  readonly id: string;
  readonly body: string;
  readonly client: string;
  readonly postedAt: number;
  readonly visibleAt: number;
  /** The end of the delay with which it was released; 0: none. */
  returnsAt: number;
  /** When it became a dead letter; null: it is none. */
  readonly deadAt: number | null;
  ttl: number;
  expiresAt: number;
  claims: number;
  claim: ModelClaim | null;
  /** The changes that the claim has made. */
  former?: Pick<ModelMessage, "ttl" | "expiresAt" | "claims">;
}

/** A message in the common form of both sides. */
export interface View {
  readonly id: string;
  readonly body: unknown;
  readonly ttl: number;
  readonly age: number;
  readonly claim: string | null;
}

/** The same with its details; instants in whole seconds. */
export interface DetailedView extends View {
  readonly claimCount: number;
  readonly created: number;
  readonly claimedUntil: number | null;
  readonly delayedUntil: number | null;
  readonly deadAt: number | null;
}

/** A settlement by message ids. */
export interface ModelSettlement {
  readonly delete: readonly string[];
  readonly release: readonly { readonly ids: readonly string[]; readonly delay: number; readonly count: boolean }[];
}

export interface Listing {
  readonly client: string;
  readonly echo: boolean;
  readonly includeClaimed: boolean;
  readonly includeDelayed: boolean;
  readonly marker: string | null;
  readonly limit: number;
}

export class ModelQueue {
  delay = 0;
  /** Claims and pops find no message. */
  isPaused = false;
  /** Both keys of the metadata, or neither. */
  deadLetters: { readonly max: number; readonly queue: ModelQueue } | null = null;
  private messages: ModelMessage[] = [];
  /** All ids in their order. Markers are looked up here. */
  private posted: string[] = [];
  /** When leases, delays and lives end or would have ended. */
  private readonly instants = new Set<number>();

  /** Deletes the queue and creates it again. Old ids are no longer markers. */
  restart(): void {
    this.messages = [];
    this.posted = [];
    this.delay = 0;
    this.isPaused = false;
    this.deadLetters = null;
  }

  /** Advances the state to `now`. Must precede every other call. */
  settle(now: number): void {
    this.noteInstants();
    for (const message of this.messages) if (message.claim !== null && message.claim.until <= now) message.claim = null;
    this.messages = this.messages.filter((message) => message.expiresAt > now);
  }

  post(
    message: {
      readonly id: string;
      readonly body: string;
      readonly client: string;
      readonly ttl: number;
      readonly delay: number | null;
    },
    now: number,
  ): void {
    const { id, body, client, ttl } = message;
    const delay = this.delay === 0 ? 0 : (message.delay ?? this.delay);
    this.posted.push(id);
    const times = { postedAt: now, visibleAt: now + delay * 1000, expiresAt: now + ttl * 1000 };
    this.messages.push({ id, body, client, ttl, ...times, returnsAt: 0, deadAt: null, claims: 0, claim: null });
  }

  list(listing: Listing, now: number): View[] {
    const start = listing.marker === null ? 0 : this.posted.indexOf(listing.marker) + 1;
    const behind = new Set(listing.marker !== null && start === 0 ? [] : this.posted.slice(start));
    return this.messages
      .filter(({ id }) => behind.has(id))
      .filter(({ client }) => listing.echo || client !== listing.client)
      .filter(({ claim }) => listing.includeClaimed || claim === null)
      .filter(({ visibleAt }) => listing.includeDelayed || this.delay === 0 || visibleAt <= now)
      .filter(({ returnsAt }) => listing.includeDelayed || returnsAt <= now)
      .slice(0, listing.limit)
      .map((message) => toView(message, now));
  }

  /** All messages with their details. */
  detailed(now: number): DetailedView[] {
    return this.messages.map((message) => toDetailedView(message, now));
  }

  get(ids: readonly string[], now: number): View[] {
    return [...new Set(ids)]
      .flatMap((id) => this.messages.filter((message) => message.id === id))
      .map((message) => toView(message, now));
  }

  claim(
    {
      id,
      ttl,
      grace,
      limit,
    }: { readonly id: string; readonly ttl: number; readonly grace: number; readonly limit: number },
    now: number,
  ): View[] {
    const claim: ModelClaim = { id, ttl, since: now, until: now + ttl * 1000 };
    const { deadLetters } = this;
    let claimed: ModelMessage[] = [];
    // While all that it finds are dead letters, it goes on.
    for (let found = this.claimable(now); claimed.length === 0 && found.length > 0; found = this.claimable(now)) {
      const taken = found.slice(0, limit);
      const dead = taken.filter((message) => deadLetters !== null && message.claims >= deadLetters.max);
      for (const message of dead) deadLetters?.queue.adopt(message, now);
      this.drop(dead);
      claimed = taken.filter((message) => !dead.includes(message));
    }
    for (const message of claimed) {
      message.former = { ttl: message.ttl, expiresAt: message.expiresAt, claims: message.claims };
      message.claim = claim;
      if (deadLetters !== null) message.claims++;
    }
    this.stretch(claim, grace);
    return claimed.map((message) => toView(message, now));
  }

  /** The messages that the next claim gets, up to a limit, unless they are dead letters. */
  claimableIds(limit: number, now: number): string[] {
    return this.claimable(now)
      .slice(0, limit)
      .map(({ id }) => id);
  }

  /** When the queue may next look for a change that no request makes: also for the end of a lease that was given back. */
  nextChange(now: number): number {
    this.noteInstants();
    return Math.min(...[...this.instants].filter((at) => at > now));
  }

  /** A live claim with at least one message, or null. */
  find(id: string): ModelClaim | null {
    return this.messages.find((message) => message.claim?.id === id)?.claim ?? null;
  }

  messagesOf(claim: string, now: number): View[] {
    return this.messages.filter((message) => message.claim?.id === claim).map((message) => toView(message, now));
  }

  /** Returns the status of the expected answer. */
  renew(
    { id, ttl, grace }: { readonly id: string; readonly ttl: number; readonly grace: number },
    now: number,
  ): number {
    const claim = this.find(id);
    if (claim === null) return 404;
    Object.assign(claim, { ttl, since: now, until: now + ttl * 1000 });
    this.stretch(claim, grace);
    return 204;
  }

  release(id: string): void {
    for (const message of this.messages) if (message.claim?.id === id) message.claim = null;
  }

  /** Returns the status of the expected answer. */
  settleClaim(id: string, settlement: ModelSettlement, now: number): number {
    const deleted = settlement.delete.flatMap((each) => this.messages.filter((message) => message.id === each));
    if (settlement.delete.length + settlement.release.flatMap(({ ids }) => ids).length === 0) return 400;
    if (this.find(id) === null) return deleted.length === 0 ? 204 : 404;
    const foreign = deleted.find(({ claim }) => claim?.id !== id);
    if (foreign !== undefined) return foreign.claim === null ? 400 : 403;
    this.drop(deleted);
    for (const { ids, delay, count } of settlement.release) {
      for (const message of this.messages.filter((each) => ids.includes(each.id) && each.claim?.id === id)) {
        const before = message.former?.claims ?? 0;
        Object.assign(message, { claim: null, claims: before + (count ? 1 : 0), returnsAt: now + delay * 1000 });
      }
    }
    return 204;
  }

  /** Undoes a claim. */
  withdraw(id: string): void {
    for (const message of this.messages) {
      if (message.claim?.id === id) Object.assign(message, message.former, { claim: null });
    }
  }

  /** Returns the status of the expected answer. */
  delete(id: string, claim: string | null): number {
    const message = this.messages.find((candidate) => candidate.id === id);
    if (message === undefined) return 204;
    if (message.claim?.id !== claim && (message.claim !== null || claim !== null)) {
      return message.claim !== null && (claim === null || this.find(claim) !== null) ? 403 : 400;
    }
    this.drop([message]);
    return 204;
  }

  deleteMany(ids: readonly string[]): void {
    this.messages = this.messages.filter(({ id }) => !ids.includes(id));
  }

  pop(limit: number, now: number): (View & { readonly claims: number })[] {
    const popped = this.claimable(now).slice(0, limit);
    this.drop(popped);
    return popped.map((message) => ({ ...toView(message, now), claims: message.claims }));
  }

  purge(): void {
    this.messages = this.messages.filter(({ claim }) => claim !== null);
  }

  stats(now: number): {
    readonly claimed: number;
    readonly free: number;
    readonly oldest: string | null;
    readonly newest: string | null;
  } {
    const claimed = this.messages.filter(({ claim }) => claim !== null).length;
    const visible = this.messages.filter(({ visibleAt }) => visibleAt <= now);
    const free = this.messages.length - claimed;
    return { claimed, free, oldest: visible[0]?.id ?? null, newest: visible.at(-1)?.id ?? null };
  }

  private adopt(message: ModelMessage, now: number): void {
    this.posted.push(message.id);
    this.messages.push({ ...message, visibleAt: now, returnsAt: 0, deadAt: now, claims: 0, claim: null });
  }

  private claimable(now: number): ModelMessage[] {
    if (this.isPaused) return [];
    return this.messages.filter(
      ({ claim, visibleAt, returnsAt }) => claim === null && visibleAt <= now && returnsAt <= now,
    );
  }

  private stretch(claim: ModelClaim, grace: number): void {
    for (const message of this.messages) {
      if (message.claim !== claim || message.expiresAt >= claim.until) continue;
      message.expiresAt = claim.until + grace * 1000;
      message.ttl = claim.ttl + grace;
    }
  }

  private noteInstants(): void {
    for (const { claim, visibleAt, returnsAt, expiresAt } of this.messages) {
      for (const at of [claim?.until ?? 0, visibleAt, returnsAt, expiresAt]) this.instants.add(at);
    }
  }

  private drop(messages: readonly ModelMessage[]): void {
    this.messages = this.messages.filter((message) => !messages.includes(message));
  }
}

function toDetailedView(message: ModelMessage, now: number): DetailedView {
  const { claim, claims, former, visibleAt, returnsAt, postedAt, deadAt } = message;
  const delayedUntil = Math.max(visibleAt, returnsAt);
  return {
    ...toView(message, now),
    claimCount: claim === null ? claims : (former?.claims ?? 0),
    created: toSeconds(postedAt),
    claimedUntil: claim === null ? null : toSeconds(claim.until),
    delayedUntil: delayedUntil > now ? toSeconds(delayedUntil) : null,
    deadAt: deadAt === null ? null : toSeconds(deadAt),
  };
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function toView({ id, body, ttl, postedAt, claim }: ModelMessage, now: number): View {
  return { id, body, ttl, age: Math.floor((now - postedAt) / 1000), claim: claim?.id ?? null };
}
