/** Operations on the redrive of a queue. Ours: upstream leaves dead letters where they are. */
import { coversQueue } from "../auth/policy.ts";
import type { QueueName } from "../domain/id.ts";
import type { Redrive, RedriveOrder } from "../domain/redrive.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { always, authorise, never, projectOf, quotasOf, type Operation } from "./operation.ts";
import { queueOf } from "./queues.ts";

/** A redrive removes messages from one queue and posts them to another, so the caller needs the rules of both. */
export const startRedrive: Operation<RedriveOrder & { readonly queue: QueueName }, Redrive> = {
  name: "redrive_create",
  policy: "messages:delete_all",
  attempted: "The redrive could not be started.",
  takesIn: true,
  isIdempotent: never,
  async run(context, { queue, ...order }) {
    authorise(context, "messages:create");
    const { target } = order;
    if (target === queue) throw new Refusal({ kind: "document-invalid", reason: "`target` must be another queue." });
    if (target !== null && !coversQueue(context.principal, target)) throw new Refusal({ kind: "not-authorized" });
    const quotas = await quotasOf(context, projectOf(context));
    const prefix = context.principal.queuePrefix;
    return unwrap(await queueOf(context, queue).startRedrive({ ...order, prefix, quotas }));
  },
};

/** The latest redrive. Failure: `redrive-not-found` when there never was one. */
export const getRedrive: Operation<{ readonly queue: QueueName }, Redrive> = {
  name: "redrive_get",
  policy: "queues:stats",
  attempted: "The redrive could not be retrieved.",
  isIdempotent: always,
  async run(context, { queue }) {
    const redrive = await queueOf(context, queue).redrive();
    if (redrive === null) throw new Refusal({ kind: "redrive-not-found", queue });
    return redrive;
  },
};

/** Ends the running redrive. Without effect when none is running. */
export const cancelRedrive: Operation<{ readonly queue: QueueName }, void> = {
  name: "redrive_delete",
  policy: "messages:delete_all",
  attempted: "The redrive could not be canceled.",
  isIdempotent: always,
  run: (context, { queue }) => queueOf(context, queue).cancelRedrive(),
};
