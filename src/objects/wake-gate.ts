/**
 * Which objects requests may wake, for a service on a machine of its own. There an object that is awake holds file
 * descriptors, and waking one that never was leaves its database for ever: so what only asks about a missing object is
 * answered without it, and no more are woken at a time than there are descriptors for. In the cloud neither costs
 * anything, and the gate is open.
 */
import type { Config } from "../config/config.ts";
import { Refusal } from "../domain/refusal.ts";

/** Milliseconds that an object stays awake after its last request (measured: 10 s), and a margin. */
const AWAKE_MS = 12_000;
/** Milliseconds within which the time of an object's last request need not be noted again. */
const RESOLUTION_MS = 1000;
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
  /** Whether it is certain that it never was. */
  readonly isMissing: () => Promise<boolean>;
  /** Of one object. */
  readonly key: string;
}

export class WakeGate {
  /** What missing objects hold requests to as well. */
  readonly config: Config;
  private readonly awakeMax: number;
  /** When each object had its last request, the longest ago first. */
  private readonly awake = new Map<string, number>();

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
    const now = Date.now();
    let asleep = 0;
    for (const last of this.awake.values()) {
      if (now - last < AWAKE_MS) break;
      asleep++;
    }
    return this.awake.size - asleep >= this.awakeMax;
  }

  /** Whether the object is awake by a request before: then nothing stands in the way. */
  passes(key: string): boolean {
    const now = Date.now();
    const last = this.awake.get(key);
    if (last === undefined || now - last >= AWAKE_MS) return false;
    if (now - last >= RESOLUTION_MS) this.note(key, now);
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
    this.admit(door.key);
    return (door.stub[method] as Call)(request);
  }

  private admit(key: string): void {
    const now = Date.now();
    for (const [oldest, last] of this.awake) {
      if (now - last < AWAKE_MS) {
        if (this.awake.size < this.awakeMax || this.awake.has(key)) break;
        throw new Refusal({ kind: "objects-too-many", retryAfter: Math.ceil((AWAKE_MS - (now - last)) / 1000) });
      }
      this.awake.delete(oldest);
    }
    this.note(key, now);
  }

  private note(key: string, now: number): void {
    this.awake.delete(key);
    this.awake.set(key, now);
  }
}
