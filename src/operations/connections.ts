/** What a hub does for connections that have ended. Nobody asks for it, so these are not operations. */
import type { ConnectionAddress } from "../domain/connection-address.ts";
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import { toObjects, type ObjectBindings, type WakeGate } from "../objects/rpc/stubs.ts";
import { withRetries } from "./operation.ts";

/** To the objects. */
interface Way {
  readonly bindings: ObjectBindings;
  readonly gate: WakeGate;
}

/** Ends the subscription of a connection to a queue or topic. Without effect when there is none. */
export function unsubscribeConnection(
  { bindings, gate }: Way,
  { project, place }: { readonly project: ProjectId; readonly place: Place },
  address: ConnectionAddress,
): Promise<void> {
  return withRetries(() => toObjects(bindings, gate).place(project, place).unsubscribeConnection(address));
}
