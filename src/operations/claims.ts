/** Operations on claims. */
import type { Claimed, ClaimedBy, ClaimView, LeaseRequest, NewClaim } from "../domain/claim.ts";
import type { ConnectionAddress } from "../domain/connection-address.ts";
import type { ClientId } from "../domain/id.ts";
import type { Detailed } from "../domain/details.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { logFault } from "../telemetry/event.ts";
import type { QueueContext } from "./context.ts";
import { always, isOutage, never, withRetries, type Operation } from "./operation.ts";
import type { Shutdown } from "./shutdown.ts";

interface ClaimInput extends NewClaim, ClaimedBy {
  /** Ours: how to wait for claimable messages; null: the answer is sent at once. */
  readonly wait: Wait | null;
}

interface Wait {
  readonly seconds: number;
  /** The waiting client. `endWaits` ends the waits of a client. */
  readonly client: ClientId;
  /** Aborts when the disconnection of the client is detected. */
  readonly disconnected: AbortSignal;
  readonly shutdown: Shutdown;
}

/** One claim; the id is as the client wrote it. */
interface Reference {
  readonly claim: string;
}

export interface ClaimOutcome {
  readonly claimed: Claimed | null;
  /** The queue pauses claims. */
  readonly isPaused: boolean;
  /** The applied wait in seconds; null: none was requested, or the queue or project had its maximum of waiting requests. */
  readonly waited: number | null;
  /**
   * Withdraws a claim that was made after a wait, for a client that has disconnected meanwhile. null: there is nothing to
   * withdraw.
   */
  readonly withdraw: (() => Promise<void>) | null;
}

const CLAIM_CREATION = {
  name: "claim_create",
  policy: "claims:create",
  whatFailed: "Claim could not be created.",
  isIdempotent: never,
} as const;

export const createClaim: Operation<QueueContext, ClaimInput, ClaimOutcome> = {
  ...CLAIM_CREATION,
  async run(context, { wait, ...request }) {
    const { maxWaitingClaimsPerProject: max } = context.config.limits;
    const mayWait = wait !== null && !wait.shutdown.hasBegun && context.projectLimits.mayWait(context.project, max);
    const waitsFor = mayWait ? { waitsFor: wait.seconds } : {};
    const answer = await context.stub().claim({ ...request, ...waitsFor, sentAt: context.clock() });
    const claimed = unwrap(answer);
    const isPaused = answer.isPaused === true;
    if (claimed !== null || wait === null) return { claimed, isPaused, waited: wait?.seconds ?? null, withdraw: null };
    const waiting = () => awaitClaim(context, { wait, request, isPaused });
    const outcome = await context.projectLimits.wait(context.project, max, waiting);
    return outcome ?? { claimed: null, isPaused, waited: null, withdraw: null };
  },
};

/** A connection that waits is told of messages later, so no request is held up. */
interface ConnectionWait extends ConnectionAddress {
  readonly seconds: number;
  readonly client: ClientId;
  /** The name of the wait. */
  readonly id: string;
}

/**
 * Claims for a connection. `noted`: there is no message, and the queue will call the connection's hub (`claimAfterWait`).
 * `paused`: there is none, because the queue pauses claims, and no wait was noted.
 */
export const claimOrWait: Operation<
  QueueContext,
  NewClaim & { readonly wait: ConnectionWait },
  Claimed | "noted" | "paused" | null
> = {
  ...CLAIM_CREATION,
  async run(context, { wait: { id: wait, ...waiting }, ...request }) {
    const end = context.clock() + waiting.seconds * 1000;
    for (;;) {
      const answer = await context.stub().claim({ ...request, client: waiting.client, sentAt: context.clock() });
      const claimed = unwrap(answer);
      if (claimed !== null) return claimed;
      const nothing = answer.isPaused === true ? "paused" : null;
      const seconds = (end - context.clock()) / 1000;
      if (seconds <= 0) return nothing;
      const outcome = await context.stub().noteWait({ ...waiting, wait, seconds });
      // Other requests may take what there is, so the queue is asked again.
      if (outcome !== "ready") return outcome === "noted" ? outcome : nothing;
    }
  },
};

/** Makes the claim of a connection that waits. A claim that gets messages ends the wait, which is named, at the queue. */
export const claimAfterWait: Operation<QueueContext, NewClaim & ClaimedBy & { readonly wait: string }, Claimed | null> =
  {
    ...CLAIM_CREATION,
    run: async (context, request) => unwrap(await context.stub().claim({ ...request, sentAt: context.clock() })),
  };

interface WaitingClaim {
  readonly wait: Wait;
  readonly request: NewClaim & ClaimedBy;
  /** Whether the queue paused claims when the wait began. */
  readonly isPaused: boolean;
}

