/** Operations on the redrive of a queue. Ours: upstream has no redrive. */
import type { Redrive, RedriveOptions } from "../domain/redrive.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { logEvent } from "../telemetry/event.ts";
import { requireCovered, requireRule, type QueueContext } from "./context.ts";
import { always, never, type Operation } from "./operation.ts";

/** A redrive removes messages from one queue and posts them to another, so the caller needs the rules of both. */
export const startRedrive: Operation<QueueContext, RedriveOptions, Redrive> = {
  name: "redrive_create",
  policy: "messages:delete_all",
  whatFailed: "The redrive could not be started.",
  needsDiskSpace: true,
  isIdempotent: never,
  survivesDisconnect: true,
  async run(context, options) {
    requireRule(context, "messages:create");
    const { target } = options;
    if (target === context.place.name)
      throw new Refusal({ kind: "document-invalid", reason: "`target` must be another queue." });
    if (target !== null) requireCovered(context, target);
    const quotas = await context.quotas();
    const prefix = context.principal.queuePrefix;
    const redrive = unwrap(await context.stub().startRedrive({ ...options, prefix, quotas }));
    logEvent("redrive.started", context.event, {
      target: target ?? undefined,
      max_messages: options.maxMessages ?? undefined,
      messages_per_second: options.messagesPerSecond ?? undefined,
    });
    return redrive;
  },
};

/** The latest redrive. Failure: `redrive-not-found` when there never was one. */
export const getRedrive: Operation<QueueContext, void, Redrive> = {
  name: "redrive_get",
  policy: "queues:stats",
  whatFailed: "The redrive could not be retrieved.",
  isIdempotent: always,
  async run(context) {
    const redrive = await context.stub().redrive();
    if (redrive === null) throw new Refusal({ kind: "redrive-not-found", queue: context.place.name });
    return redrive;
  },
};

/** Ends the running redrive. Without effect when none is running. */
export const cancelRedrive: Operation<QueueContext, void, void> = {
  name: "redrive_delete",
  policy: "messages:delete_all",
  whatFailed: "The redrive could not be canceled.",
  isIdempotent: always,
  survivesDisconnect: true,
  async run(context) {
    const changed = await context.stub().cancelRedrive();
    if (changed !== false) logEvent("redrive.canceled", context.event, {});
  },
};
