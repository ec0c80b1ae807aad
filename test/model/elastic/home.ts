/** The home of a queue: the log of the model, and phases, lists and waits as the service has them. */
import { shardOfClaim, toEpoch, type Epoch } from "../../../src/domain/id.ts";
import type { LogPlace, PageAnswer, PageQuestion } from "../../../src/domain/log-place.ts";
import type { SpreadRow } from "../../../src/domain/spread.ts";
import { SpreadDriver } from "../../../src/objects/queue/spread-driver.ts";
import { SpreadFinder } from "../../../src/objects/queue/spread-finder.ts";
import {
  listedObjects,
  listSpread,
  type SpreadListRequest,
  type SpreadPage,
} from "../../../src/objects/queue/spread-list.ts";
import { SpreadPhases, type SpreadPhasesDeps, type StepReply } from "../../../src/objects/queue/spread-phases.ts";
import type { SpreadView } from "../../../src/objects/rpc/spread-map.ts";
import { type LogRows, ModelLog, newRows, placeIn, type Post, type PostedId, type StoredMessage } from "./log.ts";
import type { Departure } from "./dead-letters.ts";
import { Machine } from "./machine.ts";
import type { Oracle } from "./oracle.ts";
import type { ModelShard, ShardMachine } from "./shard.ts";
import { type HubMachine, ModelConnectionWaits } from "./connections.ts";
import { ModelWaits } from "./waits.ts";
import type { World } from "./world.ts";

interface HomeRows extends LogRows {
  epoch: Epoch | null;
  spread: SpreadRow | null;
  settings: number;
  receipts: Map<string, string>;
  /** The last message that has come back. */
  adopted: number;
  /** Until when connections wait. */
  waits: Map<string, number>;
}

/** Milliseconds that a call waits at most for a message. */
const WATCH_MS = 5_000;

export class ModelHome {
  log: ModelLog;
  private readonly forPhases: SpreadPhasesDeps = {
    write: (row) => {
      this.rows.spread = row;
    },
    raise: (last) => {
      if (this.world.keeps("a home that is alone continues above its shards")) this.log.raise(last);
    },
  };
  private phases: SpreadPhases;
  private readonly driver: SpreadDriver;
  private readonly finder: SpreadFinder;
  private readonly waits: ModelWaits;
  private readonly connections: ModelConnectionWaits;
  private readonly world: World;
  private readonly machine: HomeMachine;
  private readonly deps: HomeDeps;
  /** What a backup has. */
  readonly rows: HomeRows;

  constructor(machine: HomeMachine, deps: HomeDeps, rows: HomeRows) {
    this.machine = machine;
    this.world = machine.world;
    this.deps = deps;
    this.rows = rows;
    this.log = this.openLog();
    this.phases = this.openPhases();
    this.driver = this.newDriver();
    this.waits = new ModelWaits((milliseconds, work) => machine.timer(milliseconds, work));
    this.finder = new SpreadFinder({
      objects: () => this.watched,
      watched: () => this.watched,
      waits: this.waits,
      now: () => machine.world.now,
      look: (object) => (object === 0 ? Promise.resolve(this.log.free.length > 0) : this.lookAt(object)),
      watch: (object) => (object === 0 ? this.log.watch(WATCH_MS) : this.watch(object)),
      timer: (milliseconds, work) => machine.timer(milliseconds, work),
      pick: (objects) => this.world.random.pick(objects),
      lastResort: () => (this.view?.isDraining === true ? 0 : null),
    });
    this.connections = this.openConnections();
    if (this.world.keeps("a home that restarts waits for its connections")) this.connections.restore();
    this.finder.watchAll();
  }

  get settings(): number {
    return this.rows.settings;
  }

  get epoch(): Epoch | null {
    return this.rows.epoch;
  }

  get phase(): string {
    return this.phases.row.phase;
  }

  get view(): SpreadView | null {
    return this.phases.view;
  }

  post(post: Post): PostedId {
    const { rows } = this;
    if (this.phases.isDeleting && this.world.keeps("a queue that is being deleted takes no posts")) {
      throw new Error("The queue is being deleted.");
    }
    const epoch = this.ensure();
    const receipt = post.key === null ? undefined : rows.receipts.get(post.key);
    if (receipt !== undefined) return { id: receipt };
    const { id } = this.log.append(post, epoch);
    if (post.key !== null) rows.receipts.set(post.key, id);
    return { id };
  }

  /** `marker`: a place, or the id of a message. */
  async list({
    marker,
    limit,
  }: {
    readonly marker: LogPlace | string | null;
    readonly limit: number;
  }): Promise<SpreadPage<StoredMessage>> {
    const { epoch } = this;
    const request = { marker: typeof marker === "string" ? this.placeOf(marker) : marker, limit };
    const { oracle } = this.deps;
    const isOfMessage = epoch !== null && request.marker !== null && oracle.knows(epoch, request.marker);
    const page = await listSpread({ objects: () => this.listed, ask: this.asker(request) }, request);
    if (epoch !== this.epoch) throw new Error("The queue was deleted.");
    const { next, messages } = page;
    if (epoch !== null && next !== null && messages.length > 0) oracle.promise(epoch, next.number);
    if (epoch !== null && isOfMessage) oracle.promise(epoch, request.marker?.number ?? 0);
    return page;
  }

