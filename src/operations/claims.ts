/** Operations on claims. */
import type { Claimed, ClaimView, LeaseRequest, NewClaim } from "../domain/claim.ts";
import type { ClientId } from "../domain/id.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { logFault } from "../telemetry/event.ts";
import type { QueueContext } from "./context.ts";
import { always, never, withRetries, type Operation } from "./operation.ts";
import type { Shutdown } from "./shutdown.ts";

interface ClaimInput extends NewClaim {
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

/** One claim; the id is as the client wrote it. */
interface Reference {
  readonly claim: string;
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

export const createClaim: Operation<QueueContext, ClaimInput, ClaimOutcome> = {
  name: "claim_create",
  policy: "claims:create",
  attempted: "Claim could not be created.",
  isIdempotent: never,
  async run(context, { wait, ...request }) {
    const claimed = unwrap(await context.stub().claim({ ...request, sentAt: context.clock() }));
    if (claimed !== null || wait === null) return { claimed, waited: wait?.seconds ?? null, withdraw: null };
    const { maxWaitingClaimsPerProject: max } = context.config.limits;
    const waiting = () => awaitClaim(context, { wait, request });
    const outcome = await context.projectLimits.wait(context.project, max, waiting);
    return outcome ?? { claimed: null, waited: null, withdraw: null };
  },
};

interface Waiting {
  readonly wait: Wait;
  readonly request: NewClaim;
}

/** Claims, waits, and claims again. A wait takes no message out of the queue. */
async function awaitClaim(context: QueueContext, { wait, request }: Waiting): Promise<ClaimOutcome> {
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
        withRetries(() => context.stub(seconds).awaitMessages({ seconds, client, wait: name })),
      ]);
      if (outcome === "full") return { ...nothing, waited: null };
      // A newer object may answer with a word unknown here. Asked again at once it would repeat it, so the wait ends.
      if (outcome !== "ready" && outcome !== "left") return nothing;
      // A client that has disconnected claims nothing, and frees its place among the waiting requests.
      if (wait.gone.aborted || wait.shutdown.hasBegun) {
        await endWait(context, name);
        return nothing;
      }
      const claimed = unwrap(await context.stub().claim({ ...request, withUndo: true }));
      if (claimed === null) continue;
      return { claimed, waited: wait.seconds, withdraw: () => withdrawClaim(context, claimed) };
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
async function endWait(context: QueueContext, wait: string): Promise<void> {
  try {
    await context.stub().endWaits({ wait });
  } catch (fault) {
    logFault(context.event, fault);
  }
}

/** Withdraws the claim. If that fails, its messages come back when the lease ends. */
async function withdrawClaim(context: QueueContext, { claim, undo }: Claimed): Promise<void> {
  if (undo === undefined) return;
  try {
    await withRetries(() => context.stub().withdraw({ claim, undo }));
  } catch (fault) {
    logFault(context.event, fault);
  }
}

export const endWaits: Operation<QueueContext, { readonly client: ClientId }, void> = {
  name: "claim_end_waits",
  policy: "claims:delete",
  attempted: "Waiting claims could not be ended.",
  isIdempotent: always,
  run: (context, { client }) => context.stub().endWaits({ client }),
};

export const getClaim: Operation<QueueContext, Reference, ClaimView> = {
  name: "claim_get",
  policy: "claims:get",
  attempted: "Claim could not be retrieved.",
  isIdempotent: always,
  async run(context, { claim }) {
    const view = await context.stub().getClaim({ claim });
    if (view !== null) return view;
    throw new Refusal({ kind: "claim-not-found", claim, queue: context.place.name, project: context.project });
  },
};

export const renewClaim: Operation<QueueContext, LeaseRequest & Reference, null> = {
  name: "claim_update",
  policy: "claims:update",
  attempted: "Claim could not be updated.",
  isIdempotent: always,
  async run(context, request) {
    return unwrap(await context.stub().renew(request));
  },
};

export const releaseClaim: Operation<QueueContext, Reference, void> = {
  name: "claim_delete",
  policy: "claims:delete",
  attempted: "Claim could not be deleted.",
  isIdempotent: always,
  run: (context, { claim }) => context.stub().release({ claim }),
};
