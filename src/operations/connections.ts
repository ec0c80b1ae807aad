/** Calls of a hub for its connections. No client requests them, so they are no operations. */
import { toSubscriber, type ConnectionAddress } from "../domain/connection-address.ts";
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import { toObjects, type ObjectAccess } from "../objects/rpc/stubs.ts";
import { withRetries } from "./operation.ts";

/** Ends the subscription of a connection to a queue or topic. Without effect when there is none. */
export function unsubscribeConnection(
  { bindings, gate }: ObjectAccess,
  { project, place }: { readonly project: ProjectId; readonly place: Place },
  address: ConnectionAddress,
): Promise<void> {
  return withRetries(() => toObjects(bindings, gate).place(project, place).unsubscribeConnection(address));
}

/** Whether a connection is subscribed to a queue or topic. */
export function isConnectionSubscribed(
  { bindings, gate }: ObjectAccess,
  { project, place }: { readonly project: ProjectId; readonly place: Place },
  address: ConnectionAddress,
): Promise<boolean> {
  const subscriber = toSubscriber(address);
  return withRetries(() => toObjects(bindings, gate).place(project, place).isSubscribed({ subscriber }));
}

/** Ends the wait of a claim at a queue. Without effect when there is none. */
export function endConnectionWait(
  { bindings, gate }: ObjectAccess,
  { project, place, id }: { readonly project: ProjectId; readonly place: Place; readonly id: string },
): Promise<void> {
  return withRetries(() => toObjects(bindings, gate).place(project, place).endWaits({ wait: id }));
}