  /** Takes a message back from the queue of dead letters, which repeats the call until it is answered. */
  adopt({ number, ...message }: Departure): void {
    const { rows, log } = this;
    if (rows.adopted >= number && this.world.keeps("a message comes back once")) return;
    rows.adopted = number;
    this.ensure();
    log.adopt(message);
  }

  /** An object that may have a message, within that time; null: there is none. */
  find(milliseconds: number): Promise<number | null> {
    if (milliseconds <= 0) return this.finder.find();
    const found = this.waits.wait(milliseconds);
    this.finder.watchAll();
    return found;
  }

  noteWait(id: string, milliseconds: number): void {
    this.connections.note(id, milliseconds);
    this.finder.watchAll();
  }

  endWait(id: string): void {
    this.connections.end(id);
  }

  /** The settings of the queue change. */
  patch(): void {
    if (this.epoch === null) return;
    this.rows.settings += 1;
    if (this.world.keeps("changed settings are a command")) this.phases.renew();
    void this.driver.drive();
  }

  /** Asks the shards once in a while for the version that they know. */
  async survey(): Promise<void> {
    const { row } = this.phases;
    if (row.phase !== "spread") return;
    const ask = (shard: number): Promise<number> => this.machine.call(this.shard(shard), ({ state }) => state.version);
    const versions = await Promise.all(this.phases.shards.map(ask)).catch(() => null);
    if (versions === null || row !== this.phases.row || versions.every((version) => version === row.version)) return;
    if (this.phases.reopen(this.log.last)) void this.driver.drive();
  }

  /** Load has come. */
  grow(objects: number): void {
    const { row } = this.phases;
    if (this.epoch === null) return;
    if (!this.world.keeps("another number of objects waits for the next opening")) {
      this.phases = new SpreadPhases({ ...row, objects }, this.forPhases);
    }
    if (this.phases.open(objects, this.log.last)) void this.driver.drive();
  }

  /** Load has gone. */
  shrink(): void {
    if (this.phases.collapse()) void this.driver.drive();
  }

  drive(): Promise<void> {
    return this.driver.drive();
  }

  async remove(): Promise<void> {
    const { epoch } = this;
    if (epoch === null) return;
    if (!this.phases.delete()) return this.end();
    await this.driver.drive();
    // The run may have been one that began before the deletion.
    if (this.epoch === epoch) await this.driver.drive();
    if (this.epoch === epoch) throw new Error("A shard has not closed yet.");
  }

  private placeOf(id: string): LogPlace {
    const isResolved = this.world.keeps("the id of a message that has come back is its new place");
    const own = isResolved ? this.rows.messages.findLast((message) => message.id === id) : undefined;
    return own === undefined ? placeIn(id) : { number: own.number, object: 0 };
  }

  private get listed(): readonly number[] {
    const { shards, isSpread } = this.phases;
    const isWhole = isSpread || this.world.keeps("a list asks every object that may have messages");
    return listedObjects(isWhole ? shards : []);
  }

  private get watched(): readonly number[] {
    const { shards } = this.phases;
    return listedObjects(this.world.keeps("the home watches every object") ? shards : []);
  }

  private openLog(): ModelLog {
    return new ModelLog({ machine: this.machine, object: 0, rows: this.rows, oracle: this.deps.oracle });
  }

  private openConnections(): ModelConnectionWaits {
    const { machine, deps, rows, waits, world } = this;
    const lease = { limit: 4, leaseMs: 5_000 };
    return new ModelConnectionWaits({
      rows: rows.waits,
      waits,
      world,
      keepAwake: (work) => machine.keepAwake(work),
      callHub: (id) =>
        machine.call(deps.hub, (hub) =>
          hub.settleWait(id, () => deps.hub.call(deps.home(), (home) => home.connections.claim(id))),
        ),
      claim: async (object) =>
        object === 0
          ? this.log.claim(lease.limit, lease.leaseMs)
          : machine.call(this.shard(object), ({ log }) => log.claim(lease.limit, lease.leaseMs)),
      withdraw: async ({ claim }) => {
        const object = shardOfClaim(claim);
        if (object === 0) this.log.settle(claim, []);
        else await machine.call(this.shard(object), ({ log }) => log.settle(claim, []));
      },
    });
  }

  private openPhases(): SpreadPhases {
    return new SpreadPhases(this.rows.spread, this.forPhases);
  }

  private ensure(): Epoch {
    const { rows, world } = this;
    rows.epoch ??= toEpoch(world.now, world.random.between(0, 0xfffff));
    return rows.epoch;
  }

  /** The queue ends. Nothing of it is left at the home. */
  private end(): void {
    const { rows, log } = this;
    log.endWaits();
    Object.assign(rows, newHomeRows());
    this.log = this.openLog();
    this.phases = this.openPhases();
  }

