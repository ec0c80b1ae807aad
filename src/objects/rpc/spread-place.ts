/**
 * Calls of a Worker to a queue that may be spread (ADR 24). Callers see one queue. The home is called as the object of any queue
 * is, and its answers tell whether there are shards to call: a queue on one object costs no call more.
 */
import { UNLIMITED } from "../../domain/quota.ts";
import { HOME } from "../../domain/region.ts";
import { ok } from "../../domain/result.ts";
import { randomInteger } from "../../domain/random.ts";
import { HOME_OBJECT } from "../../domain/spread.ts";
import type { DirectStubs, OwnedPlace } from "./direct-stubs.ts";
import type { Metering } from "./metered.ts";
import { placeObjectName } from "./names.ts";
import type { FoundAnswer, HomeCalls, PlaceCalls, Wish } from "./place-calls.ts";
import type { ClaimAnswer, FindRequest, QueueMethod, QueueRpc, TakenFigures, Told } from "./queue.ts";
import type { ShardRpc } from "./shard.ts";
import { BY_ID, type ById, SpreadById, type SpreadByIdDeps } from "./spread-by-id.ts";
import type { SpreadMap, SpreadView } from "./spread-map.ts";
import { claimBeside, type ClaimDeps, claimSpread, type MOVED, postSpread } from "./spread-router.ts";

interface SpreadPlaceDeps {
  readonly target: OwnedPlace;
  readonly home: HomeCalls;
  readonly stubs: DirectStubs;
  readonly map: SpreadMap;
  /** `waitUntil`: lets work outlive the request. */
  readonly request: Pick<Metering, "clock" | "waitUntil">;
}

type Call = (request: unknown) => Promise<unknown>;

/** Performs the methods of a queue at the objects that they concern. */
export class SpreadPlace implements PlaceCalls {
  /** Names the queue in the map. */
  readonly key: string;
  readonly deps: SpreadPlaceDeps;

  constructor(deps: SpreadPlaceDeps) {
    const { owner, place } = deps.target;
    this.deps = deps;
    this.key = placeObjectName(owner, place, HOME);
  }

  async call(method: QueueMethod, request: unknown, { withFigures }: Wish): Promise<FoundAnswer> {
    if (!isRouted(method)) return this.deps.home.call(method, request, { withFigures, withView: false });
    const queue = new SpreadQueue(this, withFigures);
    const value = await (isById(method) ? queue.byId(method, request) : (queue[method] as Call).call(queue, request));
    return { value, ...queue.told };
  }

  shard(shard: number): ShardRpc {
    const { home, target, stubs } = this.deps;
    return stubs.shard({ project: target.owner, name: target.place.name, region: home.called }, shard);
  }
}

const BY_KIND = ["awaitMessages", "claim", "pop", "post"] as const;
type Routed = (typeof BY_KIND)[number] | ById;
const ROUTED: ReadonlySet<QueueMethod> = new Set<QueueMethod>([...BY_KIND, ...BY_ID]);

function isRouted(method: QueueMethod): method is Routed {
  return ROUTED.has(method);
}

function isById(method: Routed): method is ById {
  return (BY_ID as readonly QueueMethod[]).includes(method);
}

/** One call of a queue. */
class SpreadQueue implements Pick<QueueRpc, (typeof BY_KIND)[number]> {
  /** What the home has told last. */
  private heard: TakenFigures = {};
  private readonly place: SpreadPlace;
  private readonly withFigures: boolean;

  constructor(place: SpreadPlace, withFigures: boolean) {
    this.place = place;
    this.withFigures = withFigures;
    const { map, request } = place.deps;
    if (map.takeDue(place.key, request.clock())) request.waitUntil(this.renew());
  }

  async post(request: Parameters<QueueRpc["post"]>[0]): ReturnType<QueueRpc["post"]> {
    type Answer = Awaited<ReturnType<QueueRpc["post"]>>;
    const post = (object: number): Promise<Answer | typeof MOVED> =>
      object === HOME_OBJECT ? this.atHome<Answer>("post", request) : this.place.shard(object).post(request);
    const { client, idempotency, quotas } = request;
    const route = { client, needsHome: idempotency !== null || quotas.messages_per_queue !== UNLIMITED };
    return postSpread(route, { view: () => this.view, post });
  }

