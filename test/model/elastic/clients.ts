/** What clients do during a run, and what they remember of it. */
import type { LogPlace } from "../../../src/domain/log-place.ts";
import { type Claimed, placeIn } from "./log.ts";
import type { Oracle, Posted } from "./oracle.ts";
import type { Scenario } from "./rules.ts";
import type { ModelWorker } from "./worker.ts";
import type { World } from "./world.ts";

export interface ClientsDeps {
  readonly world: World;
  readonly oracle: Oracle;
  readonly workers: readonly ModelWorker[];
  readonly scenario: Scenario;
  /** Until then clients post and delete. */
  readonly untilMs: number;
}

/** The share of posts with a key. */
export const KEYED: Readonly<Record<Scenario, number>> = {
  list: 0.2,
  keys: 0.8,
  claims: 0.2,
  delete: 0.2,
  wait: 0.2,
  ids: 0.2,
  backups: 0.2,
};
/** Milliseconds between two posts of a client, at most. */
const GAP_MS: Readonly<Record<Scenario, number>> = {
  list: 700,
  keys: 700,
  claims: 700,
  delete: 500,
  wait: 3_000,
  ids: 500,
  backups: 700,
};

export class Clients {
  isOver = false;
  private readonly deps: ClientsDeps;
  private posted = 0;
  private waited = 0;

  constructor(deps: ClientsDeps) {
    this.deps = deps;
  }

  async produce(client: string, keyed: number): Promise<void> {
    const { world, oracle, scenario, untilMs } = this.deps;
    const { random } = world;
    for (;;) {
      await world.sleep(random.between(1, GAP_MS[scenario]));
      if (world.now >= untilMs) return;
      this.posted += 1;
      const hasDelay = (scenario === "claims" || scenario === "wait") && random.chance(0.2);
      const delayMs = hasDelay ? random.between(1, 3_000) : 0;
      const isKeyed = random.chance(keyed);
      const posted = oracle.invoke({ body: `message ${this.posted}`, isKeyed, delayMs });
      if (isKeyed) void this.insist(posted, client);
      else await this.attempt(posted, client).then(() => this.end(posted));
    }
  }

  /** A client with a key repeats its post, also while the one before is under way. */
  private async insist(posted: Posted, client: string): Promise<void> {
    const { world } = this.deps;
    const { random } = world;
    const attempts: Promise<boolean>[] = [];
    for (let count = 0; count < 5; count++) {
      const attempt = this.attempt(posted, client);
      attempts.push(attempt);
      const late = world.sleep(random.chance(0.3) ? 200 : 2_500).then(() => false);
      if ((await Promise.race([attempt, late])) && random.chance(0.7)) break;
      await world.sleep(random.between(1, 2_000));
    }
    await Promise.all(attempts);
    this.end(posted);
  }

  private async attempt(posted: Posted, client: string): Promise<boolean> {
    const { world } = this.deps;
    const { body, isKeyed, delayMs } = posted;
    try {
      const { id } = await this.worker.post({ body, client, delayMs, key: isKeyed ? body : null });
      posted.acknowledgedAt ??= world.now;
      posted.id ??= id;
      return true;
    } catch {
      return false;
    }
  }

  private end(posted: Posted): void {
    posted.endedAt = this.deps.world.now;
  }

  async consume(waitMs: number): Promise<void> {
    const { world, scenario } = this.deps;
    const { random } = world;
    const isCareless = scenario !== "wait";
    while (!this.isOver) {
      const wish = { limit: random.between(1, 4), leaseMs: random.between(3_000, 6_000), waitMs };
      const claimed = await this.worker.claim(wish).catch(() => null);
      if (claimed === null) {
        await world.sleep(20);
        continue;
      }
      const slowMs = isCareless && world.hasFaults && random.chance(0.1) ? 8_000 : 100;
      await world.sleep(random.between(1, slowMs));
      if (isCareless && world.hasFaults && random.chance(0.1)) continue;
      for (const { id, body } of claimed.messages) await this.settle(id, body, claimed);
    }
  }

  /** As `consume`, over a connection, which its client ends now and then. */
  async listen(): Promise<void> {
    const { world } = this.deps;
    const { random } = world;
    while (!this.isOver) {
      this.waited += 1;
      const wish = { limit: 4, leaseMs: 5_000, waitMs: 8_000 };
      const closesAfterMs = random.chance(0.5) ? random.between(1, 600) : Infinity;
      const claimed = await this.worker.claimByConnection(wish, `wait ${this.waited}`, closesAfterMs).catch(() => null);
      if (claimed === null) await world.sleep(20);
      else for (const { id, body } of claimed.messages) await this.settle(id, body, claimed);
    }
  }

  /** What a client got counts as seen, whether or not it can delete it. */
  private async settle(id: string, body: string, claimed: Claimed): Promise<void> {
    this.deps.oracle.noteClaim(body);
    await this.worker.ids.delete(id, claimed.claim).catch(() => null);
  }

  async remove(): Promise<void> {
    const { world, oracle, untilMs } = this.deps;
    for (;;) {
      await world.sleep(world.random.between(2_000, 8_000));
      if (world.now >= untilMs) return;
      const removal: (typeof oracle.removals)[number] = { from: world.now, to: null };
      oracle.removals.push(removal);
      await this.worker.remove().then(
        () => (removal.to = world.now),
        () => null,
      );
    }
  }

  /** Lists from the beginning on. `isLate`: from the id of an answer to a post on. */
  async observe(isLate: boolean): Promise<Observer> {
    const { world } = this.deps;
    const observer: Observer = { seen: [], marker: null, since: null, isLate, emptyPages: 0 };
    if (isLate) {
      await world.sleep(world.random.between(2_000, 15_000));
      observer.marker = this.newestPlace();
      // The queue may have collapsed before the id is used.
      await world.sleep(world.random.between(1, 6_000));
    }
    void this.page(observer);
    return observer;
  }

  private async page(observer: Observer): Promise<void> {
    const { world } = this.deps;
    while (!this.isOver) {
      await world.sleep(world.random.between(10, 600));
      const { marker } = observer;
      const page = await this.worker.list({ marker, limit: world.random.between(3, 15) }).catch(() => null);
      if (page === null) continue;
      observer.since ??= world.now;
      for (const { body } of page.messages) observer.seen.push(body);
      observer.emptyPages = page.messages.length === 0 ? observer.emptyPages + 1 : 0;
      const last = page.messages.at(-1);
      // A message that leaves and comes back between two pages takes the marker with it, as on one object.
      const hasComeBack = page.next?.object === 0 && last !== undefined && placeIn(last.id).object > 0;
      observer.marker = hasComeBack ? last.id : (page.next ?? marker);
    }
  }

  /** Asks with markers that no message has had. */
  async forge(): Promise<void> {
    const { world, untilMs } = this.deps;
    while (world.now < untilMs) {
      await world.sleep(4_000);
      await this.worker.list({ marker: { number: 2 ** 50, object: 0 }, limit: 5 }).catch(() => null);
    }
  }

  private newestPlace(): LogPlace | null {
    const places = this.deps.oracle.acknowledged.slice(-30).map(({ id }) => placeIn(id ?? ""));
    return places.toSorted((a, b) => b.number - a.number)[0] ?? null;
  }

  get worker(): ModelWorker {
    return this.deps.world.random.pick(this.deps.workers);
  }
}

export interface Observer {
  readonly seen: string[];
  /** A place, or the id of a message. */
  marker: LogPlace | string | null;
  /** When its first page was answered. */
  since: number | null;
  readonly isLate: boolean;
  emptyPages: number;
}
