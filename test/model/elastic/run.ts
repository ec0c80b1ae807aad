/** One run: clients, load that comes and goes, and faults; then a quiet time, after which everything has to be right. */
import { Clients, KEYED, type Observer } from "./clients.ts";
import { type HomeMachine, newHome } from "./home.ts";
import { newHub } from "./connections.ts";
import { newDeadLetters, type DeadLetters } from "./dead-letters.ts";
import { Keepers } from "./keepers.ts";
import { placeIn } from "./log.ts";
import type { Machine } from "./machine.ts";
import { Oracle } from "./oracle.ts";
import { type Rule, type Scenario, SCENARIOS } from "./rules.ts";
import { newShard, type ShardMachine } from "./shard.ts";
import { ModelWorker } from "./worker.ts";
import { World } from "./world.ts";

const OBJECTS_MAX = 5;
const BUSY_MS = 22_000;
/** Longer than a call can be late, than a lease, and than a view of a Worker is kept. */
const QUIET_MS = 25_000;
const ALARM_MS = 700;
/** From here on nothing is late any more, so waiting claims have to be woken at once. */
const JUDGED_FROM_MS = BUSY_MS + 14_000;
const JUDGED_UNTIL_MS = BUSY_MS + QUIET_MS - 4_000;
/** Milliseconds. A claim may be busy with other messages, and a post takes time itself. */
const WOKEN_MS = 500;

export interface Outcome {
  readonly violation: string | null;
  readonly posts: number;
  readonly acknowledged: number;
}

export function scenarioOf(seed: number): Scenario {
  return SCENARIOS[seed % SCENARIOS.length] ?? "list";
}

/** `off`: the rule that the model does without. */
export function run(
  seed: number,
  { off = null, scenario = scenarioOf(seed) }: { readonly off?: Rule | null; readonly scenario?: Scenario } = {},
): Promise<Outcome> {
  return new Run(seed, off, scenario).live();
}

class Run {
  private readonly world: World;
  private readonly oracle: Oracle;
  private readonly shards: readonly ShardMachine[];
  private readonly home: HomeMachine;
  private readonly target: Machine<DeadLetters>;
  private readonly workers: readonly ModelWorker[];
  private readonly clients: Clients;
  private readonly keepers: Keepers;
  private readonly scenario: Scenario;
  private readonly observers: Observer[] = [];
  /** Whether claims that wait are those of connections. */
  private readonly isByConnection: boolean;
  /** Until then clients post, and load comes and goes. */
  private readonly untilMs: number;

  constructor(seed: number, off: Rule | null, scenario: Scenario) {
    const world = new World(seed, off);
    const oracle = new Oracle(world);
    this.world = world;
    this.oracle = oracle;
    this.scenario = scenario;
    this.isByConnection = scenario === "wait" && world.random.chance(0.5);
    this.target = newDeadLetters(world, oracle);
    const { target } = this;
    this.shards = Array.from({ length: OBJECTS_MAX - 1 }, (_, index) =>
      newShard(world, { object: index + 1, target, oracle }),
    );
    const hub = newHub(world);
    this.home = newHome(world, { shards: this.shards, oracle, hub });
    const deps = { home: this.home, shards: this.shards, oracle, hub };
    this.workers = ["a", "b", "c"].map((name) => new ModelWorker(world, name, deps));
    this.untilMs = scenario === "wait" ? JUDGED_UNTIL_MS : BUSY_MS;
    const { untilMs } = this;
    this.clients = new Clients({ world, oracle, workers: this.workers, scenario, untilMs });
    const worker = (): ModelWorker =>
      world.random.chance(0.1) ? new ModelWorker(world, "new", deps) : world.random.pick(this.workers);
    this.keepers = new Keepers({ world, oracle, worker, untilMs });
  }

  async live(): Promise<Outcome> {
    const { world, oracle } = this;
    void this.ring();
    void this.breakThings();
    void this.resize();
    this.startClients();
    if (this.scenario === "backups") void this.restore();
    await world.run(BUSY_MS);
    world.endFaults();
    await world.run(BUSY_MS + QUIET_MS);
    await this.checkEnd();
    const { acknowledged } = oracle;
    return { violation: oracle.violation, posts: oracle.posts.size, acknowledged: acknowledged.length };
  }

