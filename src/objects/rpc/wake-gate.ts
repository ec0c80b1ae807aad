/**
 * Which objects requests may wake, for a service on a machine of its own. There an object that is awake holds file
 * descriptors, and waking one that never was leaves its database for ever: so what only asks about a missing object is
 * answered without it, and no more are woken at a time than there are descriptors for. In the cloud neither costs
 * anything, and the gate is open.
 */
import type { Config } from "../../config/config.ts";
import { Refusal } from "../../domain/refusal.ts";
import { DiskRoom } from "./disk.ts";

/** Milliseconds that an object stays awake after its last request (measured: 10 s), and a margin. */
const AWAKE_MS = 12_000;
/** Milliseconds within which the time of an object's last request need not be noted again. */
const RESOLUTION_MS = 1000;
/** Milliseconds between two searches of all objects for those that sleep. */
const SEARCH_INTERVAL_MS = 100;
/** What the database of an object that is awake holds open: the file, its log and the index of that. */
const DESCRIPTORS_PER_OBJECT = 3;
/** The part of all descriptors that is for objects which requests wake. The rest: connections, and what alarms wake. */
const PART_OF_DESCRIPTORS = 1 / 2;

/** However few descriptors there are: a queue and its project have to be open at a time. */
const AWAKE_MIN = 8;

/** A way to an object. */
export interface Door<T extends object> {
  /** Made for the request. */
  readonly stub: T;
  /** What the object would answer if it never was; a method that is missing brings it into being. */
  readonly missing: Partial<T>;
  /** What a method that would bring it into being answers if it may not be; null: it may. */
  readonly refused?: Refused<T>;
  /** Whether it is certain that it never was. */
  readonly isMissing: () => Promise<boolean>;
  /** Of one object. */
  readonly key: string;
  /** Milliseconds that the call may take. */
  readonly stay: number;
}

/** By method. */
export type Refused<T> = {
  readonly [M in keyof T]?: T[M] extends (request: infer R) => Promise<infer A>
    ? (request: R) => Promise<A | null>
    : never;
};

export class WakeGate {
  /** What missing objects hold requests to as well. */
  readonly config: Config;
  readonly room = new DiskRoom();
  private readonly awakeMax: number;
  /** When each object has, or may have, its last request at the earliest; about the longest ago first. */
  private readonly awake = new Map<string, number>();
  private searchedAt = 0;
  private lookedAt = 0;

  constructor(config: Config) {
    this.config = config;
    const part = Math.floor(((config.maxOpenFiles ?? Infinity) * PART_OF_DESCRIPTORS) / DESCRIPTORS_PER_OBJECT);
    this.awakeMax = Math.max(AWAKE_MIN, part);
  }

  /** Whether no more than so many objects may be awake. */
  get isBounded(): boolean {
    return this.awakeMax !== Infinity;
  }

  /** Whether a request that has to wake an object would be refused. */
  get isFull(): boolean {
    this.forgetSleeping(this.look());
    return this.awake.size >= this.awakeMax;
  }

  /** Whether the object is awake by a request before: then nothing stands in the way. `stay`: as in a door. */
  passes(key: string, stay: number): boolean {
    const now = this.look();
    const last = this.awake.get(key);
    if (last === undefined || now - last >= AWAKE_MS) return false;
    if (now + stay - last >= RESOLUTION_MS) this.note(key, now + stay);
    return true;
  }

  /** The object as far as it may be woken. Its methods throw a Refusal, `objects-too-many`, when it may not. */
  guard<T extends object>(door: Door<T>): T {
    return new Proxy(door.stub, {
      get: (_, method) => (request: unknown) => this.call(door, method as keyof T, request),
    });
  }

  private async call<T extends object>(door: Door<T>, method: keyof T, request: unknown): Promise<unknown> {
    type Call = (request: unknown) => unknown;
    const answer = door.missing[method] as Call | undefined;
    if (answer !== undefined && (await door.isMissing())) return answer(request);
    const refuse = door.refused?.[method] as Call | undefined;
    const refusal = refuse !== undefined && (await door.isMissing()) ? await refuse(request) : null;
    if (refusal !== null) return refusal;
    this.admit(door);
    return (door.stub[method] as Call)(request);
  }

  private admit({ key, stay }: Pick<Door<object>, "key" | "stay">): void {
    const now = this.look();
    this.forgetSleeping(now);
    if (this.awake.size >= this.awakeMax && !this.awake.has(key)) {
      const [oldest = now] = this.awake.values();
      const left = Math.min(AWAKE_MS, oldest + AWAKE_MS - now);
      throw new Refusal({ kind: "objects-too-many", retryAfter: Math.ceil(left / 1000) });
    }
    this.note(key, now + stay);
  }

  /** The present. What was noted by a clock that was ahead would hold its places until that has caught up. */
  private look(): number {
    const now = Date.now();
    if (now < this.lookedAt - AWAKE_MS) this.awake.clear();
    this.lookedAt = now;
    return now;
  }

  private forgetSleeping(now: number): void {
    // Those behind one whose call takes long are looked for only when there is no room.
    const isSearching = this.awake.size >= this.awakeMax && Math.abs(now - this.searchedAt) >= SEARCH_INTERVAL_MS;
    if (isSearching) this.searchedAt = now;
    for (const [key, last] of this.awake) {
      if (now - last >= AWAKE_MS) this.awake.delete(key);
      else if (!isSearching) return;
    }
  }

  private note(key: string, until: number): void {
    this.awake.delete(key);
    this.awake.set(key, until);
  }
}
