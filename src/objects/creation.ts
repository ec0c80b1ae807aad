/**
 * Whether a queue or topic may come into being. Asked by its object, and before that by whoever would have to wake the object
 * of one that never was, which would stay behind for ever.
 */
import { misnamed, type Failure } from "../domain/failure.ts";
import { isDotSegment } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import { UNLIMITED, type Quotas } from "../domain/quota.ts";
import type { ProjectRpc } from "./rpc/queue.ts";

/** null: it may, and room is held for it if the project may have only so many. Nobody is asked where there is no quota. */
export async function checkCreation(
  place: Place,
  { queues: limit }: Quotas,
  project: Pick<ProjectRpc, "admitsQueue">,
): Promise<Failure | null> {
  if (isDotSegment(place.name)) return misnamed(place.kind, { defect: "dots", got: place.name });
  if (limit === UNLIMITED || (await project.admitsQueue({ limit, place }))) return null;
  return { kind: "quota-exceeded", quota: "queues", limit };
}
