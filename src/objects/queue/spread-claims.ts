/**
 * Claims of a spread queue at its home. It finds objects with messages for claims that found none, and waits at all shards for
 * those that wait here, of requests and of connections. A connection's claim is made from here, so that its wait ends with it.
 */
import { ok } from "../../domain/result.ts";
import { shardOfClaim, type ClaimId } from "../../domain/id.ts";
import type { ClaimUndo } from "../../domain/claim.ts";
import { randomInteger } from "../../domain/random.ts";
import { HOME_OBJECT } from "../../domain/spread.ts";
import { withTimeout } from "../../mechanisms/timeout.ts";
import type { ClaimAnswer, ClaimRequest, FindRequest, QueueRpc } from "../rpc/queue.ts";
import type { ShardRpc } from "../rpc/shard.ts";
import type { Claims } from "./claims.ts";
import type { ConnectionWaits } from "./connection-waits.ts";
import type { QueueHost } from "./host.ts";
import { SpreadFinder } from "./spread-finder.ts";
import { listedObjects } from "./spread-list.ts";
import type { Waiters } from "./waiters.ts";

export interface SpreadClaimsDeps {
  readonly host: Pick<
    QueueHost,
    "advanceToNow" | "armForRepair" | "logFault" | "now" | "queue" | "waitUntil" | "write"
  >;
  /** The shards that may have messages, and their stubs. */
  readonly spreading: {
    readonly shards: readonly number[];
    readonly isDraining: boolean;
    shard(shard: number): ShardRpc;
  };
  readonly waiters: Pick<Waiters, "hasConnections" | "lastEnd" | "size" | "tell">;
  readonly claims: Pick<Claims, "create" | "find" | "withdraw">;
  readonly connectionWaits: Pick<ConnectionWaits, "forgetOver" | "objectOf" | "settle">;
}

/** Milliseconds that a shard may take to look, or to claim. */
const SHARD_MS = 2000;
/** Milliseconds for which one call waits at a shard, which stays awake meanwhile. It may outlast the last claim that waits. */
const WATCH_MS = 8000;
const WATCH_MS_MIN = 100;
/** Milliseconds after which such a call has failed. */
const WATCH_ANSWER_MS = WATCH_MS + 2000;

export class SpreadClaims {
  private readonly deps: SpreadClaimsDeps;
  private readonly finder: SpreadFinder;

  constructor(deps: SpreadClaimsDeps) {
    const { host, spreading, waiters, connectionWaits } = deps;
    this.deps = deps;
    this.finder = new SpreadFinder({
      objects: () => listedObjects(spreading.shards),
      // A message of the home wakes claims by itself.
      watched: () => spreading.shards,
      waits: {
        get size() {
          // Hubs end the waits of connections whose time is up, and tell nobody.
          connectionWaits.forgetOver(host.now());
          return waiters.size;
        },
        tell: (object, count) => waiters.tell(object, count),
      },
      look: (object) => this.look(object),
      watch: (shard) => this.watch(shard),
      now: () => host.now(),
      timer: (milliseconds, work) => void setTimeout(work, milliseconds),
      pick: (objects) => objects[randomInteger(objects.length)] ?? HOME_OBJECT,
      lastResort: () => (spreading.isDraining ? HOME_OBJECT : null),
    });
  }

  /** As `QueueRpc.find`. */
  async find(request: FindRequest): ReturnType<QueueRpc["find"]> {
    const { claims, spreading } = this.deps;
    // A wait ends at once while the home has messages, and shards may have older ones.
    const isSoonOver = spreading.isDraining && (await this.look(HOME_OBJECT));
    const now = request.milliseconds <= 0 || isSoonOver ? await this.finder.find() : null;
    if (now !== null || request.milliseconds <= 0) return now;
    const found = await claims.find(request);
    // The caller has tried one object only.
    return found === "full" ? ((await this.finder.find()) ?? found) : found;
  }

  /** Waits at all shards while claims wait here. */
  watchAll(): void {
    const { host, waiters, spreading, connectionWaits } = this.deps;
    if (waiters.size === 0 || spreading.shards.length === 0) return;
    connectionWaits.forgetOver(host.now());
    // No request of a connection calls this object again after a crash, and messages are posted elsewhere.
    if (waiters.hasConnections) host.armForRepair();
    this.finder.watchAll();
  }

  /** As `QueueRpc.claim`. The claim of a connection is made at the object that has woken it. */
  async create(request: ClaimRequest): Promise<ClaimAnswer> {
    const { claims, connectionWaits } = this.deps;
    const object = request.wait === undefined ? HOME_OBJECT : connectionWaits.objectOf(request.wait);
    return object === HOME_OBJECT ? claims.create(request) : this.createAt(object, request);
  }

  async withdraw(claim: ClaimId, undo: ClaimUndo): Promise<void> {
    const shard = shardOfClaim(claim);
    if (shard === HOME_OBJECT) await this.deps.claims.withdraw(claim, undo);
    else await withTimeout(SHARD_MS, this.deps.spreading.shard(shard).withdraw({ claim, undo }));
  }

  /** A shard that does not answer is passed over: others may have messages. */
  private async createAt(shard: number, { wait = "", ...request }: ClaimRequest): Promise<ClaimAnswer> {
    const { host, spreading, connectionWaits } = this.deps;
    let answer: ClaimAnswer;
    try {
      answer = await withTimeout(SHARD_MS, spreading.shard(shard).claim({ ...request, withUndo: true }));
    } catch (error) {
      host.logFault("waiting claim", error);
      return ok(null);
    }
    if (!answer.ok || answer.value === null) return answer;
    const { claim: id, messages, undo } = answer.value;
    if (undo === undefined) return answer;
    const isKnown = await host.write(() => connectionWaits.settle(wait, { id, undo }));
    if (isKnown) return ok({ claim: id, messages });
    await this.withdraw(id, undo);
    return ok(null);
  }

  private async look(object: number): Promise<boolean> {
    const { host, spreading } = this.deps;
    if (object !== HOME_OBJECT) {
      return (await withTimeout(SHARD_MS, spreading.shard(object).watch({ milliseconds: 0 }))) > 0;
    }
    host.advanceToNow();
    return host.queue?.mayHaveClaimable === true;
  }

  private watch(shard: number): Promise<number> {
    const { host, spreading, waiters } = this.deps;
    const milliseconds = Math.min(WATCH_MS, Math.max(WATCH_MS_MIN, waiters.lastEnd - host.now()));
    const watched = withTimeout(WATCH_ANSWER_MS, spreading.shard(shard).watch({ milliseconds }));
    // Where connections alone wait, this call keeps the object awake.
    host.waitUntil(watched.catch(() => undefined));
    return watched;
  }
}
