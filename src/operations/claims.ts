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
  /** Ours: the wait for claimable messages; null: the answer is sent at once. */
  readonly wait: Wait | null;
}

interface Wait {
  readonly seconds: number;
  /** The client that waits, by whose id its waits can be ended. */
  readonly client: ClientId;
  /** Aborts when the client is known to have disconnected. */
  readonly gone: AbortSignal;
  readonly shutdown: Shutdown;
}

export interface ClaimOutcome {
  readonly claimed: Claimed | null;
  /** The wait that was applied; null when none was asked for, or queue or project had as many waiting requests as they may. */
  readonly waited: number | null;
  /**
   * Withdraws a claim that was made after a wait, for a client that has disconnected meanwhile. null: there is nothing to
   * withdraw.
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

/** Claims, waits, and claims again. A wait takes no message out of the queue. */
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
      // A newer object may answer with a word unknown here. Asked again at once it would repeat it, so the wait ends.
      if (outcome !== "ready" && outcome !== "left") return nothing;
      // A client that has disconnected claims nothing, and frees its place among the waiting requests.
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

/** Resolves when the client disconnects or the service shuts down. */
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

/** Ends the wait at the object. If that fails, the wait ends when its time is up. */
async function endWait(context: Context, queue: QueueName, wait: string): Promise<void> {
  try {
    await queueOf(context, queue).endWaits({ wait });
  } catch (fault) {
    logFault(context.event, fault);
  }
}

/** Withdraws the claim. If that fails, its messages come back when the lease ends. */
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
