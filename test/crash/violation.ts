/** A result of the checker: the violated promise, the event, and the messages, posts and claims. */
export interface Violation {
  readonly rule: Rule;
  readonly queue: string;
  readonly text: string;
  /** Ids, post keys and claims. The events with one of them are the evidence. */
  readonly subjects: readonly string[];
}

export type Rule =
  | "acked is kept"
  | "posts are atomic"
  | "deleted is gone"
  | "ids are unique"
  | "retries store once"
  | "leases are exclusive"
  | "leases last"
  | "leases have holders"
  | "order is kept"
  | "nothing comes from nowhere"
  | "stats agree"
  | "free is claimable"
  | "answers are expected"
  | "everybody is told"
  | "moves happen once"
  | "subscriptions of dead connections end";
