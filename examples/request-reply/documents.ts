/** What requester and responder send each other. */

export interface Request {
  /** By which the requester knows to which of its requests a reply belongs. */
  readonly correlationId: string;
  /** The queue of the requester. */
  readonly replyTo: string;
  readonly square: number;
}

export interface Reply {
  readonly correlationId: string;
  readonly result: number;
}

/** Requests come from others: one must not make a responder write to any queue of the project. */
const REPLY_QUEUE = /^replies-[0-9a-f-]{36}$/;

export function toRequest(body: unknown): Request {
  const { correlationId, replyTo, square } = Object(body) as Partial<Record<string, unknown>>;
  if (typeof correlationId !== "string" || typeof square !== "number") throw new TypeError("not a request");
  if (typeof replyTo !== "string" || !REPLY_QUEUE.test(replyTo)) throw new TypeError("not a queue for replies");
  return { correlationId, replyTo, square };
}
