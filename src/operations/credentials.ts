/** The look-ups of authentication in objects. There is no principal yet, so they are no operations. */
import type { KeyGrant, PresentedKey } from "../domain/api-key.ts";
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import type { EpochMs } from "../domain/time.ts";
import { toObjects, type ObjectAccess } from "../objects/rpc/stubs.ts";
import { withRetries } from "./operation.ts";

/** The grant of a live key whose secret has the digest; null: there is no such key. */
export function findKey(access: ObjectAccess, { id, project }: PresentedKey, digest: string): Promise<KeyGrant | null> {
  return withRetries(() => toObjects(access.bindings, access.gate).project(project).useKey({ id, digest }));
}

/** Whether a key of a project is neither revoked nor expired. */
export async function isKeyLive(
  access: ObjectAccess,
  { id, project }: { readonly id: string; readonly project: ProjectId },
  now: EpochMs,
): Promise<boolean> {
  const key = await withRetries(() => toObjects(access.bindings, access.gate).project(project).key({ id }));
  return key !== null && (key.expiresAt === null || key.expiresAt > now);
}

/** The signing generation of a queue or topic, which the signatures of its URLs cover; null: it has none. */
export function signingGeneration(access: ObjectAccess, project: ProjectId, place: Place): Promise<string | null> {
  return withRetries(() => toObjects(access.bindings, access.gate).place(project, place).signingGeneration());
}
