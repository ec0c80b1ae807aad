/** The ways of a request's calls to a queue or topic: metered or not, and to all objects of a queue or to its home alone. */
import type { ProjectId } from "../../domain/id.ts";
import { queueNamed, type Place } from "../../domain/place.ts";
import { HOME, type Region } from "../../domain/region.ts";
import type { MeteredDeps } from "./metered.ts";
import { placeObjectName, type PlaceObjectName } from "./names.ts";
import type { QueueMethod, QueueRpc } from "./queue.ts";
import type { ShardRpc } from "./shard.ts";
import type { SpreadMap } from "./spread-map.ts";
import { spreadCall, type SpreadPlaceDeps } from "./spread-place.ts";

/** null: not metered; to the home alone. */
export interface Ways {
  /** Makes a stub of a place whose calls are metered. */
  readonly metered: ((owner: ProjectId, target: Place, call: MeteredDeps["call"]) => QueueRpc) | null;
  readonly spread: ((queue: PlaceObjectName, home: SpreadPlaceDeps["home"]) => MeteredDeps["call"]) | null;
}

export const DIRECT: Ways = { metered: null, spread: null };

export interface SpreadWayDeps extends Pick<SpreadPlaceDeps, "clock" | "waitUntil"> {
  readonly map: SpreadMap;
  readonly shard: (queue: PlaceObjectName, shard: number) => ShardRpc;
}

export function spreadWay({ shard, ...deps }: SpreadWayDeps): NonNullable<Ways["spread"]> {
  return (queue, home) => {
    const key = placeObjectName(queue.project, queueNamed(queue.name), HOME);
    return spreadCall({ ...deps, home, shard: (number) => shard(queue, number), key });
  };
}

interface Target {
  readonly owner: ProjectId;
  readonly place: Place;
  /** Where it is, once it has been called. */
  readonly region: () => Region;
}

/** A stub of a place whose calls go these ways. */
export function placeBy(
  { metered, spread }: Ways,
  { owner, place, region }: Target,
  home: SpreadPlaceDeps["home"],
): QueueRpc {
  const queue = {
    project: owner,
    name: place.name,
    get region() {
      return region();
    },
  };
  const call: MeteredDeps["call"] =
    spread === null || place.kind !== "queue"
      ? (method, request, withFigures) => home(method, request, { withFigures, withView: false })
      : spread(queue, home);
  return metered === null ? plainPlace(call) : metered(owner, place, call);
}

function plainPlace(call: MeteredDeps["call"]): QueueRpc {
  const get = (_: object, method: string | symbol) => async (request: unknown) =>
    (await call(method as QueueMethod, request, false)).value;
  return new Proxy<QueueRpc>({} as QueueRpc, { get });
}
