/**
 * Claims of connections that wait. A wait is a row of the home, which calls the hub of the connection when an object may have a
 * message. The hub claims at the home, and the home at that object, so that the wait ends with the claim.
 */
import type { Claimed } from "./log.ts";
import { Machine } from "./machine.ts";
import type { ModelWait, ModelWaits } from "./waits.ts";
import type { World } from "./world.ts";

export type HubMachine = Machine<ModelHub>;
type Answer = "claimed" | "nothing" | "gone";

/** The connections of a hub. They end when their clients end them. */
export class ModelHub {
  private readonly waits = new Map<string, (claimed: Claimed) => void>();

  enter(id: string, receive: (claimed: Claimed) => void): void {
    this.waits.set(id, receive);
  }

  leave(id: string): void {
    this.waits.delete(id);
  }

  /** There may be a message for a wait. `claim`: claims at the home; null: there was none. */
  async settleWait(id: string, claim: () => Promise<Claimed | null>): Promise<Answer> {
    if (!this.waits.has(id)) return "gone";
    const claimed = await claim();
    if (claimed === null) return "nothing";
    const receive = this.waits.get(id);
    if (receive === undefined) return "gone";
    this.leave(id);
    receive(claimed);
    return "claimed";
  }
}

export function newHub(world: World): HubMachine {
  const hub = new ModelHub();
  return new Machine<ModelHub>(world, "hub", { start: () => hub });
}

export interface ConnectionWaitsDeps {
  /** Until when each connection waits. */
  readonly rows: Map<string, number>;
  readonly waits: ModelWaits;
  readonly world: World;
  /** Lets the hub claim for a wait. */
  readonly callHub: (id: string) => Promise<Answer>;
  readonly claim: (object: number) => Promise<Claimed | null>;
  readonly withdraw: (claimed: Claimed) => Promise<void>;
  /** The home is not evicted before the work has ended. */
  readonly keepAwake: (work: Promise<void>) => Promise<void>;
}

interface Called {
  readonly object: number;
  claimed: Claimed | null;
}

/** The waits in the memory of a home. */
export class ModelConnectionWaits {
  private readonly deps: ConnectionWaitsDeps;
  private readonly entries = new Map<string, ModelWait>();
  private readonly called = new Map<string, Called>();

  constructor(deps: ConnectionWaitsDeps) {
    this.deps = deps;
  }

  note(id: string, milliseconds: number): void {
    const { rows, world } = this.deps;
    rows.set(id, world.now + milliseconds);
    this.enter(id);
  }

  /** Those that the home had before it restarted. */
  restore(): void {
    for (const id of this.deps.rows.keys()) this.enter(id);
  }

  end(id: string): void {
    const { rows, waits } = this.deps;
    rows.delete(id);
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    this.entries.delete(id);
    waits.delete(entry);
  }

  /** The claim of a hub. */
  async claim(id: string): Promise<Claimed | null> {
    const { rows, claim, withdraw } = this.deps;
    const claimed = await claim(this.called.get(id)?.object ?? 0).catch(() => null);
    if (claimed === null) return null;
    const called = this.called.get(id);
    if (called === undefined && !rows.has(id)) {
      await withdraw(claimed);
      return null;
    }
    if (called !== undefined) called.claimed = claimed;
    this.end(id);
    return claimed;
  }

  private enter(id: string): void {
    const wait = { tell: (object: number) => this.startCall(id, object) };
    this.entries.set(id, wait);
    this.deps.waits.add(wait);
  }

  private startCall(id: string, object: number): boolean {
    const { rows, world } = this.deps;
    if (this.called.has(id)) return false;
    if ((rows.get(id) ?? 0) <= world.now) {
      this.end(id);
      return false;
    }
    const called = { object, claimed: null };
    this.called.set(id, called);
    void this.deps.keepAwake(this.callHub(id, called));
    return true;
  }

  private async callHub(id: string, called: Called): Promise<void> {
    const { world, callHub, withdraw } = this.deps;
    const answer = await callHub(id).catch(() => "gone");
    this.called.delete(id);
    if (answer !== "gone") return;
    this.end(id);
    const { claimed } = called;
    if (claimed !== null && world.keeps("a claim that no connection got is withdrawn")) {
      await withdraw(claimed).catch(() => undefined);
    }
  }
}
