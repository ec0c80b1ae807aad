/**
 * Bounds the objects that requests wake, in a self-hosted service. There an object that is awake uses file descriptors, and
 * waking an object that has never existed creates its database file. So a read of a missing object is answered without
 * waking it, and no more objects are woken than there are descriptors for. In the cloud neither costs anything, and the gate
 * lets every call pass.
 */
import type { Config } from "../../config/config.ts";
import { Refusal } from "../../domain/refusal.ts";
import { DiskSpace } from "./disk.ts";
import { NOT_HERE } from "./located.ts";
import type { ConditionalCall, ConditionalAnswer } from "./queue.ts";
import { PlacementCache } from "./placement-cache.ts";
import { SpreadMap } from "./spread-map.ts";

/** Milliseconds that an object stays awake after its last request (measured: 10 s), and a margin. */
const AWAKE_MS = 12_000;
/** Milliseconds within which another request of an object is not recorded. */
const RESOLUTION_MS = 1000;
/** Milliseconds between two scans of all entries for objects that sleep. */
const SEARCH_INTERVAL_MS = 100;
/** Descriptors for the database of an awake object: the file, its write-ahead log, and the index of that log. */
const DESCRIPTORS_PER_OBJECT = 3;
/** The part of all descriptors that is for objects woken by requests. The rest is for connections and objects woken by alarms. */
const PART_OF_DESCRIPTORS = 1 / 2;

/** The least bound, however few descriptors there are: a queue and its project have to be awake at the same time. */
const AWAKE_MIN = 8;

/** Guarded access to one object. */
export interface GuardedObject<T extends object> {
  /** Makes the stub, once the object has to be called. */
  readonly stub: () => T;
  /** The answers of the object if it has never existed. Methods that are absent here are called on the object and create it. */
  readonly missing: Partial<T>;
  /** For methods that would create the object: the refusal, or null if it may be created. */
  readonly refused?: Refused<T>;
  /** Whether it is certain that the object has never existed. */
  readonly isMissing: () => Promise<boolean>;
  /** Names the object. */
  readonly key: string;
  /** Milliseconds that the call may take. */
  readonly callMs: number;
}

/** Refusals by method; null: not refused. */
export type Refused<T> = {
  readonly [M in keyof T]?: T[M] extends (request: infer R) => Promise<infer A>
    ? (request: R) => Promise<A | null>
    : never;
};

type Call = (request: unknown) => unknown;

export class WakeGate {
  /** The settings by which requests to missing objects are checked. */
  readonly config: Config;
  readonly disk = new DiskSpace();
  readonly placements = new PlacementCache();
  readonly spreads = new SpreadMap();
  private readonly awakeMax: number;
  /** For each awake object the time of its last request, or the latest end of a waiting call. Roughly the oldest first. */
  private readonly awake = new Map<string, number>();
  private searchedAt = 0;
  /** The time at the last reading of the clock. */
  private readAt = 0;

  constructor(config: Config) {
    this.config = config;
    const part = Math.floor(((config.maxOpenFiles ?? Infinity) * PART_OF_DESCRIPTORS) / DESCRIPTORS_PER_OBJECT);
    this.awakeMax = Math.max(AWAKE_MIN, part);
  }

  /** Whether the number of awake objects is bounded. */
  get isBounded(): boolean {
    return this.awakeMax !== Infinity;
  }

  /** Whether a request that has to wake an object would be refused. */
  get isFull(): boolean {
    this.forgetSleeping(this.readClock());
    return this.awake.size >= this.awakeMax;
  }

  /** Whether an earlier request has woken the object, so that the call may go to it directly. `callMs`: as in `GuardedObject`. */
  passes(key: string, callMs: number): boolean {
    const now = this.readClock();
    const last = this.awake.get(key);
    if (last === undefined || now - last >= AWAKE_MS) return false;
    if (now + callMs - last >= RESOLUTION_MS) this.record(key, now + callMs);
    return true;
  }

  /** A proxy of the object. Its methods throw the Refusal `objects-too-many` when the object may not be woken. */
  guard<T extends object>(object: GuardedObject<T>): T {
    return new Proxy({} as T, {
      get: (_, method) => (request: unknown) =>
        method === "callIfHere"
          ? this.callIfHere(object, request as ConditionalCall)
          : this.call(object, method as keyof T, request),
    });
  }

  private async call<T extends object>(object: GuardedObject<T>, method: keyof T, request: unknown): Promise<unknown> {
    const answer = await answerOfMissing(object, method, request);
    if (answer !== null) return answer.value;
    this.admit(object);
    return (object.stub()[method] as Call)(request);
  }

  /** A call to which an object may answer "not here" (located.ts). An object that has never existed is not woken for that. */
  private async callIfHere<T extends object>(
    object: GuardedObject<T>,
    conditional: ConditionalCall,
  ): Promise<ConditionalAnswer> {
    if (conditional.isSettled === true) {
      const answer = await answerOfMissing(object, conditional.method as keyof T, conditional.request);
      if (answer !== null) return { isHere: true, value: answer.value };
    } else if (await object.isMissing()) return NOT_HERE;
    this.admit(object);
    return (object.stub()["callIfHere" as keyof T] as Call)(conditional) as Promise<ConditionalAnswer>;
  }

  private admit({ key, callMs }: Pick<GuardedObject<object>, "key" | "callMs">): void {
    const now = this.readClock();
    this.forgetSleeping(now);
    if (this.awake.size >= this.awakeMax && !this.awake.has(key)) {
      const [oldest = now] = this.awake.values();
      const left = Math.min(AWAKE_MS, oldest + AWAKE_MS - now);
      throw new Refusal({ kind: "objects-too-many", retryAfter: Math.ceil(left / 1000) });
    }
    this.record(key, now + callMs);
  }

  /** The present time. If the clock was set back, the entries are dropped: they would count until the clock catches up. */
  private readClock(): number {
    const now = Date.now();
    if (now < this.readAt - AWAKE_MS) this.awake.clear();
    this.readAt = now;
    return now;
  }

  private forgetSleeping(now: number): void {
    // The scan stops at the first awake entry. Sleeping ones after a long call need a full scan, made only without room.
    const isSearching = this.awake.size >= this.awakeMax && Math.abs(now - this.searchedAt) >= SEARCH_INTERVAL_MS;
    if (isSearching) this.searchedAt = now;
    for (const [key, last] of this.awake) {
      if (now - last >= AWAKE_MS) this.awake.delete(key);
      else if (!isSearching) return;
    }
  }

  private record(key: string, until: number): void {
    this.awake.delete(key);
    this.awake.set(key, until);
  }
}

/** The answer or refusal of an object that has never existed; null: the object has to be called. */
async function answerOfMissing<T extends object>(
  object: GuardedObject<T>,
  method: keyof T,
  request: unknown,
): Promise<{ readonly value: unknown } | null> {
  const answer = object.missing[method] as Call | undefined;
  if (answer !== undefined && (await object.isMissing())) return { value: await answer(request) };
  const refuse = object.refused?.[method] as Call | undefined;
  const refusal = refuse !== undefined && (await object.isMissing()) ? await refuse(request) : null;
  return refusal === null ? null : { value: refusal };
}