  private startClients(): void {
    const { clients, scenario } = this;
    const times = (count: number, work: (index: number) => Promise<unknown>): void => {
      for (let index = 0; index < count; index++) void work(index);
    };
    // A home of connections that is called all the time has no use for its alarm.
    const isCalm = this.isByConnection;
    const keyed = isCalm ? 0 : KEYED[scenario];
    times(5, (index) => clients.produce(`client ${index}`, keyed));
    times(isCalm || scenario === "backups" ? 0 : 3, async (index) =>
      this.observers.push(await clients.observe(index > 0 || scenario !== "list")),
    );
    if (scenario === "list") times(1, () => clients.forge());
    if (scenario === "delete") times(1, () => clients.remove());
    if (scenario === "keys") times(2, () => clients.consume(2_000));
    if (scenario === "claims" || scenario === "backups") times(3, () => clients.consume(0));
    const { target, home } = this;
    const redrives = scenario === "ids" || scenario === "list";
    if (redrives) void target.memory.redrive((departure) => target.call(home, (queue) => queue.adopt(departure)));
    if (scenario === "ids") {
      times(3, () => this.keepers.keep());
      times(2, () => this.keepers.work());
      times(1, () => this.keepers.forge());
      times(1, () => clients.consume(0));
    }
    if (scenario !== "wait") return;
    const consume = (): Promise<void> => (this.isByConnection ? clients.listen() : clients.consume(8_000));
    times(this.world.random.pick([1, 8]), consume);
  }

  /** The alarms of the objects. */
  private async ring(): Promise<void> {
    for (;;) {
      await this.world.sleep(ALARM_MS);
      for (const machine of [this.home, ...this.shards]) machine.alarm();
      if (this.scenario === "backups" && this.home.isUp) void this.home.memory.survey();
    }
  }

  private async breakThings(): Promise<void> {
    const { world } = this;
    const { random } = world;
    for (;;) {
      await world.sleep(random.between(200, 1_500));
      if (!world.hasFaults) {
        // A home of connections has no call to answer, so it may be evicted at any time.
        if (this.isByConnection) this.home.evict();
        continue;
      }
      const machine = random.pick([this.home, ...this.shards]);
      if (!machine.isUp) continue;
      if (random.chance(0.5)) machine.evict();
      else machine.crash(random.chance(0.8) ? 5 : random.between(5, 3_000));
    }
  }

  private async resize(): Promise<void> {
    const { world, home, scenario } = this;
    const { random } = world;
    const gapMs = random.pick([300, 3_000]);
    for (;;) {
      await world.sleep(random.between(100, gapMs));
      if (world.now >= (this.isByConnection ? BUSY_MS : this.untilMs)) return;
      if (scenario !== "keys" && scenario !== "wait")
        for (const shard of this.shards) if (shard.isUp) shard.memory.depart();
      if (!home.isUp) continue;
      if (random.chance(0.2)) home.memory.patch();
      // A home from a backup sees all shards that it has had when it is spread again.
      if (random.chance(0.55))
        home.memory.grow(scenario === "backups" ? OBJECTS_MAX : random.pick([2, 3, OBJECTS_MAX]));
      else home.memory.shrink();
    }
  }

  /** The service is stopped, and started with a backup of the home. At the end the queue is spread. */
  private async restore(): Promise<void> {
    const { world, home, oracle } = this;
    await world.sleep(world.random.between(3_000, 12_000));
    const backup = structuredClone(home.memory.rows);
    await world.sleep(world.random.between(1_000, 6_000));
    if (backup.epoch !== null) {
      Object.assign(home.memory.rows, backup);
      world.era += 1;
      for (const machine of [home, ...this.shards]) machine.crash(5);
      for (const worker of this.workers) worker.forget();
      oracle.restored(new Set(backup.messages.map(({ id }) => id)));
    }
    await world.sleep(BUSY_MS + ALARM_MS - world.now);
    for (; home.memory.phase !== "spread"; await world.sleep(ALARM_MS)) home.memory.grow(OBJECTS_MAX);
  }

