/**
 * Compares a history with the promises of the service. A pure function from events to violations. It never guesses: an operation
 * without an answer may have happened or not, a lease counts only while it must be live, and the order of two posts counts only
 * if one ended before the other began. So every reported violation is one.
 */
import { AccountOfPosts } from "./accounts.ts";
import { findUnheld } from "./holders.ts";
import { findOverlaps, leasesOf, type Lease } from "./leases.ts";
import type { Rule, Violation } from "./violation.ts";
import type { Audit, Deletion, Drain, Event, Renewal, Seen } from "./history.ts";

export function check(history: readonly Event[]): readonly Violation[] {
  const queues = Map.groupBy(history, (event) => event.queue);
  return [...queues].flatMap(([queue, events]) => new QueueChecker(queue, events).check());
}

/** Messages seen in one answer, in its order. */
interface Reading {
  readonly sentAt: number;
  readonly endedAt: number;
  readonly messages: readonly Seen[];
}

class QueueChecker {
  private readonly queue: string;
  private readonly events: readonly Event[];
  private readonly readings: readonly Reading[];
  private readonly posts: AccountOfPosts;
  private readonly leases: readonly Lease[];
  private readonly violations: Violation[] = [];
  /** By id: the instant from which on it must be deleted, and the earliest instant at which it may have been. */
  private readonly goneSince = new Map<string, number>();
  private readonly touchedSince = new Map<string, number>();
  /** By id: the end of the first audit in which it was missing. */
  private readonly missedSince = new Map<string, number>();

  constructor(queue: string, events: readonly Event[]) {
    this.queue = queue;
    this.events = events;
    this.readings = events.flatMap(readingsOf);
    this.posts = new AccountOfPosts(events, this.readings);
    this.leases = leasesOf(events);
  }

  check(): readonly Violation[] {
    for (const fault of this.posts.faults) this.report(fault.rule, fault.text, fault.subjects);
    this.noteRemovals();
    this.noteMissed();
    for (const reading of this.readings) {
      this.checkOrder(reading);
      this.checkNotGone(reading);
      this.checkNotMissed(reading);
    }
    for (const { text, subjects } of findOverlaps(this.leases)) this.report("leases are exclusive", text, subjects);
    for (const event of this.events) this.checkEvent(event);
    return this.violations;
  }

  private checkEvent(event: Event): void {
    switch (event.kind) {
      case "audit":
        this.checkKept(event);
        this.checkStats(event);
        this.checkFree(event, event.free);
        this.checkHolders(event);
        return;
      case "page":
        if (!event.includesClaimed) this.checkFree(event, event.messages);
        return;
      case "drain":
        this.checkDrain(event);
        return;
      case "renewal":
        this.checkRenewal(event);
        return;
      case "deletion":
        this.checkRefusal(event);
        return;
      case "surprise":
        this.report("answers are expected", event.text, []);
        return;
      case "post":
      case "grant":
      case "lost-claim":
      case "lost-pop":
      case "release":
    }
  }

  private noteRemovals(): void {
    for (const event of this.events) {
      const isPop = event.kind === "grant" && event.lease === null;
      if (!isPop && event.kind !== "deletion") continue;
      if (event.kind === "deletion" && event.outcome === "refused") continue;
      const isCertain = isPop || (event.kind === "deletion" && event.outcome === "done");
      for (const id of event.kind === "deletion" ? event.ids : event.messages.map((message) => message.id)) {
        lower(this.touchedSince, id, event.sentAt);
        if (isCertain) lower(this.goneSince, id, event.endedAt);
      }
    }
  }

  /** An audit contains all messages that must exist at its beginning and that no client may have deleted. */
  private checkKept(audit: Audit): void {
    const present = new Set(audit.all.map((message) => message.id));
    const missing = this.posts
      .existingBefore(audit.sentAt)
      .filter(
        ({ id }) => id === null || (!present.has(id) && (this.touchedSince.get(id) ?? Infinity) >= audit.endedAt),
      );
    const allowance = this.lostPops(audit.endedAt);
    if (missing.length <= allowance) return;
    const names = missing.map(({ post, index }) => `${post}/${index}`).join(", ");
    const excuse = allowance === 0 ? "" : `, of which pops without an answer explain ${allowance}`;
    // A message of the same post that was never seen has no id.
    const rule = missing.some(({ id }) => id === null) ? "posts are atomic" : "acked is kept";
    const subjects = missing.map(({ id, post }) => id ?? post);
    this.report(rule, `${missing.length} messages are missing${excuse}: ${names}`, subjects);
  }

  private lostPops(before: number): number {
    return this.events.reduce(
      (sum, event) => sum + (event.kind === "lost-pop" && event.sentAt < before ? event.count : 0),
      0,
    );
  }

  private noteMissed(): void {
    const posts = new Map(this.readings.flatMap(({ messages }) => messages.map(({ id, post }) => [id, post] as const)));
    for (const audit of this.events) {
      if (audit.kind !== "audit") continue;
      const present = new Set(audit.all.map((message) => message.id));
      for (const [id, post] of posts) {
        if (!present.has(id) && this.posts.endOf(post) < audit.sentAt) lower(this.missedSince, id, audit.endedAt);
      }
    }
  }

  /** A message that was missing in an audit does not appear later, unless its post had not ended. */
  private checkNotMissed({ sentAt, messages }: Reading): void {
    for (const { id, post, index } of messages) {
      if (sentAt <= (this.missedSince.get(id) ?? Infinity)) continue;
      this.report("nothing comes from nowhere", `${post}/${index} was not in an audit, and is there afterwards`, [
        id,
        post,
      ]);
    }
  }