  async claim(request: Parameters<QueueRpc["claim"]>[0]): Promise<ClaimAnswer> {
    // The home knows the object for which it has woken a connection, and ends its wait with the claim.
    if (request.wait !== undefined) return this.atHome("claim", request);
    // Who finds nothing waits at the home.
    const { waitsFor: _, ...withoutWait } = request;
    const claimAt = async (object: number, atHome: typeof withoutWait): Promise<ClaimAnswer | null> => {
      const isHome = object === HOME_OBJECT;
      const claimed = isHome
        ? await this.atHome<ClaimAnswer>("claim", atHome)
        : await this.place.shard(object).claim(withoutWait);
      return claimed.ok && claimed.value === null && claimed.isPaused !== true ? null : claimed;
    };
    let last = HOME_OBJECT;
    const claim = (object: number): Promise<ClaimAnswer | null> => {
      last = object;
      return claimAt(object, request);
    };
    const answer = (await claimSpread(this.claimDeps(claim, request.waitsFor !== undefined))) ?? ok(null);
    if (answer.ok || answer.failure.kind !== "claimed-too-many") return answer;
    const unlessFull = async (object: number): Promise<ClaimAnswer | null> => {
      const beside = await claimAt(object, withoutWait);
      return beside?.ok === true ? beside : null;
    };
    return (await claimBeside(last, this.claimDeps(unlessFull, false))) ?? answer;
  }

  async pop(request: Parameters<QueueRpc["pop"]>[0]): ReturnType<QueueRpc["pop"]> {
    type Answer = Awaited<ReturnType<QueueRpc["pop"]>>;
    const claim = async (object: number): Promise<Answer | null> => {
      const isHome = object === HOME_OBJECT;
      const popped = isHome ? await this.atHome<Answer>("pop", request) : await this.place.shard(object).pop(request);
      return popped.length === 0 ? null : popped;
    };
    return (await claimSpread(this.claimDeps(claim, false))) ?? [];
  }

  async awaitMessages(request: Parameters<QueueRpc["awaitMessages"]>[0]): ReturnType<QueueRpc["awaitMessages"]> {
    type Answer = Awaited<ReturnType<QueueRpc["awaitMessages"]>>;
    const wasSpread = this.view !== null;
    const outcome = wasSpread ? "ready" : await this.atHome<Answer>("awaitMessages", request);
    if (outcome !== "ready" || this.view === null) return outcome;
    const { seconds, ...name } = request;
    // A queue that has been spread during the wait has not named the object.
    const found = await this.find({ milliseconds: wasSpread ? seconds * 1000 : 0, ...name });
    if (typeof found === "number") this.place.deps.map.noteReady(this.place.key, found);
    else if (wasSpread) return found ?? "over";
    return "ready";
  }

  /** A call that names messages or claims. */
  byId(method: ById, request: unknown): Promise<unknown> {
    const at = (object: number, asked: ById, each: unknown): Promise<unknown> =>
      object === HOME_OBJECT ? this.atHome(asked, each) : (this.place.shard(object)[asked] as Call)(each);
    // The cast is sound: shards have these methods as the home has them.
    const queue = new SpreadById({ view: () => this.view, at: at as SpreadByIdDeps["at"] });
    return (queue[method] as Call).call(queue, request);
  }

  /** Of a spread queue no answer tells the figures. */
  get told(): TakenFigures & Told {
    const { view } = this;
    return view === null ? this.heard : { spread: view };
  }

  private get view(): SpreadView | null {
    return this.place.deps.map.viewOf(this.place.key);
  }

  private async atHome<Answer>(method: QueueMethod, request: unknown): Promise<Answer> {
    const {
      home,
      map,
      request: { clock },
    } = this.place.deps;
    const wish = { withFigures: this.withFigures, withView: true };
    const { value, spread = null, ...figures } = await home.call(method, request, wish);
    map.hear(this.place.key, spread, clock());
    this.heard = figures;
    return value as Answer;
  }

  private find(request: FindRequest): ReturnType<QueueRpc["find"]> {
    return this.atHome("find", request);
  }

  /** Never rejects. */
  private async renew(): Promise<void> {
    await this.atHome("spreadView", undefined).catch(() => undefined);
  }

  private claimDeps<Claimed>(claim: ClaimDeps<Claimed>["claim"], willWait: boolean): ClaimDeps<Claimed> {
    const { key } = this.place;
    const {
      map,
      request: { clock },
    } = this.place.deps;
    const find = async (): Promise<number | null> => {
      const found = await this.find({ milliseconds: 0 });
      return typeof found === "number" ? found : null;
    };
    return {
      view: () => this.view,
      claim,
      find,
      takeStart: () => map.takeStart(key, clock(), randomInteger),
      noteSilent: (object) => map.noteSilent(key, object, clock()),
      willWait,
    };
  }
}
