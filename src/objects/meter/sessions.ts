/**
 * The reporters that may hold news, by their sessions. They are in memory only: a meter that starts anew treats all of them as
 * lost. Now is the meter's time everywhere.
 */
import { LEASE_MS, SKEW_MS } from "../../domain/metering.ts";

/** A further session ends the oldest one, as lost. */
const SESSIONS_MAX = 5_000;

interface Session {
  /** Without another sign of life it is lost then. */
  until: number;
  /** When its reporter was told all hot queues. */
  toldHotAt: number;
}

interface Sign {
  readonly session: string;
  /** By the reporter's clock. */
  readonly sentAt: number;
  /** The factor of its periods by which the reporter sends. */
  readonly pace: number;
}

export class Sessions {
  private readonly byId = new Map<string, Session>();

  /** A begin opens a session, but renews none: begins and reports may overtake each other. */
  begin(sign: Sign, now: number): void {
    if (!this.byId.has(sign.session)) this.open(sign, now);
  }

  /** A session that is lost or forgotten goes on with its next report, so that reporters need not know of that. */
  report(sign: Sign & { readonly final: boolean }, now: number): void {
    const session = this.byId.get(sign.session);
    if (session !== undefined) session.until = Math.max(session.until, leaseEnd(sign, now));
    else if (!sign.final) this.open(sign, now);
    if (sign.final) this.byId.delete(sign.session);
  }

  /** Ends those that have been silent for too long, and returns the ends of their leases. */
  takeLost(now: number): readonly number[] {
    const lost: number[] = [];
    for (const [id, { until }] of this.byId) {
      if (now <= until && this.byId.size <= SESSIONS_MAX) continue;
      this.byId.delete(id);
      lost.push(until);
    }
    return lost;
  }

  /** Whether the reporter of this session is due to be told all hot queues; if so, it counts as told. */
  tellsHot(id: string, everyMs: number, now: number): boolean {
    const session = this.byId.get(id);
    if (session === undefined || now - session.toldHotAt < everyMs) return false;
    session.toldHotAt = now;
    return true;
  }

  get size(): number {
    return this.byId.size;
  }

  private open(sign: Sign, now: number): void {
    this.byId.set(sign.session, { until: leaseEnd(sign, now), toldHotAt: Number.NEGATIVE_INFINITY });
  }
}

/** A call that was under way for long is no sign of life. */
function leaseEnd({ sentAt, pace }: Sign, now: number): number {
  return Math.min(now, sentAt + SKEW_MS) + LEASE_MS * pace;
}
