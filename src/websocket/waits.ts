/**
 * The claims of one connection that wait for a message. The queue notes each wait and calls the hub when there may be a message;
 * the hub then claims as if the frame came again, with the checks of that time. A wait is kept with the socket, so a lost
 * connection takes its waits along, and a hub need not stay awake for them: its alarm ends those whose time is up.
 */
import type { ProjectId } from "../domain/id.ts";
import type { JsonText } from "../domain/json.ts";
import type { Place } from "../domain/place.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../domain/time.ts";
import type { WaitAnswer } from "../objects/rpc/hub.ts";
import { encodeClaimFrame } from "../wire/claims.ts";
import { keptSize, WAIT_BYTES_MAX, WAITS_MAX } from "./kept.ts";
import type { Reply } from "./reply.ts";

export interface Wait {
  /** The name by which the queue refers to it. */
  readonly id: string;
  readonly project: ProjectId;
  readonly place: Place & { readonly kind: "queue" };
  readonly until: EpochMs;
  readonly isBinary: boolean;
  /** Of its frame, without any credential. */
  readonly headers: Readonly<Record<string, string>>;
  /** The claim. */
  readonly body: JsonText;
}

export interface NewWait extends Omit<Wait, "until"> {
  readonly seconds: number;
}

export interface WaitsDeps {
  readonly clock: () => EpochMs;
  /** Keeps the waits with the socket. */
  readonly keep: (waits: readonly Wait[]) => void;
  /** Runs `work` when everything before it is done; null: the connection has ended. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T | null>;
  /** The reply to the claim: 201 with the frame, 204 without messages, or a refusal. */
  readonly claim: (wait: Wait) => Promise<Reply>;
  /** Sends a frame. False: the connection has ended. */
  readonly send: (text: string, isBinary: boolean) => boolean;
  /** Milliseconds that a claim is held back, in which the end of a connection may show. */
  readonly pause: number;
}

/** Milliseconds to which ends are rounded up for the hub's alarm, which costs a row each time. */
const ALARM_RESOLUTION = 1000;

export class Waits {
  private readonly deps: WaitsDeps;
  private waits: readonly Wait[];

  constructor(deps: WaitsDeps, waits: readonly Wait[]) {
    this.deps = deps;
    this.waits = waits;
  }

  get all(): readonly Wait[] {
    return this.waits;
  }

  /** When the next wait has to be ended, or a little later; null: there is none. */
  get next(): EpochMs | null {
    if (this.waits.length === 0) return null;
    const first = Math.min(...this.waits.map(({ until }) => until));
    return toEpochMs(Math.ceil(first / ALARM_RESOLUTION) * ALARM_RESOLUTION);
  }

  /** Enters a wait while `note` lets the queue note it, and for as long as it waits then. */
  async enter<T>({ seconds, ...named }: NewWait, note: () => Promise<T | "noted">): Promise<T | "noted" | "no-room"> {
    const wait = { ...named, until: after(this.deps.clock(), toSeconds(seconds)) };
    if (this.waits.length >= WAITS_MAX || keptSize(wait) > WAIT_BYTES_MAX) return "no-room";
    // Before the queue knows it: it may call at once.
    this.change([...this.waits, wait]);
    let isNoted = false;
    try {
      const outcome = await note();
      isNoted = outcome === "noted";
      return outcome;
    } finally {
      if (!isNoted) this.remove(wait);
    }
  }

  /** Makes the claim of a wait. */
  async claim(id: string): Promise<WaitAnswer> {
    return (await this.deps.inTurn(() => this.claimInTurn(id))) ?? "gone";
  }

  /** Ends a wait without a claim. */
  async end(id: string): Promise<WaitAnswer> {
    await this.deps.inTurn(async () => {
      const wait = this.find(id);
      if (wait !== null) this.conclude(wait, null);
    });
    return "gone";
  }

  /** Ends the waits whose time is up. */
  endDue(now: EpochMs): void {
    for (const { id, until } of this.waits) if (until <= now) void this.end(id);
  }

  private async claimInTurn(id: string): Promise<WaitAnswer> {
    const wait = this.find(id);
    if (wait === null) return "gone";
    const { status, body } = await this.deps.claim(wait);
    if (status === 204) return "nothing";
    // The client asks again, and is told the reason.
    if (status !== 201) {
      this.conclude(wait, null);
      return "gone";
    }
    if (this.deps.pause > 0) await scheduler.wait(this.deps.pause);
    return this.conclude(wait, body) ? "claimed" : "gone";
  }

  /** Sends the frame that ends a wait; null: without a claim. False: the connection has ended. */
  private conclude(wait: Wait, claim: string | null): boolean {
    this.remove(wait);
    return this.deps.send(claim ?? encodeClaimFrame(wait.place.name, null, "[]"), wait.isBinary);
  }

  private find(id: string): Wait | null {
    return this.waits.find((wait) => wait.id === id) ?? null;
  }

  private remove({ id }: Wait): void {
    this.change(this.waits.filter((wait) => wait.id !== id));
  }

  private change(waits: readonly Wait[]): void {
    this.waits = waits;
    this.deps.keep(waits);
  }
}
