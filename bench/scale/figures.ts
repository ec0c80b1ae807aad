/** What a simulation counts. */
import type { SimulatedMessage } from "./waiting-log.ts";

export class Figures {
  finds = 0;
  /** Calls of claims, also those that found nothing. */
  claimCalls = 0;
  /** Claims with messages. */
  claims = 0;
  posted = 0;
  claimed = 0;
  deleted = 0;
  /** A message that is claimed twice is a fault of the simulation. */
  claimedTwice = 0;
  /** By the number of the message: when its post was sent, answered, and when it reached a consumer. NaN: not yet. */
  readonly sentAt: number[] = [];
  readonly storedAt: number[] = [];
  readonly claimedAt: number[] = [];

  /** A copy of the counters that windows are measured with. */
  get counts(): Pick<Figures, "finds" | "claimCalls" | "claims" | "claimed" | "deleted"> {
    const { finds, claimCalls, claims, claimed, deleted } = this;
    return { finds, claimCalls, claims, claimed, deleted };
  }

  send(now: number): SimulatedMessage {
    this.sentAt.push(now);
    this.storedAt.push(Number.NaN);
    this.claimedAt.push(Number.NaN);
    return { id: this.sentAt.length - 1, postedAt: now };
  }

  stored(message: SimulatedMessage, now: number): void {
    this.posted += 1;
    this.storedAt[message.id] = now;
  }

  receive(messages: readonly SimulatedMessage[], now: number): void {
    this.claims += 1;
    this.claimed += messages.length;
    for (const { id } of messages) {
      if (!Number.isNaN(this.claimedAt[id] ?? 0)) this.claimedTwice += 1;
      this.claimedAt[id] = now;
    }
  }

  delete(count: number): void {
    this.deleted += count;
  }

  /** Milliseconds from the post to its answer, sorted. A post without an answer counts with the time until now. */
  postMs(from: number, now: number): Float64Array {
    return this.durations(this.storedAt, from, now);
  }

  /** Milliseconds from the post to its consumer, sorted. A message that waits counts with the time until now. */
  claimMs(from: number, now: number): Float64Array {
    return this.durations(this.claimedAt, from, now);
  }

  private durations(ends: readonly number[], from: number, now: number): Float64Array {
    const { sentAt } = this;
    const first = sentAt.findIndex((at) => at >= from);
    if (first === -1) return new Float64Array();
    return Float64Array.from(sentAt.slice(first), (at, index) => {
      const end = ends[first + index] ?? Number.NaN;
      return (Number.isNaN(end) ? now : end) - at;
    }).toSorted();
  }
}