  private newDriver(): SpreadDriver {
    const { world } = this;
    return new SpreadDriver({
      life: () => (this.epoch === null ? null : { epoch: this.epoch, phases: this.phasesFor() }),
      write: async (work) => work(),
      command: (shard, command) => this.ask(shard, (memory) => memory.command(command, this.rows.settings)),
      isDrained: (shard) => {
        if (!world.keeps("shards drain before they close")) return Promise.resolve(true);
        return this.machine.call(this.shard(shard), (memory) => memory.isDrained());
      },
      onChange: () => {
        if (world.keeps("watches begin with a phase")) this.finder.watchAll();
      },
      end: async () => this.end(),
      onFailure: () => undefined,
    });
  }

  /** The phases, without the rule about replies if that is out. */
  private phasesFor(): SpreadPhases {
    if (this.world.keeps("replies to a former phase count for nothing")) return this.phases;
    const { phases } = this;
    return new Proxy(phases, {
      get: (_, member: keyof SpreadPhases) =>
        member === "take"
          ? (_step: unknown, replies: readonly StepReply[]) => phases.take({ row: phases.row }, replies)
          : phases[member],
    });
  }

  private async ask(object: number, serve: (memory: ModelShard) => StepReply): Promise<StepReply> {
    const { world } = this;
    const reply = await this.callShard(object, serve);
    if (reply?.kind === "stale" && !world.keeps("a version goes beyond that of an earlier life")) return null;
    return reply;
  }

  private async callShard(object: number, serve: (memory: ModelShard) => StepReply): Promise<StepReply> {
    try {
      return await this.machine.call(this.shard(object), serve);
    } catch (error) {
      if (this.world.keeps("every shard has to reply")) throw error;
      return { kind: "done", last: 0 };
    }
  }

  private shard(object: number): ShardMachine {
    const shard = this.deps.shards[object - 1];
    if (shard === undefined) throw new Error(`there is no object ${object}`);
    return shard;
  }

  private lookAt(object: number): Promise<boolean> {
    return this.machine.call(this.shard(object), (memory) => memory.mayHaveClaimable(), 500);
  }

  private async watch(object: number): Promise<number> {
    try {
      return await this.machine.call(this.shard(object), (memory) => memory.watch(WATCH_MS), WATCH_MS + 2_000);
    } catch (error) {
      if (this.world.keeps("a watch that failed is repeated")) throw error;
      return new Promise(() => undefined);
    }
  }

  /** Asks an object for its page, and breaks the rules of lists that are out. */
  private asker({
    marker,
  }: SpreadListRequest): (object: number, question: PageQuestion) => Promise<PageAnswer<StoredMessage>> {
    const { world } = this;
    let entries = 0;
    const page = (object: number, question: PageQuestion) =>
      object === 0
        ? Promise.resolve(this.log.page(question))
        : this.machine.call(this.shard(object), (memory) => memory.page(question));
    return async (object, question) => {
      const isRaised =
        world.keeps("a list raises all objects to its end") &&
        (entries > 0 || world.keeps("the marker is an end too")) &&
        (object > 0 || world.keeps("a list raises the home too"));
      const asked = isRaised ? question : { ...question, raise: 0 };
      const answer = await page(object, asked).catch((error: unknown) => {
        if (world.keeps("a list needs the answer of every object")) throw error;
        return { entries: [], through: null, last: 0 };
      });
      entries += answer.entries.length;
      const isForged = marker !== null && !world.keeps("an invented marker uses no numbers up");
      return isForged && question.raise === 0
        ? { ...answer, last: Math.max(answer.last, marker.number) - (object === 0 ? 0 : 1) }
        : answer;
    };
  }
}

export type HomeMachine = Machine<ModelHome>;

interface HomeDeps {
  readonly shards: readonly ShardMachine[];
  readonly oracle: Oracle;
  readonly hub: HubMachine;
  readonly home: () => HomeMachine;
}

function newHomeRows(): HomeRows {
  return { ...newRows(), epoch: null, spread: null, settings: 0, receipts: new Map(), adopted: 0, waits: new Map() };
}

export function newHome(world: World, others: Omit<HomeDeps, "home">): HomeMachine {
  const rows = newHomeRows();
  const deps = { ...others, home: () => machine };
  const hasWaits = (): boolean => rows.waits.size > 0 && world.keeps("an alarm wakes a home at which connections wait");
  const machine: HomeMachine = new Machine<ModelHome>(world, "home", {
    start: (started) => new ModelHome(started, deps, rows),
    hasWork: () => isDriven(rows) || hasWaits(),
    work: (memory) => void memory.drive(),
  });
  deps.oracle.watch(() => ({ epoch: rows.epoch, phase: rows.spread?.phase ?? "one" }));
  return machine;
}

function isDriven({ epoch, spread }: HomeRows): boolean {
  return epoch !== null && spread !== null && spread.phase !== "one" && spread.phase !== "spread";
}
