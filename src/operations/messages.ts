/**
 * Operations on messages (core contract 4). Bounds that do not depend on a queue are checked here, before the hop. The object
 * checks those that depend on the queue's settings.
 */
import type { Failure } from "../domain/failure.ts";
import type { ClientId } from "../domain/id.ts";
import { checkRange, PAGE_DEFAULT, type Limits } from "../domain/limits.ts";
import type { Idempotency, Message, MessageBlock, Posting } from "../domain/message.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import type { MessagePage } from "../objects/rpc/queue.ts";
import type { PlaceContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";

interface PostInput {
  readonly client: ClientId;
  /** Bytes of the posted document. */
  readonly size: number;
  readonly posting: Posting;
  readonly idempotency: Idempotency | null;
}

export const postMessages: Operation<PlaceContext, PostInput, MessageBlock> = {
  name: "message_post",
  policy: "messages:create",
  attempted: "Messages could not be enqueued.",
  takesIn: true,
  isIdempotent: ({ idempotency }) => idempotency !== null,
  async run(context, request) {
    const quotas = await context.quotas();
    return unwrap(await context.stub().post({ ...request, quotas, sentAt: context.clock() }));
  },
};

interface MessageListInput {
  readonly client: ClientId;
  readonly marker: string | null;
  /** null: the default page. */
  readonly limit: number | null;
  readonly echo: boolean;
  readonly includeClaimed: boolean;
  readonly includeDelayed: boolean;
}

export const listMessages: Operation<PlaceContext, MessageListInput, MessagePage> = {
  name: "message_list",
  policy: "messages:get_all",
  attempted: "Messages could not be listed.",
  isIdempotent: always,
  async run(context, request) {
    const limit = request.limit ?? PAGE_DEFAULT;
    refuse(checkRange("limit", limit, { min: 1, max: context.config.limits.maxMessagesPerPage }));
    return context.stub().list({ ...request, limit, sentAt: context.clock() });
  },
};

/** The messages among `ids` that exist. Failure: `message-not-found` when none does. */
export const getMessages: Operation<PlaceContext, { readonly ids: readonly string[] }, readonly Message[]> = {
  name: "message_get_many",
  policy: "messages:get_all",
  attempted: "Messages could not be retrieved.",
  isIdempotent: always,
  async run(context, { ids }) {
    refuse(checkIds(ids, context.config.limits));
    const messages = await context.stub().get({ ids });
    if (messages.length === 0) throw notFound(context, ids.join(","));
    return messages;
  },
};

export const getMessage: Operation<PlaceContext, { readonly id: string }, Message> = {
  name: "message_get",
  policy: "messages:get",
  attempted: "Message could not be retrieved.",
  isIdempotent: always,
  async run(context, { id }) {
    const [message] = await context.stub().get({ ids: [id] });
    if (message === undefined) throw notFound(context, id);
    return message;
  },
};

export const deleteMessage: Operation<PlaceContext, { readonly id: string; readonly claim: string | null }, null> = {
  name: "message_delete",
  policy: "messages:delete",
  attempted: "Message could not be deleted.",
  isIdempotent: always,
  async run(context, request) {
    return unwrap(await context.stub().delete(request));
  },
};

/** Deletes messages by id, or removes and returns the oldest ones (`pop`). */
export const deleteMessages: Operation<
  PlaceContext,
  {
    readonly ids: readonly string[] | null;
    readonly claims: readonly string[] | null;
    readonly pop: number | null;
  },
  { readonly popped: readonly Message[] | null }
> = {
  name: "message_delete_many",
  policy: "messages:delete_all",
  attempted: "Messages could not be deleted.",
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

/** Counted before repeats are dropped (core contract 4.3). */
function checkIds(ids: readonly string[], limits: Limits): Failure | null {
  return checkRange("ids", ids.length, { min: 1, max: limits.maxMessagesPerPage });
}

function refuse(failure: Failure | null): void {
  if (failure !== null) throw new Refusal(failure);
}

function notFound({ place, project }: PlaceContext, ids: string): Refusal {
  return new Refusal({ kind: "message-not-found", ids, place, project });
}
