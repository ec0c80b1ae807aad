/** The look-ups of authentication in the objects. They precede the principal, so they are not operations. */
import type { KeyGrant, PresentedKey } from "../domain/api-key.ts";
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import type { EpochMs } from "../domain/time.ts";
import { toObjects, type ObjectBindings, type WakeGate } from "../objects/rpc/stubs.ts";
import { withRetries } from "./operation.ts";

/** To the objects. */
interface Way {
  readonly bindings: ObjectBindings;
  readonly gate: WakeGate;
}

/** The grant of a live key whose secret has the digest; null: there is none. */
export function findKey(way: Way, { id, project }: PresentedKey, digest: string): Promise<KeyGrant | null> {
  return withRetries(() => toObjects(way.bindings, way.gate).project(project).useKey({ id, digest }));
}

/** Whether a key of a project, by its id, is not revoked and not over. */
export async function isKeyLive(
  way: Way,
  { id, project }: { readonly id: string; readonly project: ProjectId },
  now: EpochMs,
): Promise<boolean> {
  const key = await withRetries(() => toObjects(way.bindings, way.gate).project(project).key({ id }));
  return key !== null && (key.expiresAt === null || key.expiresAt > now);
}

/** The signing generation of a queue or topic, which signatures of its URLs cover too; null: it has none. */
export function signingGeneration(way: Way, project: ProjectId, place: Place): Promise<string | null> {
  return withRetries(() => toObjects(way.bindings, way.gate).place(project, place).signingGeneration());
}
