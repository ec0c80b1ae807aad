/** What authentication asks the objects: before there is a principal, and so apart from the operations. */
import type { KeyGrant, PresentedKey } from "../domain/api-key.ts";
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import { toObjects, type ObjectBindings } from "../objects/stubs.ts";
import { withRetries } from "./operation.ts";

/** The grant of a live key whose secret has the digest; null: there is none. */
export function findKey(
  bindings: ObjectBindings,
  { id, project }: PresentedKey,
  digest: string,
): Promise<KeyGrant | null> {
  return withRetries(() => toObjects(bindings).project(project).useKey({ id, digest }));
}

/** What signatures of the queue's or topic's URLs have to cover beside what they say; null: nothing. */
export function signingGeneration(bindings: ObjectBindings, project: ProjectId, place: Place): Promise<string | null> {
  return withRetries(() => toObjects(bindings).place(project, place).signingGeneration());
}
