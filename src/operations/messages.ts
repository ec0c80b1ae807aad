/**
 * Operations on messages. Bounds that do not depend on the queue are checked here, before the call of its object. The object
 * checks those that depend on the queue's settings.
 */
import type { Failure, FailureOf } from "../domain/failure.ts";
import { checkRange, type Limits } from "../domain/limits.ts";
import type { Detailed } from "../domain/details.ts";
import type { Listing, Message, MessageBlock, MessageDeletion, MessagePage, Post } from "../domain/message.ts";
import type { PageRequest } from "../domain/page.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import type { PlaceContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";
import { limitOf } from "./page.ts";

export const postMessages: Operation<PlaceContext, Omit<Post, "quotas" | "traceparent">, MessageBlock> = {
  name: "message_post",
  policy: "messages:create",
  whatFailed: "Messages could not be enqueued.",
  needsDiskSpace: true,
  isIdempotent: ({ idempotency }) => idempotency !== null,
  async run(context, request) {
    const quotas = await context.quotas();
    const { traceparent } = context.event;
    const post = { ...request, quotas, sentAt: context.clock() };
    return unwrap(await context.stub().post(traceparent === null ? post : { ...post, traceparent }));
  },
};

export const listMessages: Operation<PlaceContext, Omit<Listing, "limit"> & PageRequest, MessagePage> = {
  name: "message_list",
  policy: "messages:get_all",
  whatFailed: "Messages could not be listed.",
  isIdempotent: always,
  async run(context, request) {
    const limit = limitOf(request, context.config.limits.maxMessagesPerPage);
    return context.stub().list({ ...request, limit, sentAt: context.clock() });
  },
};

/** The messages among `ids` that exist. Failure: `message-not-found` when none does. */
export const getMessages: Operation<PlaceContext, Detailed & { readonly ids: readonly string[] }, readonly Message[]> =
  {
    name: "message_get_many",
    policy: "messages:get_all",
    whatFailed: "Messages could not be retrieved.",
    isIdempotent: always,
    async run(context, request) {
      const { ids } = request;
      refuse(checkIds(ids, context.config.limits));
      const messages = await context.stub().get(request);
      if (messages.length === 0) throw notFound(context, ids.join(","));
      return messages;
    },
  };

export const getMessage: Operation<PlaceContext, Detailed & { readonly id: string }, Message> = {
  name: "message_get",
  policy: "messages:get",
  whatFailed: "Message could not be retrieved.",
  isIdempotent: always,
  async run(context, { id, ...how }) {
    const [message] = await context.stub().get({ ids: [id], ...how });
    if (message === undefined) throw notFound(context, id);
    return message;
  },
};

export const deleteMessage: Operation<PlaceContext, { readonly id: string; readonly claim: string | null }, null> = {
  name: "message_delete",
  policy: "messages:delete",
  whatFailed: "Message could not be deleted.",
  isIdempotent: always,
  async run(context, request) {
    return unwrap(await context.stub().delete(request));
  },
};

interface Popped {
  /** null: they were deleted by id. */
  readonly popped: readonly Message[] | null;
}

/** Deletes messages by id, or removes and returns the oldest ones (`pop`). */
export const deleteMessages: Operation<PlaceContext, MessageDeletion, Popped> = {
  name: "message_delete_many",
  policy: "messages:delete_all",
  whatFailed: "Messages could not be deleted.",
  isIdempotent: ({ pop }) => pop === null,
  async run(context, { ids, claims, pop }) {
    const { limits, messageDeleteWithClaimId } = context.config;
    if (ids !== null && pop !== null) throw new Refusal({ kind: "delete-ambiguous" });
    if (messageDeleteWithClaimId && (ids === null) !== (claims === null))
      throw new Refusal({ kind: "delete-needs-claims" });
    if (ids !== null) {
      refuse(checkIds(ids, limits));
      unwrap(await context.stub().deleteMany({ ids, claims: messageDeleteWithClaimId ? claims : null }));
      return { popped: null };
    }
    if (pop === null) throw new Refusal({ kind: "delete-unspecific" });
    refuse(checkRange("pop", pop, { min: 1, max: limits.maxMessagesPerClaimOrPop }));
    return { popped: await context.stub().pop({ limit: pop, sentAt: context.clock() }) };
  },
};

/** Repeated ids count too. */
function checkIds(ids: readonly string[], limits: Limits): FailureOf<"out-of-range"> | null {
  return checkRange("ids", ids.length, { min: 1, max: limits.maxMessagesPerPage });
}

function refuse(failure: Failure | null): void {
  if (failure !== null) throw new Refusal(failure);
}

function notFound({ place, project }: PlaceContext, ids: string): Refusal {
  return new Refusal({ kind: "message-not-found", ids, place, project });
}