  private async checkEnd(): Promise<void> {
    this.checkPhase();
    for (const body of this.oracle.travelling) this.oracle.fail(`${body} does not arrive at the dead-letter queue`);
    const { scenario, oracle, world, clients } = this;
    if (scenario === "list") {
      for (let turn = 0; turn < 100 && !this.observers.every(({ emptyPages }) => emptyPages > 2); turn++) {
        await world.run(world.now + 500);
      }
    }
    if (scenario === "list" || scenario === "delete") {
      const present = await this.listAll();
      if (scenario === "list") this.checkLists(present);
      else this.checkLives(present);
      return;
    }
    clients.isOver = true;
    await world.run(world.now + 10_000);
    for (const { body, id, claimedAt, invokedAt } of oracle.acknowledged) {
      // Keepers delete messages that nobody has claimed.
      const isAtHome = placeIn(id ?? "").object === 0;
      const isOfLater = oracle.restoredAt !== null && isAtHome && invokedAt <= oracle.restoredAt;
      if (isOfLater) continue;
      const isDeleted = scenario === "ids" && !oracle.isThereSince(id ?? "", world.now);
      if (claimedAt === null && !isDeleted) oracle.fail(`${body} is never claimed`);
    }
    if (scenario === "wait") this.checkWakes();
  }

  private checkWakes(): void {
    for (const { body, invokedAt, delayMs, claimedAt } of this.oracle.acknowledged) {
      if (invokedAt < JUDGED_FROM_MS) continue;
      const lateMs = (claimedAt ?? Infinity) - invokedAt - delayMs;
      const wokenMs = WOKEN_MS + (this.isByConnection ? ALARM_MS : 0);
      if (lateMs > wokenMs) this.oracle.fail(`${body} is claimed after ${Math.round(lateMs)} ms`);
    }
  }

  /** Home and shards agree. */
  private checkPhase(): void {
    const { oracle, home, shards } = this;
    const { phase, epoch } = home.memory;
    if (!["one", "spread", "draining"].includes(phase)) oracle.fail(`the queue stays ${phase}`);
    const { objects } = home.memory.view ?? { objects: 1 };
    for (const [index, shard] of shards.entries()) {
      const { state } = shard.memory;
      const isUsed = index + 1 < objects;
      if (state.state === "open" && (!isUsed || phase !== "spread")) oracle.fail(`shard ${index + 1} is open`);
      const isOpen = state.state === "open" && state.epoch === epoch;
      const hasSettings = shard.memory.settings === home.memory.settings;
      if (isUsed && state.state !== "closed" && !hasSettings) oracle.fail(`shard ${index + 1} has former settings`);
      if (phase === "spread" && isUsed && !isOpen) oracle.fail(`shard ${index + 1} is not open`);
    }
  }

  /** The bodies of all messages. */
  private async listAll(): Promise<ReadonlySet<string>> {
    const { world, oracle, clients } = this;
    const found = new Set<string>();
    const list = async (): Promise<void> => {
      let marker: Observer["marker"] = null;
      do {
        const page = await clients.worker.list({ marker, limit: 50 });
        for (const { body } of page.messages) found.add(body);
        marker = page.next;
      } while (marker !== null);
    };
    const outcome = { text: "the list does not end" };
    void list().then(
      () => (outcome.text = ""),
      (error: unknown) => (outcome.text = `the list fails: ${String(error)}`),
    );
    await world.run(world.now + 10_000);
    if (outcome.text !== "") oracle.fail(outcome.text);
    return found;
  }

  private checkLists(present: ReadonlySet<string>): void {
    const { oracle } = this;
    for (const { body, id } of oracle.acknowledged) if (!present.has(body)) oracle.fail(`${body} (${id}) is lost`);
    for (const { seen, isLate, since } of this.observers) {
      const counts = new Map<string, number>();
      for (const body of seen) counts.set(body, (counts.get(body) ?? 0) + 1);
      for (const { body, id, invokedAt } of oracle.acknowledged) {
        const isBefore = isLate && invokedAt <= (since ?? Infinity);
        if (!counts.has(body) && !isBefore) oracle.fail(`a list passes over ${body} (${id})`);
      }
      for (const [body, count] of counts) {
        // What has come back is in the list once more.
        const most = oracle.posts.get(body)?.hasLeft === true ? 2 : 1;
        if (count > most) oracle.fail(`a list has ${body} ${count} times`);
      }
    }
  }

  private checkLives(present: ReadonlySet<string>): void {
    const { oracle } = this;
    const { removals } = oracle;
    for (const { body, id, isKeyed, hasLeft, invokedAt, endedAt } of oracle.acknowledged) {
      if (hasLeft) continue;
      const mayBeGone = removals.some(({ to }) => to === null || to >= invokedAt);
      if (!present.has(body) && !mayBeGone) oracle.fail(`${body} (${id}) is lost`);
      const mustBeGone = removals.some(({ from, to }) => to !== null && from > (endedAt ?? Infinity));
      if (present.has(body) && !isKeyed && mustBeGone) oracle.fail(`${body} (${id}) is back after a deletion`);
    }
  }
}