  private checkNotGone({ sentAt, messages }: Reading): void {
    for (const { id, post, index } of messages) {
      if (sentAt <= (this.goneSince.get(id) ?? Infinity)) continue;
      this.report("deleted is gone", `${post}/${index} was handed out after its removal was acknowledged`, [id]);
    }
  }

  /**
   * Within an answer, messages of a poster are in the order of its posts, and no post precedes one that ended before it began.
   */
  private checkOrder({ messages }: Reading): void {
    const last = new Map<number, Seen>();
    let latest: Seen | null = null;
    for (const message of messages) {
      const poster = posterOf(message);
      const before = last.get(poster);
      if (before !== undefined && !isBefore(before, message)) this.reportOrder(before, message);
      else if (latest !== null && this.posts.endOf(message.post) < this.posts.startOf(latest.post))
        this.reportOrder(latest, message);
      last.set(poster, message);
      if (latest === null || this.posts.startOf(message.post) > this.posts.startOf(latest.post)) latest = message;
    }
  }

  private reportOrder(before: Seen, after: Seen): void {
    const text = `${before.post}/${before.index} came before ${after.post}/${after.index}, which was posted earlier`;
    this.report("order is kept", text, [before.post, after.post]);
  }

  private checkStats({ all, free, stats }: Audit): void {
    const listed = { total: all.length, claimed: all.length - free.length, free: free.length };
    const agrees = stats.total === listed.total && stats.claimed === listed.claimed && stats.free === listed.free;
    if (!agrees)
      this.report("stats agree", `stats say ${JSON.stringify(stats)}, the listings ${JSON.stringify(listed)}`, []);
  }

  /** A message under a lease that was live before and after an answer cannot be free in it. */
  private checkFree(span: { readonly sentAt: number; readonly endedAt: number }, free: readonly Seen[]): void {
    const ids = new Set(free.map((message) => message.id));
    for (const lease of this.leases) {
      if (lease.from > span.sentAt || lease.to < span.endedAt) continue;
      for (const { id, post, index } of lease.messages) {
        if (ids.has(id))
          this.report("leases last", `${post}/${index} was listed as free under claim ${lease.claim}`, [
            id,
            lease.claim,
          ]);
      }
    }
  }

  /** A message that is not free is under a lease that a client got, or whose answer was lost. */
  private checkHolders(audit: Audit): void {
    const unheld = findUnheld(audit, this.events, (post) => this.posts.startOf(post));
    if (unheld !== null) this.report("leases have holders", unheld.text, unheld.subjects);
  }

  /** All messages that were free in the audit before can be claimed. */
  private checkDrain(drain: Drain): void {
    const audit = this.events.findLast((event) => event.kind === "audit" && event.endedAt <= drain.sentAt);
    if (audit?.kind !== "audit") return;
    const claimed = new Set(drain.messages.map((message) => message.id));
    const stuck = audit.free.map((message) => message.id).filter((id) => !claimed.has(id));
    if (stuck.length > 0)
      this.report("free is claimable", `${stuck.length} messages are listed as free, but no claim gets them`, stuck);
  }

  /** The service has lost a claim that must be live and have a message. */
  private checkRenewal(renewal: Renewal): void {
    const lease = this.leases.find((each) => each.claim === renewal.claim);
    if (renewal.outcome !== "gone" || lease === undefined || renewal.endedAt >= lease.to) return;
    const held = lease.messages.some(({ id }) => (this.touchedSince.get(id) ?? Infinity) >= renewal.endedAt);
    if (held) this.report("leases last", `claim ${renewal.claim} was live, but could not be renewed`, [renewal.claim]);
  }

  private checkRefusal(deletion: Deletion): void {
    if (deletion.outcome !== "refused" || deletion.claim === null) return;
    const lease = this.leases.find((each) => each.claim === deletion.claim);
    if (lease === undefined || lease.from > deletion.sentAt || lease.to <= deletion.endedAt) return;
    this.report("leases last", `claim ${lease.claim} was live, but did not allow a delete`, [
      lease.claim,
      ...deletion.ids,
    ]);
  }

  /** Reports each violation once, because most are seen several times. */
  private report(rule: Rule, text: string, subjects: readonly string[]): void {
    if (this.violations.some((violation) => violation.rule === rule && violation.text === text)) return;
    this.violations.push({ rule, queue: this.queue, text, subjects: [...new Set(subjects)] });
  }
}

function readingsOf(event: Event): readonly Reading[] {
  switch (event.kind) {
    case "grant":
    case "page":
    case "drain":
      return [event];
    case "audit":
      return [
        { ...event, messages: event.all },
        { ...event, messages: event.free },
      ];
    case "post":
    case "lost-claim":
    case "lost-pop":
    case "renewal":
    case "release":
    case "deletion":
    case "surprise":
      return [];
  }
}

function posterOf({ post }: Seen): number {
  return Number(post.slice(0, post.indexOf("-")));
}

function isBefore(a: Seen, b: Seen): boolean {
  const [serialA, serialB] = [a, b].map(({ post }) => Number(post.slice(post.indexOf("-") + 1)));
  return serialA === serialB ? a.index < b.index : (serialA ?? 0) < (serialB ?? 0);
}

function lower(instants: Map<string, number>, id: string, at: number): void {
  instants.set(id, Math.min(instants.get(id) ?? Infinity, at));
}
