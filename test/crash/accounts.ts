/** The posts of a history, their outcomes, and the ids of their messages. */
import type { Event, MessageKey, Post, PostKey, Seen } from "./history.ts";
import type { Rule } from "./violation.ts";

interface Account {
  readonly count: number;
  /** The instant at which the first attempt was sent. */
  readonly start: number;
  /** The end of the post: the first acknowledgement, or the last broken attempt. */
  end: number;
  readonly attempts: Post[];
  /** The instant from which on it must be stored. */
  existsSince: number;
  isAcked: boolean;
  /** The ids of its messages, by index. */
  readonly ids: Map<number, string>;
}

interface Fault {
  readonly rule: Rule;
  readonly text: string;
  readonly subjects: readonly string[];
}

interface Reading {
  readonly endedAt: number;
  readonly messages: readonly Seen[];
}

export class AccountOfPosts {
  readonly faults: Fault[] = [];
  private readonly accounts = new Map<PostKey, Account>();
  private readonly keys = new Map<string, MessageKey>();

  constructor(events: readonly Event[], readings: readonly Reading[]) {
    const posts = events.filter((event) => event.kind === "post").toSorted((a, b) => a.sentAt - b.sentAt);
    for (const post of posts) this.enter(post);
    for (const reading of readings) for (const message of reading.messages) this.see(message, reading.endedAt);
  }

  startOf(post: PostKey): number {
    return this.accounts.get(post)?.start ?? Number.NaN;
  }

  endOf(post: PostKey): number {
    return this.accounts.get(post)?.end ?? Number.NaN;
  }

  /** All messages that must be stored at an instant. `id` null: the message was never seen. */
  existingBefore(at: number): readonly (MessageKey & { readonly id: string | null })[] {
    const stored = [...this.accounts].filter(([, account]) => account.existsSince < at);
    return stored.flatMap(([post, { count, ids }]) =>
      Array.from({ length: count }, (_, index) => ({ post, index, id: ids.get(index) ?? null })),
    );
  }

  private enter(post: Post): void {
    let account = this.accounts.get(post.post);
    if (account === undefined) {
      const { count, sentAt: start, endedAt: end } = post;
      account = { count, start, end, attempts: [], existsSince: Infinity, isAcked: false, ids: new Map() };
      this.accounts.set(post.post, account);
    }
    account.attempts.push(post);
    if (!account.isAcked) account.end = post.endedAt;
    if (post.ids === null) return;
    account.existsSince = Math.min(account.existsSince, post.endedAt);
    if (account.isAcked) {
      const before = [...account.ids.values()].join();
      if (before !== post.ids.join())
        this.fault("retries store once", `a retry of ${post.post} got other ids`, [post.post]);
      return;
    }
    account.isAcked = true;
    if (post.ids.length !== post.count) {
      this.fault("posts are atomic", `${post.post} had ${post.count} messages and got ${post.ids.length} ids`, [
        post.post,
      ]);
    }
    post.ids.forEach((id, index) => this.identify({ post: post.post, index, id }, account));
  }

  private see(message: Seen, at: number): void {
    const account = this.accounts.get(message.post);
    if (account === undefined || message.index >= account.count) {
      this.fault("nothing comes from nowhere", `${message.post}/${message.index} was never posted`, [message.id]);
      return;
    }
    // A seen message was stored by an attempt that had been sent, so before the end of the last of these.
    const ends = account.attempts.filter(({ sentAt }) => sentAt < at).map(({ endedAt }) => endedAt);
    account.existsSince = Math.min(account.existsSince, at, Math.max(...ends));
    this.identify(message, account);
  }

  /** Each id belongs to one message, and each message has one id. */
  private identify({ post, index, id }: Seen, account: Account): void {
    const known = this.keys.get(id);
    if (known === undefined) this.keys.set(id, { post, index });
    else if (known.post !== post || known.index !== index) {
      this.fault("ids are unique", `${id} is ${known.post}/${known.index} and ${post}/${index}`, [id]);
    }
    const before = account.ids.get(index);
    if (before === undefined) account.ids.set(index, id);
    else if (before !== id)
      this.fault("retries store once", `${post}/${index} is stored as ${before} and as ${id}`, [before, id]);
  }

  private fault(rule: Rule, text: string, subjects: readonly string[]): void {
    this.faults.push({ rule, text, subjects });
  }
}
