/** Operations on claims (core contract 5). */
import type { LeaseRequest } from "../domain/claim.ts";
import type { ClientId, QueueName } from "../domain/id.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import type { Claimed, ClaimView } from "../objects/rpc/queue.ts";
import { logFault } from "../telemetry/event.ts";
import { always, never, projectOf, withRetries, type Context, type Operation } from "./operation.ts";
import { queueOf } from "./queues.ts";
import type { Shutdown } from "./shutdown.ts";

interface ClaimInput extends LeaseRequest {
  readonly queue: QueueName;
  readonly limit: number | null;
  /** Ours: how to wait for something to claim; null answers at once. */
  readonly wait: Wait | null;
}

interface Wait {
  readonly seconds: number;
  /** Who waits, and can end all his waits. */
  readonly client: ClientId;
  /** Aborts when whoever waits is known to have gone. */
  readonly gone: AbortSignal;
  readonly shutdown: Shutdown;
}

export interface ClaimOutcome {
  readonly claimed: Claimed | null;
  /** The wait that was honoured; null when none was asked for, or queue or project had no room for one more who waits. */
  readonly waited: number | null;
  /**
   * Takes back what was claimed after a wait, as if it had never been claimed: for a caller who went away meanwhile. null:
   * there is nothing to take back.
   */
  readonly withdraw: (() => Promise<void>) | null;
}

export const createClaim: Operation<ClaimInput, ClaimOutcome> = {
  name: "claim_create",
  policy: "claims:create",
  attempted: "Claim could not be created.",
  isIdempotent: never,
  async run(context, { queue, wait, ...request }) {
    const claimed = unwrap(await queueOf(context, queue).claim({ ...request, sentAt: context.clock() }));
    if (claimed !== null || wait === null) return { claimed, waited: wait?.seconds ?? null, withdraw: null };
    const { maxWaitingClaimsPerProject: max } = context.config.limits;
    const waiting = () => awaitClaim(context, { queue, wait, request });
    const outcome = await context.projectLimits.wait(projectOf(context), max, waiting);
    return outcome ?? { claimed: null, waited: null, withdraw: null };
  },
};

interface Waiting {
  readonly queue: QueueName;
  readonly wait: Wait;
  readonly request: LeaseRequest & { readonly limit: number | null };
}

/** Waiting takes nothing out of the queue, and every claim is a request of its own. */
async function awaitClaim(context: Context, { queue, wait, request }: Waiting): Promise<ClaimOutcome> {
  const nothing = { claimed: null, waited: wait.seconds, withdraw: null };
  const { client } = wait;
  const name = crypto.randomUUID();
  const end = context.clock() + wait.seconds * 1000;
  const departure = watchDeparture(wait);
  try {
    for (;;) {
      const seconds = (end - context.clock()) / 1000;
      if (seconds <= 0) return nothing;
      const outcome = await Promise.race([
        departure.coming,
        withRetries(() => queueOf(context, queue, seconds).awaitMessages({ seconds, client, wait: name })),
      ]);
      if (outcome === "full") return { ...nothing, waited: null };
      // An object of the next version may know a word more: asked again at once, it would say it again.
      if (outcome !== "ready" && outcome !== "left") return nothing;
      // Whoever is gone leaves the message to others, and his place among those who wait.
      if (wait.gone.aborted || wait.shutdown.hasBegun) {
        await endWait(context, queue, name);
        return nothing;
      }
      const claimed = unwrap(await queueOf(context, queue).claim({ ...request, withUndo: true }));
      if (claimed === null) continue;
      return { claimed, waited: wait.seconds, withdraw: () => withdrawClaim(context, queue, claimed) };
    }
  } finally {
    departure.forget();
  }
}

/** Resolves when the one who waits goes away, or the service does. */
function watchDeparture({ gone, shutdown }: Wait): { readonly coming: Promise<"left">; readonly forget: () => void } {
  const { promise: coming, resolve } = Promise.withResolvers<"left">();
  const leave = (): void => resolve("left");
  const callOff = shutdown.onBegin(leave);
  gone.addEventListener("abort", leave);
  if (gone.aborted || shutdown.hasBegun) leave();
  const forget = (): void => {
    callOff();
    gone.removeEventListener("abort", leave);
  };
  return { coming, forget };
}

/** If it fails, the wait ends by itself when its time is up. */
async function endWait(context: Context, queue: QueueName, wait: string): Promise<void> {
  try {
    await queueOf(context, queue).endWaits({ wait });
  } catch (fault) {
    logFault(context.event, fault);
  }
}

/** If it fails, the messages come back when the claim's time is up. */
async function withdrawClaim(context: Context, queue: QueueName, { claim, undo }: Claimed): Promise<void> {
  if (undo === undefined) return;
  try {
    await withRetries(() => queueOf(context, queue).withdraw({ claim, undo }));
  } catch (fault) {
    logFault(context.event, fault);
  }
}

export const endWaits: Operation<{ readonly queue: QueueName; readonly client: ClientId }, void> = {
  name: "claim_end_waits",
  policy: "claims:delete",
  attempted: "Waiting claims could not be ended.",
  isIdempotent: always,
  run: (context, { queue, client }) => queueOf(context, queue).endWaits({ client }),
};

export const getClaim: Operation<{ readonly queue: QueueName; readonly claim: string }, ClaimView> = {
  name: "claim_get",
  policy: "claims:get",
  attempted: "Claim could not be retrieved.",
  isIdempotent: always,
  async run(context, { queue, claim }) {
    const view = await queueOf(context, queue).getClaim({ claim });
    if (view !== null) return view;
    throw new Refusal({ kind: "claim-not-found", claim, queue, project: projectOf(context) });
  },
};

export const renewClaim: Operation<LeaseRequest & { readonly queue: QueueName; readonly claim: string }, null> = {
  name: "claim_update",
  policy: "claims:update",
  attempted: "Claim could not be updated.",
  isIdempotent: always,
  async run(context, { queue, ...request }) {
    return unwrap(await queueOf(context, queue).renew(request));
  },
};

export const releaseClaim: Operation<{ readonly queue: QueueName; readonly claim: string }, void> = {
  name: "claim_delete",
  policy: "claims:delete",
  attempted: "Claim could not be deleted.",
  isIdempotent: always,
  run: (context, { queue, claim }) => queueOf(context, queue).release({ claim }),
};
