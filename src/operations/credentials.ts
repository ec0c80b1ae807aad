/** The look-ups of authentication in objects. There is no principal yet, so they are no operations. */
import type { KeyGrant, PresentedKey } from "../domain/api-key.ts";
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import { Refusal } from "../domain/refusal.ts";
import type { EpochMs } from "../domain/time.ts";
import { toObjects, type ObjectAccess, type Objects } from "../objects/rpc/stubs.ts";
import { logFault, type RequestEvent } from "../telemetry/event.ts";
import { withRetries } from "./operation.ts";

/** The look-ups that an Authenticator makes. */
export function credentialLookups({ bindings, gate }: ObjectAccess) {
  const objects = (): Objects => toObjects(bindings, gate);
  return {
    /** The grant of a live key whose secret has the digest; null: there is no such key. */
    findKey: ({ id, project }: PresentedKey, digest: string): Promise<KeyGrant | null> =>
      withRetries(() => objects().project(project).useKey({ id, digest })),
    /** The signing generation of a queue or topic, which the signatures of its URLs cover; null: it has none. */
    signingGeneration: (project: ProjectId, place: Place): Promise<string | null> =>
      withRetries(() => objects().place(project, place).signingGeneration()),
  };
}

/** Runs a check of a credential. If the check itself fails, that is logged, and the Refusal is temporary. */
export async function checkCredential<T>(event: RequestEvent, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (fault) {
    if (fault instanceof Refusal) throw fault;
    event.operation ??= "authenticate";
    logFault(event, fault);
    throw new Refusal({ kind: "unavailable", whatFailed: "The credentials could not be checked." });
  }
}

/** Whether a key of a project is neither revoked nor expired. */
export async function isKeyLive(
  { bindings, gate }: ObjectAccess,
  { id, project }: { readonly id: string; readonly project: ProjectId },
  now: EpochMs,
): Promise<boolean> {
  const key = await withRetries(() => toObjects(bindings, gate).project(project).key({ id }));
  return key !== null && (key.expiresAt === null || key.expiresAt > now);
}