/** Milliseconds before a queue that has crashed is called again. */
const CRASH_PAUSE_MS = 100;

/** Waits until there may be a message, and claims again, until the claim succeeds or the time is over. */
async function awaitClaim(
  context: QueueContext,
  { wait, request, isPaused: wasPaused }: WaitingClaim,
): Promise<ClaimOutcome> {
  let nothing: ClaimOutcome = { claimed: null, isPaused: wasPaused, waited: wait.seconds, withdraw: null };
  const { client } = wait;
  const id = crypto.randomUUID();
  const end = context.clock() + wait.seconds * 1000;
  const earlyEnd = watchForEnd(wait);
  const unlessCrashed = <T>(call: () => Promise<T>): Promise<T | null> =>
    beforeCrash(call, () => end - context.clock());
  try {
    for (;;) {
      const seconds = (end - context.clock()) / 1000;
      if (seconds <= 0) return nothing;
      const outcome = await Promise.race([
        earlyEnd.promise,
        unlessCrashed(() => withRetries(() => context.stub(seconds).awaitMessages({ seconds, client, wait: id }))),
      ]);
      if (outcome === null) continue;
      if (outcome === "full") return { ...nothing, waited: null };
      // Whether the queue still pauses claims, only a claim tells.
      const isLast = outcome === "over" && nothing.isPaused;
      // An object of a newer version may return an outcome that is unknown here. A repeated call would return it again, so the
      // wait ends.
      if (outcome !== "ready" && outcome !== "ended" && !isLast) return nothing;
      // A client that has disconnected claims nothing, and no longer counts as a waiting request.
      if (wait.disconnected.aborted || wait.shutdown.hasBegun) {
        await endWait(context, id);
        return nothing;
      }
      const answer = await unlessCrashed(() =>
        context.stub().claim({ ...request, withUndo: true, waitsFor: wait.seconds }),
      );
      if (answer === null) continue;
      const claimed = unwrap(answer);
      nothing = { ...nothing, isPaused: answer.isPaused === true };
      if (claimed !== null) return { ...nothing, claimed, withdraw: () => withdrawClaim(context, claimed) };
      if (isLast) return nothing;
    }
  } finally {
    earlyEnd.stop();
  }
}

/** The answer of a queue; null: it has crashed, and there is time for another call. `left`: milliseconds of the wait. */
async function beforeCrash<T>(call: () => Promise<T>, left: () => number): Promise<T | null> {
  try {
    return await call();
  } catch (fault) {
    if (!isOutage(fault) || left() <= CRASH_PAUSE_MS) throw fault;
    await scheduler.wait(CRASH_PAUSE_MS);
    return null;
  }
}

/** `promise` resolves when the client disconnects or the service shuts down. `stop` removes the listeners. */
function watchForEnd({ disconnected, shutdown }: Wait): {
  readonly promise: Promise<"ended">;
  readonly stop: () => void;
} {
  const { promise, resolve } = Promise.withResolvers<"ended">();
  const end = (): void => resolve("ended");
  const removeListener = shutdown.onBegin(end);
  disconnected.addEventListener("abort", end);
  if (disconnected.aborted || shutdown.hasBegun) end();
  const stop = (): void => {
    removeListener();
    disconnected.removeEventListener("abort", end);
  };
  return { promise, stop };
}

/** Ends the wait in the object. If that fails, the wait ends when its time is over. */
async function endWait(context: QueueContext, wait: string): Promise<void> {
  try {
    await context.stub().endWaits({ wait });
  } catch (fault) {
    logFault(context.event, fault);
  }
}

/** Withdraws the claim. If that fails, its messages become free when the lease ends. */
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
  whatFailed: "Waiting claims could not be ended.",
  isIdempotent: always,
  run: (context, { client }) => context.stub().endWaits({ client }),
};

export const getClaim: Operation<QueueContext, Detailed & Reference, ClaimView> = {
  name: "claim_get",
  policy: "claims:get",
  whatFailed: "Claim could not be retrieved.",
  isIdempotent: always,
  async run(context, request) {
    const view = await context.stub().getClaim(request);
    if (view !== null) return view;
    const { claim } = request;
    throw new Refusal({ kind: "claim-not-found", claim, queue: context.place.name, project: context.project });
  },
};

export const renewClaim: Operation<QueueContext, LeaseRequest & Reference, null> = {
  name: "claim_update",
  policy: "claims:update",
  whatFailed: "Claim could not be updated.",
  isIdempotent: always,
  async run(context, request) {
    return unwrap(await context.stub().renew(request));
  },
};

export const releaseClaim: Operation<QueueContext, Reference, void> = {
  name: "claim_delete",
  policy: "claims:delete",
  whatFailed: "Claim could not be deleted.",
  isIdempotent: always,
  run: (context, { claim }) => context.stub().release({ claim }),
};
