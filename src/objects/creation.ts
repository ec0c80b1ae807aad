/**
 * Checks whether a queue or topic may be created. Its object calls this. In a self-hosted service the Worker calls it before it
 * wakes an object that has never existed, because a refused creation would leave the object's database file.
 */
import { invalidName, type CreationFailure, type FailureOf } from "../domain/failure.ts";
import { isDotSegment } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import { UNLIMITED, type Quotas } from "../domain/quota.ts";
import type { ProjectRpc } from "./rpc/project.ts";

/** null: it may be created, and under a quota room is reserved for it. Without a quota the project is not asked. */
export async function checkCreation(
  place: Place,
  { queues: limit }: Quotas,
  project: Pick<ProjectRpc, "admitsQueue">,
): Promise<FailureOf<CreationFailure> | null> {
  if (isDotSegment(place.name)) return invalidName(place.kind, { defect: "dots", got: place.name });
  if (limit === UNLIMITED || (await project.admitsQueue({ limit, place }))) return null;
  return { kind: "quota-exceeded", quota: "queues", limit };
}
