/**
 * The time in which a message must be under a lease. The service granted it between request and answer, so it is certainly live
 * from the answer until its ttl after the *request*. A renewal moves this end, and the first operation that may have released it
 * ends it.
 */
import type { Event, Grant, Release, Renewal, Seen } from "./history.ts";

export interface Lease {
  /** The claim id, or "pop" for a pop, which counts as an endless lease. */
  readonly claim: string;
  readonly from: number;
  readonly to: number;
  readonly messages: readonly Seen[];
}

export function leasesOf(events: readonly Event[]): readonly Lease[] {
  const changes = Map.groupBy(
    events.filter((event) => event.kind === "renewal" || event.kind === "release"),
    (event) => event.claim,
  );
  return events
    .filter((event) => event.kind === "grant")
    .map((grant) => {
      const claim = grant.lease?.claim ?? "pop";
      return { claim, from: grant.endedAt, to: endOf(grant, changes.get(claim) ?? []), messages: grant.messages };
    });
}

/** The drift between the clocks of service and clients during a lease. */
export const DRIFT_MS = 250;

function endOf(grant: Grant, changes: readonly (Renewal | Release)[]): number {
  if (grant.lease === null) return Infinity;
  let end = grant.sentAt + grant.lease.ttl * 1000;
  for (const change of changes.toSorted((a, b) => a.sentAt - b.sentAt)) {
    if (change.kind === "release") return Math.min(end - DRIFT_MS, change.sentAt);
    if (change.outcome === "gone") continue;
    const renewed = change.sentAt + change.ttl * 1000;
    // A renewal may also shorten the lease. One without an answer counts only then.
    end = change.outcome === "done" ? renewed : Math.min(end, renewed);
  }
  return end - DRIFT_MS;
}

export interface Finding {
  readonly text: string;
  readonly subjects: readonly string[];
}

/** All pairs of leases that must have had the same message at the same time. */
export function findOverlaps(leases: readonly Lease[]): readonly Finding[] {
  const byMessage = new Map<string, Holder[]>();
  for (const lease of leases) {
    for (const message of lease.messages) {
      const others = byMessage.get(message.id);
      if (others === undefined) byMessage.set(message.id, [{ lease, message }]);
      else others.push({ lease, message });
    }
  }
  return [...byMessage.values()].flatMap((holders) =>
    holders.flatMap((a, index) => holders.slice(index + 1).flatMap((b) => describeOverlap(a, b))),
  );
}

interface Holder {
  readonly lease: Lease;
  readonly message: Seen;
}

function describeOverlap(a: Holder, b: Holder): readonly Finding[] {
  if (Math.max(a.lease.from, b.lease.from) >= Math.min(a.lease.to, b.lease.to)) return [];
  const { id, post, index } = a.message;
  const text = `${post}/${index} was under ${a.lease.claim} and ${b.lease.claim} at one time`;
  return [{ text, subjects: [id, a.lease.claim, b.lease.claim].filter((subject) => subject !== "pop") }];
}
