/** Pages of the notifications of a subscription that have not arrived, for its owner. */
import type { Notification, UndeliveredNotification } from "../../domain/delivery.ts";
import type { Deliveries } from "../../storage/delivery/deliveries.ts";
import { PageBudget } from "../../storage/page-budget.ts";
import type { UndeliveredRequest } from "../rpc/delivery.ts";
import type { Backlog } from "./backlog.ts";

export interface UndeliveredDeps {
  readonly backlog: Pick<Backlog, "failedAfter" | "notificationOf" | "pendingAfter">;
  readonly rows: Pick<Deliveries, "notification" | "past">;
  /** `webhook-id` of a message. */
  readonly idOf: (messageId: string) => string;
}

export function undeliveredPage(
  deps: UndeliveredDeps,
  request: UndeliveredRequest,
): readonly UndeliveredNotification[] {
  const budget = new PageBudget();
  const page: UndeliveredNotification[] = [];
  for (const each of request.state === "failed" ? failedOf(deps, request) : pendingOf(deps, request)) {
    const size = each.message?.body.length ?? 0;
    if (!budget.fits(size)) break;
    budget.spend(size);
    page.push(each);
  }
  return page;
}

/** Lazily, because bodies beyond the budget need not be read. */
function* failedOf({ backlog, rows, idOf }: UndeliveredDeps, { after, limit }: UndeliveredRequest) {
  for (const number of backlog.failedAfter(after).slice(0, limit)) {
    const past = rows.past(number);
    if (past === null) continue;
    const { messageId, attempts, acceptedAt: createdAt, lastAttempt } = past;
    const message = messageOf(messageId, rows.notification({ id: number, messageId }));
    yield { number, id: idOf(messageId), message, createdAt, attempts, nextAttemptAt: null, lastAttempt };
  }
}

function* pendingOf({ backlog, rows, idOf }: UndeliveredDeps, { after, limit }: UndeliveredRequest) {
  for (const delivery of backlog.pendingAfter(after).slice(0, limit)) {
    const { id: number, messageId, attempts, dueAt: nextAttemptAt, notification } = delivery;
    const past = notification === null ? rows.past(number) : null;
    // Memory is newer than the row.
    const lastAttempt = delivery.lastAttempt ?? past?.lastAttempt ?? null;
    const createdAt = delivery.acceptedAt ?? past?.acceptedAt ?? null;
    const message = messageOf(messageId, backlog.notificationOf(delivery));
    yield { number, id: idOf(messageId), message, createdAt, attempts, nextAttemptAt, lastAttempt };
  }
}

/**
 * `id`: the id by the number of the message. A document of the service is not shown: the link in a confirmation request is for
 * the subscriber alone.
 */
function messageOf(id: string, notification: Notification | null): UndeliveredNotification["message"] {
  if (notification === null || notification.kind === "document") return null;
  return { id: notification.id ?? id, body: notification.body };
}
