/**
 * A circuit breaker and a bulkhead for each host that webhooks call: whether the host answers, and how many attempts are under
 * way at it. All subscriptions of a project in an isolate share the state of a host. So the number of attempts is bounded over
 * all of them, and a dead host costs no sockets. Projects share nothing: the name of a host contains the project.
 *
 *   closed ── UNANSWERED_MAX attempts in a row ──► open for OPEN_MS ── half open: one probe ──► closed, or open again
 *
 * A caller that finds the circuit open gets the time of its next try, and each caller gets another time. Otherwise hundreds of
 * objects would wake in the same millisecond, each with a row to write, and would keep the thread for seconds.
 *
 * An attempt whose object is evicted never reports its end. So a slot is held for at most as long as an attempt can last.
 */
import { toEpochMs, type EpochMs } from "../domain/time.ts";
import { HostSlots, type HostSlot } from "./host-slots.ts";

/** Attempts in a row without an answer, after which the circuit opens. */
export const UNANSWERED_MAX = 5;
/** Milliseconds for which an open circuit refuses all attempts. */
export const OPEN_MS = 5000;
/** Milliseconds for which other attempts wait for the probe's answer: a host that works again answers soon. */
const PROBE_MS = 1000;
/** Milliseconds, more than any circuit is open or any attempt lasts. A time further ahead comes from a clock that was ahead. */
const HORIZON_MS = 60_000;
/** Hosts to keep in memory. Beyond that, the host without attempts that was used longest ago is forgotten. */
export const HOSTS_MAX = 10_000;

/** Milliseconds between the next tries of successive callers; after TRY_TIMES callers the times repeat. */
export const TRY_INTERVAL_MS = 40;
const TRY_TIMES = 1000;

/** Milliseconds for which an attempt waits for a slot. */
export const SLOT_WAIT_MS_MAX = 10_000;

/** Why there is no slot: the maximum number of attempts is under way, or the circuit is open. */
export type NoSlot = "full" | "open";

interface Host {
  readonly slots: HostSlots;
  /** Attempts in a row without an answer. */
  unanswered: number;
  /** When the open circuit becomes half open; it matters only while `unanswered` is UNANSWERED_MAX or more. */
  openUntil: number;
  /** The number of next tries that were assigned to callers. */
  tries: number;
  /** When the latest probe began. */
  probedAt: number;
}

export class HostBreakers {
  private readonly hosts = new Map<string, Host>();

  get size(): number {
    return this.hosts.size;
  }

  /** Whether the circuit is open, also while a probe is under way. */
  isOpen(name: string, now: EpochMs): boolean {
    const host = this.hosts.get(name);
    return host !== undefined && host.unanswered >= UNANSWERED_MAX && isAhead(host.openUntil, now);
  }

  /** Whether the circuit is open and no probe that began within the last PROBE_MS may still close it. */
  isOpenForLonger(name: string, now: EpochMs): boolean {
    return this.isOpen(name, now) && now >= (this.hosts.get(name)?.probedAt ?? 0) + PROBE_MS;
  }

  /** When a caller that found the circuit open should try again; null: it is not open now. */
  nextTry(name: string, now: EpochMs): EpochMs | null {
    const host = this.hosts.get(name);
    if (host === undefined || !this.isOpen(name, now)) return null;
    return toEpochMs(host.openUntil + (host.tries++ % TRY_TIMES) * TRY_INTERVAL_MS);
  }

  /** Takes a slot for an attempt that lasts at most `msMax`. `waiter`: the one that asks, if it waits. */
  enter(name: string, msMax: number, now: EpochMs, waiter: HostSlot | null = null): HostSlot | NoSlot {
    const host = this.hosts.get(name) ?? this.add(name);
    host.slots.forgetEnded(({ until }) => !isAhead(until, now));
    if (this.isOpen(name, now)) return "open";
    const slot = { since: now, until: now + msMax };
    if (!host.slots.take(slot, waiter)) return "full";
    // This attempt is the probe. The circuit stays open for the others while it runs, and for OPEN_MS after it.
    if (host.unanswered >= UNANSWERED_MAX) {
      host.openUntil = now + msMax + OPEN_MS;
      host.probedAt = now;
    }
    return slot;
  }

  /** As `enter`, but waits while the host is full or a probe is under way; `full`: no slot became free in time. */
  async enterSoon(name: string, msMax: number, clock: () => EpochMs): Promise<HostSlot | NoSlot> {
    const since = clock();
    const waiter = { since, until: since + SLOT_WAIT_MS_MAX };
    try {
      for (let waited = 0, pause = 0; waited <= SLOT_WAIT_MS_MAX; waited += pause) {
        const now = clock();
        const slot = this.enter(name, msMax, now, waiter);
        if (typeof slot !== "string" || (slot === "open" && this.isOpenForLonger(name, now))) return slot;
        pause = this.hosts.get(name)?.slots.wait(waiter, now) ?? SLOT_WAIT_MS_MAX;
        await scheduler.wait(pause);
      }
      return "full";
    } finally {
      this.hosts.get(name)?.slots.leave(waiter, clock());
      this.forgetUnused(name);
    }
  }

  /** Frees a slot and records whether the host has answered. */
  leave(name: string, slot: HostSlot, isAnswered: boolean, now: EpochMs): void {
    const host = this.hosts.get(name);
    if (host === undefined) return;
    host.slots.leave(slot, now);
    if (isAnswered) host.unanswered = 0;
    else if (++host.unanswered >= UNANSWERED_MAX) host.openUntil = now + OPEN_MS;
    // Moved to the end, as the most recently used.
    this.hosts.delete(name);
    this.hosts.set(name, host);
    this.forgetUnused(name);
  }

  /** A host that answers and has no attempts needs no entry. */
  private forgetUnused(name: string): void {
    const host = this.hosts.get(name);
    if (host?.unanswered === 0 && host.slots.isUnused) this.hosts.delete(name);
  }

  private add(name: string): Host {
    if (this.hosts.size >= HOSTS_MAX) this.forgetOldest();
    const host: Host = { slots: new HostSlots(), unanswered: 0, openUntil: 0, tries: 0, probedAt: -Infinity };
    this.hosts.set(name, host);
    return host;
  }

  /** Forgets the host that was used longest ago, if possible one without attempts. */
  private forgetOldest(): void {
    for (const [name, { slots }] of this.hosts) {
      if (!slots.isUnused) continue;
      this.hosts.delete(name);
      return;
    }
    const [oldest] = this.hosts.keys();
    if (oldest !== undefined) this.hosts.delete(oldest);
  }
}

/** Whether an instant is in the future. One beyond HORIZON_MS was recorded while the clock was ahead, and counts as past. */
function isAhead(at: number, now: EpochMs): boolean {
  return at > now && at <= now + HORIZON_MS;
}

/** The hosts known in this isolate. */
export const HOST_BREAKERS = new HostBreakers();
