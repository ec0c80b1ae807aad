/**
 * What is known of the hosts that are called: how many attempts each has to answer, and whether it answers at all. Shared by
 * all subscriptions of a project in an isolate, so that a host is spared by their number too, and one that is dead costs no
 * sockets. What one project finds out about a host, by whatever URL, says nothing to another.
 *
 *   alive ── 5 attempts in a row without an answer ──► dead for 5 s ── one attempt finds out ──► alive, or dead again
 *
 * Whoever finds a host dead is told when to come again, each at an instant of his own: hundreds of objects that woke in the
 * same millisecond, each with a row to write, would keep everybody else from the thread for seconds.
 *
 * An attempt whose object has gone never says that it is over: a place is held for as long as an attempt can last.
 */
import { toEpochMs, type EpochMs } from "../domain/time.ts";

/** Attempts that one host may have to answer at a time. */
export const HOST_ATTEMPTS_MAX = 64;
/** Attempts in a row without an answer, after which a host is dead. */
export const SILENCES_MAX = 5;
/** Milliseconds that a dead host is left alone. */
export const REST_MS = 5000;
/** Milliseconds for which others wait for the answer to the attempt that finds out: a host that is back gives one soon. */
const PROBE_MS = 1000;
/** Milliseconds that no rest and no attempt lasts: what is further off was noted by a clock that was ahead. */
const HORIZON_MS = 60_000;
/** HostBreakers to know of at a time; of those without an attempt under way the longest unheard of is forgotten. */
export const HOSTS_MAX = 10_000;

/** Milliseconds between those who come again after a rest, and after how many one comes at the same time as another. */
export const TURN_INTERVAL = 40;
const TURNS = 1000;

/**
 * Milliseconds between two looks at a host that is busy, the second as long after the first as that after the beginning, and
 * so on: hundreds that wait for a silent host must not look thousands of times. And how long it is looked at.
 */
const LOOK_INTERVAL_MIN = 50;
const LOOK_INTERVAL_MAX = 1000;
export const LOOKS_MS_MAX = 10_000;

/** A place among the attempts that a host has to answer. */
export interface HostSlot {
  /** It is lost by then. */
  readonly until: number;
}

interface Host {
  readonly places: Set<HostSlot>;
  /** Attempts in a row without an answer. */
  silences: number;
  /** No attempt before, unless the host has answered. */
  restsUntil: number;
  /** Those who were told when to come again. */
  turns: number;
  /** When the attempt began that is to find out whether it is back. */
  probedAt: number;
}

export class HostBreakers {
  private readonly hosts = new Map<string, Host>();

  get size(): number {
    return this.hosts.size;
  }

  /** Whether an attempt would be in vain. */
  isDead(name: string, now: EpochMs): boolean {
    const host = this.hosts.get(name);
    return host !== undefined && host.silences >= SILENCES_MAX && isToCome(host.restsUntil, now);
  }

  /** The same, and no answer is to be expected in a moment. */
  isResting(name: string, now: EpochMs): boolean {
    return this.isDead(name, now) && now >= (this.hosts.get(name)?.probedAt ?? 0) + PROBE_MS;
  }

  /** When whoever found the host dead is to try again; null: it is not dead, any more. */
  turnAfterRest(name: string, now: EpochMs): EpochMs | null {
    const host = this.hosts.get(name);
    if (host === undefined || !this.isDead(name, now)) return null;
    return toEpochMs(host.restsUntil + (host.turns++ % TURNS) * TURN_INTERVAL);
  }

  /** A place for an attempt that lasts no longer than `msMax`; `full`: later; `dead`: it would be in vain. */
  enter(name: string, msMax: number, now: EpochMs): HostSlot | "full" | "dead" {
    const host = this.hosts.get(name) ?? this.add(name);
    for (const place of host.places) if (!isToCome(place.until, now)) host.places.delete(place);
    if (this.isDead(name, now)) return "dead";
    if (host.places.size >= HOST_ATTEMPTS_MAX) return "full";
    // The one attempt that finds out: until it ends, and as long again as it would then, the host rests on.
    if (host.silences >= SILENCES_MAX) {
      host.restsUntil = now + msMax + REST_MS;
      host.probedAt = now;
    }
    const place = { until: now + msMax };
    host.places.add(place);
    return place;
  }

  /** As `enter`, but looks again while the host is busy, or about to be found out; `full`: it stays so. */
  async enterSoon(name: string, msMax: number, clock: () => EpochMs): Promise<HostSlot | "full" | "dead"> {
    let interval = LOOK_INTERVAL_MIN;
    for (let waited = 0; waited <= LOOKS_MS_MAX; waited += interval) {
      const place = this.enter(name, msMax, clock());
      if (typeof place !== "string" || (place === "dead" && this.isResting(name, clock()))) return place;
      // By looking again: whoever has the places may be another object, whose promises are not ours to wait for.
      interval = Math.min(Math.max(LOOK_INTERVAL_MIN, waited), LOOK_INTERVAL_MAX);
      await scheduler.wait(interval);
    }
    return "full";
  }

  /** Gives a place back, and says whether the host has answered. */
  leave(name: string, place: HostSlot, isAnswered: boolean, now: EpochMs): void {
    const host = this.hosts.get(name);
    if (host === undefined) return;
    host.places.delete(place);
    if (isAnswered) host.silences = 0;
    else if (++host.silences >= SILENCES_MAX) host.restsUntil = now + REST_MS;
    this.hosts.delete(name);
    // What has nothing to say need not be known; the others go to the end, as heard of last.
    if (host.places.size > 0 || host.silences > 0) this.hosts.set(name, host);
  }

  private add(name: string): Host {
    if (this.hosts.size >= HOSTS_MAX) this.forgetOne();
    const host: Host = { places: new Set(), silences: 0, restsUntil: 0, turns: 0, probedAt: -Infinity };
    this.hosts.set(name, host);
    return host;
  }

  private forgetOne(): void {
    for (const [name, { places }] of this.hosts) {
      if (places.size > 0) continue;
      this.hosts.delete(name);
      return;
    }
    const [oldest] = this.hosts.keys();
    if (oldest !== undefined) this.hosts.delete(oldest);
  }
}

function isToCome(at: number, now: EpochMs): boolean {
  return at > now && at <= now + HORIZON_MS;
}

/** Of this isolate. */
export const HOST_BREAKERS = new HostBreakers();
