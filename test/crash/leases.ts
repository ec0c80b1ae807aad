/**
 * When a message must have been under a lease. The service gave it somewhere between request and answer, so it was
 * certainly live from the answer on, until its ttl after the *request*; a renewal moves that end, and the first thing
 * that may have released it ends it.
 */
import type { Event, Grant, Release, Renewal, Seen } from "./history.ts";

export interface Lease {
  /** The claim id; of a pop, which is a lease without end, a word. */
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

/** The clocks of the service and of the clients may drift apart a little while a lease runs. */
const DRIFT_MS = 250;

function endOf(grant: Grant, changes: readonly (Renewal | Release)[]): number {
  if (grant.lease === null) return Infinity;
  let end = grant.sentAt + grant.lease.ttl * 1000;
  for (const change of changes.toSorted((a, b) => a.sentAt - b.sentAt)) {
    if (change.kind === "release") return Math.min(end - DRIFT_MS, change.sentAt);
    if (change.outcome === "gone") continue;
    const renewed = change.sentAt + change.ttl * 1000;
    // A renewal may also shorten; one without an answer counts only if it does.
    end = change.outcome === "done" ? renewed : Math.min(end, renewed);
  }
  return end - DRIFT_MS;
}

interface Overlap {
  readonly text: string;
  readonly subjects: readonly string[];
}

/** Every pair of leases that must have held one message at one time. */
export function findOverlaps(leases: readonly Lease[]): readonly Overlap[] {
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

function describeOverlap(a: Holder, b: Holder): readonly Overlap[] {
  if (Math.max(a.lease.from, b.lease.from) >= Math.min(a.lease.to, b.lease.to)) return [];
  const { id, post, index } = a.message;
  const text = `${post}/${index} was under ${a.lease.claim} and ${b.lease.claim} at one time`;
  return [{ text, subjects: [id, a.lease.claim, b.lease.claim].filter((subject) => subject !== "pop") }];
}
