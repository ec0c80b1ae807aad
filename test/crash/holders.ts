/**
 * Who may hold the messages that an audit shows as claimed: a client that got them by a claim, or one whose answer was lost. A
 * message that nobody can hold was claimed for a connection that no longer exists, or its lease does not end.
 */
import type { Audit, Event, LostClaim, PostKey, Seen } from "./history.ts";
import { DRIFT_MS, type Finding } from "./leases.ts";

/** null: each claimed message has a possible holder. `startOf`: when a post was sent. */
export function findUnheld(audit: Audit, events: readonly Event[], startOf: (post: PostKey) => number): Finding | null {
  const free = new Set(audit.free.map(({ id }) => id));
  const held = heldAt(audit.sentAt, events);
  const left = audit.all.filter(({ id }) => !free.has(id) && !held.has(id));
  const lost = events.filter((event) => event.kind === "lost-claim").filter((claim) => mayHold(claim, audit));
  // A claim takes what was posted before it ended.
  const unheld = left.filter(({ post }) => !lost.some(({ endedAt }) => startOf(post) < endedAt));
  const most = lost.reduce((sum, { limit }) => sum + limit, 0);
  if (unheld.length === 0 && left.length <= most) return null;
  const shown = unheld.length === 0 ? left : unheld;
  const names = shown.map(({ post, index }) => `${post}/${index}`).join(", ");
  const excuse = unheld.length > 0 ? "" : `, of which claims without an answer explain ${most}`;
  return { text: `${shown.length} messages are claimed by nobody${excuse}: ${names}`, subjects: shown.map(idOf) };
}

/** The messages under a lease that may be live. A renewal may have extended it until the end of the request. */
function heldAt(at: number, events: readonly Event[]): ReadonlySet<string> {
  const ends = new Map<string, number>();
  const extend = (claim: string, endedAt: number, ttl: number): void => {
    ends.set(claim, Math.max(ends.get(claim) ?? 0, endedAt + ttl * 1000 + DRIFT_MS));
  };
  for (const event of events) {
    if (event.kind === "grant" && event.lease !== null) extend(event.lease.claim, event.endedAt, event.lease.ttl);
    if (event.kind === "renewal" && event.outcome !== "gone") extend(event.claim, event.endedAt, event.ttl);
  }
  const live = events.filter((event) => event.kind === "grant" && (ends.get(event.lease?.claim ?? "") ?? 0) > at);
  return new Set(live.flatMap((event) => (event.kind === "grant" ? event.messages.map(idOf) : [])));
}

function mayHold({ sentAt, endedAt, ttl }: LostClaim, audit: Audit): boolean {
  return sentAt < audit.endedAt && endedAt + ttl * 1000 + DRIFT_MS > audit.sentAt;
}

function idOf({ id }: Seen): string {
  return id;
}
