/**
 * A queue on one or many objects, with producers and consumers, as a discrete-event simulation: no runtime, no clock, no real
 * request. A run is its settings, the seed among them.
 */
import { createHash } from "node:crypto";
import type { Phase } from "../../src/domain/spread.ts";
import { Random } from "../../test/crash/random.ts";
import { Figures } from "./figures.ts";
import { SimulatedHome } from "./home.ts";
import { Isolate } from "./isolate.ts";
import type { ServedObject } from "./served-object.ts";
import { HANDLING_MS, ISOLATES, type ScaleSettings, WAIT_MS } from "./settings.ts";
import { SimulatedShard } from "./shard.ts";
import { Shares } from "./shares.ts";
import { Timeline } from "./timeline.ts";

/** Milliseconds within which all consumers have begun. */
export const START_MS = 5_000;
/** Milliseconds between two alarms of the home. */
const ALARM_MS = 1_000;

export class Simulation {
  readonly timeline = new Timeline();
  readonly figures = new Figures();
  readonly home: SimulatedHome;
  readonly shards: readonly SimulatedShard[];
  readonly phases: { readonly phase: Phase; readonly at: number }[] = [];
  /** Messages per second that all producers post together. */
  load = 0;
  private readonly random: Random;
  private readonly isolates: readonly Isolate[];
  private readonly settings: ScaleSettings;

  constructor(settings: ScaleSettings) {
    const { timeline, figures } = this;
    const random = new Random(settings.seed);
    const { rate } = settings;
    const shards = Array.from({ length: settings.objects - 1 }, () => new SimulatedShard(timeline, rate));
    const onPhase = (phase: Phase): void => void this.phases.push({ phase, at: timeline.now });
    const home = new SimulatedHome({ timeline, random, rate, shards, onPhase });
    const deps = { timeline, random, home, shards, figures };
    this.settings = settings;
    this.random = random;
    this.home = home;
    this.shards = shards;
    this.isolates = Array.from({ length: ISOLATES }, () => new Isolate(deps));
  }

  get servers(): readonly ServedObject[] {
    return [this.home, ...this.shards].map(({ server }) => server);
  }

  /** Messages that objects have, claimed or not. */
  get kept(): number {
    return [this.home, ...this.shards].reduce((sum, { log }) => sum + log.free + log.leased, 0);
  }

  /** Producers begin at once, consumers within START_MS. */
  start(): void {
    void this.produce();
    void this.ring();
    for (let index = 0; index < this.settings.consumers; index++) void this.consume(this.isolateOf(index));
  }

  /** Posts come at random moments (a Poisson process), whether or not earlier ones are answered. */
  private async produce(): Promise<void> {
    const { timeline, random, settings } = this;
    const shares = new Shares(settings, random);
    const clients = Array.from({ length: settings.producers }, (_, index) => clientId(settings.seed, index));
    for (;;) {
      await timeline.sleep(this.load > 0 ? (-1_000 * Math.log(1 - random.next())) / this.load : ALARM_MS);
      if (this.load === 0) continue;
      const producer = shares.draw();
      void this.post(clients[producer] ?? "", this.isolateOf(producer));
    }
  }

  private async post(client: string, isolate: Isolate): Promise<void> {
    const { timeline, figures } = this;
    const message = figures.send(timeline.now);
    await isolate.post(client, message);
    figures.stored(message, timeline.now);
  }

  private async consume(isolate: Isolate): Promise<void> {
    const { timeline, figures, random } = this;
    await timeline.sleep(random.next() * START_MS);
    // Consumers that began long ago do not all end their waits at the same moment.
    for (let waitMs = random.next() * WAIT_MS; ; waitMs = WAIT_MS) {
      const claim = await isolate.claim(waitMs);
      if (claim === null) continue;
      figures.receive(claim.messages, timeline.now);
      await timeline.sleep(HANDLING_MS);
      await isolate.delete(claim);
      figures.delete(claim.messages.length);
    }
  }

  private async ring(): Promise<void> {
    for (;;) {
      await this.timeline.sleep(ALARM_MS);
      this.home.drive();
    }
  }

  private isolateOf(client: number): Isolate {
    const isolate = this.isolates[client % ISOLATES];
    if (isolate === undefined) throw new Error("there are no isolates");
    return isolate;
  }
}

/** As clients have them: random UUIDs, in canonical form. */
function clientId(seed: number, producer: number): string {
  return createHash("md5").update(`${seed}/${producer}`).digest("hex");
}
