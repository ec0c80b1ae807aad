/** Calls of a hub for its connections. No client requests them, so they are no operations. */
import { toSubscriber, type ConnectionAddress } from "../domain/connection-address.ts";
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import type { EpochMs } from "../domain/time.ts";
import type { Turn as FigureTurn } from "../objects/rpc/flush-plan.ts";
import type { MeterRpc } from "../objects/rpc/meter.ts";
import type { TakenFigures } from "../objects/rpc/queue.ts";
import { toObjects, type MeteredAccess, type ObjectAccess } from "../objects/rpc/stubs.ts";
import { withRetries } from "./operation.ts";

export type { Turn as FigureTurn } from "../objects/rpc/flush-plan.ts";
export { SharedStubs } from "../objects/rpc/shared-stubs.ts";

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

/** Reports the figures that a hub has learned. Whether its turn goes on, at its new `dueAt`. Never rejects. */
export async function reportFigures(
  { bindings, gate, reporters }: ObjectAccess & Pick<MeteredAccess, "reporters">,
  { project, turn, clock }: { readonly project: ProjectId; readonly turn: FigureTurn; readonly clock: () => EpochMs },
): Promise<boolean> {
  if (reporters === null) return false;
  const meter = (): MeterRpc => toObjects(bindings, gate).meter(project);
  const figures = (place: Place): Promise<TakenFigures> => toObjects(bindings, gate).place(project, place).figures();
  return reporters.reportOnce(reporters.of(project), turn, { meter, figures, clock });
}
