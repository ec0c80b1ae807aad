/** The interface of a shard of a spread queue, for its home and for the Worker. */
import type { JsonText } from "../../domain/json.ts";
import type { Message, MessageBlock, PageFilter, Post, PostFailure } from "../../domain/message.ts";
import type { Result } from "../../domain/result.ts";
import type { PageAnswer, PageQuestion } from "../../domain/log-place.ts";
import type { ShardCommand, ShardReply } from "../../domain/spread.ts";
import type { QueueRpc, Timed } from "./queue.ts";

/** The methods that a shard has as the object of a queue has them. A shard that is closed answers as an empty queue. */
type LogRpc = Pick<
  QueueRpc,
  | "claim"
  | "consumers"
  | "delete"
  | "deleteMany"
  | "figures"
  | "get"
  | "getClaim"
  | "pop"
  | "release"
  | "renew"
  | "settle"
  | "stats"
  | "withdraw"
>;

export interface ShardRpc extends LogRpc {
  /** The one command of its home. `metadata`: that of the queue. */
  set(request: ShardCommand & { readonly metadata: JsonText }): Promise<ShardReply>;
  /** The share of what an object carries that it does, and the version of the last command. */
  survey(): Promise<{ readonly load: number; readonly version: number }>;
  /**
   * Waits until messages may be claimable, and returns how many, at most; 0: the time is up, or another such call has come.
   * With 0 milliseconds it returns at once.
   */
  watch(request: { readonly milliseconds: number }): Promise<number>;
  /** Whether it has neither messages nor transfers. */
  isDrained(): Promise<boolean>;
  /** A page of what it has. With `raise` it gives no number up to that one any more, durably before it answers. */
  page(request: PageQuestion & PageFilter): Promise<PageAnswer<Message>>;
  /** Deletes the messages that are under no live claim. */
  purge(): Promise<void>;
  /** `moved`: the shard is not open, or the post has an idempotency key. The home takes it. */
  post(request: Post & Timed): Promise<Result<MessageBlock, PostFailure> | "moved">;
}
