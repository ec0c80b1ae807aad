/** The settlement of a claim. Ours: upstream deletes messages one by one, and releases a claim as a whole. */
import { checkSettlement, type Settlement } from "../domain/settlement.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { requireRule, type QueueContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";

/** `claim`: the id as the client wrote it. */
export const settleClaim: Operation<QueueContext, Settlement & { readonly claim: string }, null> = {
  name: "claim_settle",
  policy: "claims:delete",
  whatFailed: "Claim could not be settled.",
  isIdempotent: always,
  async run(context, request) {
    const { principal, config } = context;
    // The signature of a URL for POST of claims lets its holder claim messages, not release or delete them.
    if (principal.proof === "signed-url") throw new Refusal({ kind: "not-authorized" });
    if (request.deleted.length > 0) requireRule(context, "messages:delete");
    const failure = checkSettlement(request, config.limits);
    if (failure !== null) throw new Refusal(failure);
    return unwrap(await context.stub().settle(request));
  },
};
