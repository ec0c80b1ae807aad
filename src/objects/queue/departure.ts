/** Deletes an empty queue whose flavor changes, so that it can be created in another region with its metadata (ADR 14). */
import type { FailureOf } from "../../domain/failure.ts";
import type { Placement } from "../../domain/placement.ts";
import { readSigningGeneration } from "../../storage/queue/signing.ts";
import type { Deletion } from "./deletion.ts";
import type { QueueHost } from "./host.ts";
import type { Redriver } from "./redrive.ts";
import type { Spreading } from "./spreading.ts";
import type { SpreadTrigger } from "./spread-trigger.ts";
import type { Subscriptions } from "./subscriptions.ts";

export interface DepartureDeps {
  readonly host: Pick<
    QueueHost,
    "advanceToNow" | "commit" | "logFault" | "ownPlacement" | "place" | "queue" | "store" | "subscriptions"
  >;
  readonly deletion: Pick<Deletion, "run">;
  readonly subscriptions: Pick<Subscriptions, "isEmpty">;
  readonly redriver: Pick<Redriver, "isRunning">;
  readonly spreading: Pick<Spreading, "areShardsEmpty" | "gather" | "phase">;
  readonly trigger: Pick<SpreadTrigger, "unspread">;
}

/** Deletes the queue if it is empty. Null: it is deleted. `next`: its next placement. */
export async function depart(deps: DepartureDeps, next?: Placement): Promise<FailureOf<"place-occupied"> | null> {
  const { host, trigger } = deps;
  // A post that comes meanwhile would spread the queue of some pools again.
  await trigger.unspread(() => leave(deps, next));
  if (host.queue === null) return null;
  await host.commit(() => ({ value: null, enterIndex: true }));
  return { kind: "place-occupied", place: host.place };
}

async function leave(deps: DepartureDeps, next: Placement | undefined): Promise<void> {
  const { spreading } = deps;
  // A spread queue without messages is brought back at once.
  if (spreading.phase !== "one" && isEmpty(deps) && (await spreading.areShardsEmpty())) await spreading.gather();
  if (isEmpty(deps) && spreading.phase === "one") await deleteEmpty(deps, next);
}

async function deleteEmpty(deps: DepartureDeps, next: Placement | undefined): Promise<void> {
  const { host, deletion } = deps;
  await host.ownPlacement.hold();
  try {
    // Checked again at the end of the deletion, because messages may have been posted meanwhile.
    await deletion.run({
      isWanted: () => isEmpty(deps) && deps.spreading.phase === "one",
      ...(next === undefined ? {} : { next }),
    });
  } catch (error) {
    // Without its rows only the placement is left, which the creation in the other region releases (creations.ts).
    if (host.queue !== null) throw error;
    host.logFault("queue departure", error);
  }
}

/** Whether the home of the queue has no data that would be lost if it were created again in another region. */
function isEmpty({ host, subscriptions, redriver }: DepartureDeps): boolean {
  const { queue, store } = host;
  if (queue === null || !subscriptions.isEmpty || host.subscriptions?.hasEnded === true) return false;
  if (redriver.isRunning || !queue.transfers.isEmpty || readSigningGeneration(store.sql) !== null) return false;
  const { free, claimed } = queue.messages.stats(host.advanceToNow());
  return free + claimed === 0;
}
