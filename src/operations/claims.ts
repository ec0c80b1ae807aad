/** Operations on claims (core contract 5). */
import type { LeaseRequest } from "../domain/claim.ts";
import type { QueueName } from "../domain/id.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import type { Claimed, ClaimView } from "../objects/rpc.ts";
import { always, never, projectOf, withRetries, type Context, type Operation } from "./operation.ts";
import { queueOf } from "./queues.ts";

interface ClaimInput extends LeaseRequest {
  readonly queue: QueueName;
  readonly limit: number | null;
  /** Ours: seconds to wait for something to claim; null answers at once. */
  readonly wait: number | null;
}

export interface ClaimOutcome {
  readonly claimed: Claimed | null;
  /** The wait that was honoured; null when none was asked for, or queue or project had no room for one more who waits. */
  readonly waited: number | null;
}

export const createClaim: Operation<ClaimInput, ClaimOutcome> = {
  name: "claim_create",
  policy: "claims:create",
  attempted: "Claim could not be created.",
  isRepeatable: never,
  async run(context, { queue, wait, ...request }) {
    const claimed = unwrap(await queueOf(context, queue).claim(request));
    if (claimed !== null || wait === null) return { claimed, waited: wait };
    const { maxWaitingClaimsPerProject: max } = context.config.limits;
    const waiting = () => awaitClaim(context, { queue, wait, request });
    return (await context.standings.wait(projectOf(context), max, waiting)) ?? { claimed: null, waited: null };
  },
};

/**
 * Waiting takes nothing out of the queue and every claim is a request of its own, so a client that goes away in between
 * leaves no trace.
 */
async function awaitClaim(
  context: Context,
  {
    queue,
    wait,
    request,
  }: {
    readonly queue: QueueName;
    readonly wait: number;
    readonly request: LeaseRequest & { readonly limit: number | null };
  },
): Promise<ClaimOutcome> {
  const end = context.clock() + wait * 1000;
  for (;;) {
    const seconds = (end - context.clock()) / 1000;
    if (seconds <= 0) return { claimed: null, waited: wait };
    const outcome = await withRetries(() => queueOf(context, queue).awaitMessages({ seconds }));
    if (outcome === "full") return { claimed: null, waited: null };
    if (outcome === "over") return { claimed: null, waited: wait };
    const claimed = unwrap(await queueOf(context, queue).claim(request));
    if (claimed !== null) return { claimed, waited: wait };
  }
}

export const getClaim: Operation<{ readonly queue: QueueName; readonly claim: string }, ClaimView> = {
  name: "claim_get",
  policy: "claims:get",
  attempted: "Claim could not be retrieved.",
  isRepeatable: always,
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
  isRepeatable: always,
  async run(context, { queue, ...request }) {
    return unwrap(await queueOf(context, queue).renew(request));
  },
};

export const releaseClaim: Operation<{ readonly queue: QueueName; readonly claim: string }, void> = {
  name: "claim_delete",
  policy: "claims:delete",
  attempted: "Claim could not be deleted.",
  isRepeatable: always,
  run: (context, { queue, claim }) => queueOf(context, queue).release({ claim }),
};
