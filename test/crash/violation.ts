/** What the checker says: which promise was broken, where, and by which messages, posts and claims. */
export interface Violation {
  readonly rule: Rule;
  readonly queue: string;
  readonly text: string;
  /** Ids, post keys and claims; the events that mention one are the evidence. */
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
  | "order is kept"
  | "nothing comes from nowhere"
  | "stats agree"
  | "free is claimable"
  | "answers are expected"
  | "everybody is told"
  | "moves happen once";
