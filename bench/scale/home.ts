/** The home of a queue: messages, and the phases and waits of the service. */
import { toEpoch } from "../../src/domain/id.ts";
import { HOME_OBJECT, type Phase } from "../../src/domain/spread.ts";
import { SpreadDriver } from "../../src/objects/queue/spread-driver.ts";
import { SpreadFinder } from "../../src/objects/queue/spread-finder.ts";
import { listedObjects } from "../../src/objects/queue/spread-list.ts";
import { SpreadPhases } from "../../src/objects/queue/spread-phases.ts";
import type { Random } from "../../test/crash/random.ts";
import { ModelWaits } from "../../test/model/elastic/waits.ts";
import { ServedObject } from "./served-object.ts";
import { WAIT_MS } from "./settings.ts";
import type { SimulatedShard } from "./shard.ts";
import type { Timeline } from "./timeline.ts";
import { WaitingLog } from "./waiting-log.ts";

export interface HomeDeps {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly rate: number;
  readonly shards: readonly SimulatedShard[];
  readonly onPhase: (phase: Phase) => void;
}

const EPOCH = toEpoch(0, 0);

export class SimulatedHome {
  readonly server: ServedObject;
  readonly log: WaitingLog;
  readonly phases: SpreadPhases;
  private readonly finder: SpreadFinder;
  private readonly waits: ModelWaits;
  private readonly driver: SpreadDriver;
  private readonly deps: HomeDeps;

  constructor(deps: HomeDeps) {
    const { timeline, random, rate } = deps;
    this.deps = deps;
    this.server = new ServedObject(timeline, rate);
    this.log = new WaitingLog(timeline);
    this.phases = new SpreadPhases(null, {
      write: ({ phase }) => {
        this.server.spend("write");
        deps.onPhase(phase);
      },
      // Numbers are not simulated.
      raise: () => undefined,
    });
    const timer = (milliseconds: number, work: () => void): void => timeline.after(milliseconds, work);
    const all = (): readonly number[] => listedObjects(this.phases.shards);
    this.waits = new ModelWaits(timer);
    this.finder = new SpreadFinder({
      objects: all,
      watched: all,
      waits: this.waits,
      now: () => timeline.now,
      look: (object) => this.look(object),
      watch: (object) => this.watch(object),
      timer,
      pick: (objects) => random.pick(objects),
      lastResort: () => null,
    });
    this.driver = this.newDriver();
  }

  find(milliseconds: number): Promise<number | null> {
    if (milliseconds <= 0) return this.finder.find();
    const found = this.waits.wait(milliseconds);
    this.finder.watchAll();
    return found;
  }

  /** Load has come. */
  grow(objects: number): void {
    if (this.phases.open(objects, 0)) void this.driver.drive();
  }

  /** Load has gone. */
  shrink(): void {
    if (this.phases.collapse()) void this.driver.drive();
  }

  /** As its alarm does. */
  drive(): void {
    void this.driver.drive();
  }

  private newDriver(): SpreadDriver {
    return new SpreadDriver({
      life: () => ({ epoch: EPOCH, phases: this.phases }),
      write: async (work) => work(),
      command: (object, command) => this.ask(object, "write", (shard) => shard.command(command)),
      isDrained: (object) => this.ask(object, "read", (shard) => shard.isDrained),
      onChange: () => this.finder.watchAll(),
      end: async () => undefined,
      onFailure: (error) => {
        throw error;
      },
    });
  }

  private async look(object: number): Promise<boolean> {
    if (object === HOME_OBJECT) return this.log.free > 0;
    return await this.ask(object, "read", ({ log }) => log.free > 0);
  }

  private watch(object: number): Promise<number> {
    if (object === HOME_OBJECT) return this.log.watch(WAIT_MS);
    return this.ask(object, "read", ({ log }) => log.watch(WAIT_MS));
  }

  /** Calls a shard, which takes the home time too. */
  private async ask<T>(
    object: number,
    cost: "write" | "read",
    work: (shard: SimulatedShard) => T | Promise<T>,
  ): Promise<T> {
    const shard = this.shard(object);
    await this.deps.timeline.sleep(this.server.spend("call"));
    return await shard.server.call(cost, () => work(shard));
  }

  private shard(object: number): SimulatedShard {
    const shard = this.deps.shards[object - 1];
    if (shard === undefined) throw new Error(`there is no object ${object}`);
    return shard;
  }
}
