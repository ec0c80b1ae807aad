/** Operations on quotas. Ours: upstream has none. */
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import type { QueueUsage } from "../domain/queue-view.ts";
import type { QuotaOverrides, QuotaReport, Quotas } from "../domain/quota.ts";
import { logEvent } from "../telemetry/event.ts";
import type { ProjectContext, ServiceContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";

interface QuotaInput {
  /** null: the caller's own. */
  readonly project: ProjectId | null;
  /** A queue or topic of the caller's project, whose usage is returned too. */
  readonly place: Place | null;
}

/** The present quotas. A change of quotas takes effect within a minute. */
export const getQuotas: Operation<ServiceContext, QuotaInput, QuotaReport> = {
  name: "quota_get",
  policy: "quotas:get",
  whatFailed: "Quotas could not be read.",
  isIdempotent: always,
  async run(context, { project: asked, place }) {
    const project = context.forProject(asked);
    const named = place === null ? null : context.forPlace(place);
    const prefix = context.principal.queuePrefix;
    const [quotas, queues, usage] = await Promise.all([
      quotasOf(project),
      project.stub().count({ prefix }),
      named?.stub().usage() ?? null,
    ]);
    const used = { queues, ...(usage === null ? {} : usedOf(usage)) };
    return { quotas, used };
  },
};

/** The quotas of a project as they are now. */
export async function quotasOf({ config, stub }: ProjectContext): Promise<Quotas> {
  return { ...config.quotas, ...(await stub().quotas()) };
}

function usedOf({ messages, bytes, subscriptions }: QueueUsage): QuotaReport["used"] {
  return { messages_per_queue: messages, bytes_per_queue: bytes, subscriptions_per_queue: subscriptions };
}

/** Replaces the quotas set for a project. The defaults apply to those left out. */
export const setQuotas: Operation<
  ServiceContext,
  { readonly project: ProjectId; readonly overrides: QuotaOverrides },
  void
> = {
  name: "quota_update",
  policy: "quotas:update",
  whatFailed: "Quotas could not be set.",
  isIdempotent: always,
  survivesDisconnect: true,
  async run(context, { project, overrides: quotas }) {
    await writeOverrides(context, project, quotas);
    logEvent("quota.changed", context.event, { target_project: project, quotas });
  },
};

/** Resets all quotas of a project to the defaults. */
export const resetQuotas: Operation<ServiceContext, { readonly project: ProjectId }, void> = {
  name: "quota_delete",
  policy: "quotas:delete",
  whatFailed: "Quotas could not be reset.",
  isIdempotent: always,
  survivesDisconnect: true,
  async run(context, { project }) {
    await writeOverrides(context, project, {});
    logEvent("quota.reset", context.event, { target_project: project });
  },
};

function writeOverrides(context: ServiceContext, asked: ProjectId, overrides: QuotaOverrides): Promise<void> {
  return context.forProject(asked).stub().setQuotas({ overrides });
}
