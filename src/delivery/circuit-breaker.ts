/**
 * A circuit breaker and a bulkhead for each host that webhooks call: whether the host answers, and how many attempts are under
 * way at it. All subscriptions of a project in an isolate share the state of a host. So the number of attempts is bounded over
 * all of them, and a dead host costs no sockets. Projects share nothing: the name of a host contains the project.
 *
 *   alive (closed) ── 5 attempts in a row without an answer ──► dead for 5 s (open) ── one probe (half open) ──► alive, or dead
 *
 * A caller that finds a host dead gets the time of its next try, and each caller gets another time. Otherwise hundreds of
 * objects would wake in the same millisecond, each with a row to write, and would keep the thread for seconds.
 *
 * An attempt whose object is evicted never reports its end. So a slot is held for at most as long as an attempt can last.
 */
import { toEpochMs, type EpochMs } from "../domain/time.ts";

/** Attempts that one host may have to answer at a time. */
export const HOST_ATTEMPTS_MAX = 64;
/** Attempts in a row without an answer, after which a host is dead. */
export const SILENCES_MAX = 5;
/** Milliseconds that a dead host is left alone. */
export const REST_MS = 5000;
/** Milliseconds for which other attempts wait for the probe's answer: a host that is back answers soon. */
const PROBE_MS = 1000;
/** Milliseconds that no rest and no attempt lasts. A time further ahead comes from a clock that was ahead, and is ignored. */
const HORIZON_MS = 60_000;
/** Hosts to keep in memory. Beyond that, the host without attempts that was used longest ago is forgotten. */
export const HOSTS_MAX = 10_000;

/** Milliseconds between the retry times given to successive callers after a rest; after TURNS callers the times repeat. */
export const TURN_INTERVAL = 40;
const TURNS = 1000;

/**
 * Polling of a busy host, in milliseconds. The interval grows with the time already waited, from the least to the most, because
 * hundreds of attempts that wait for a silent host must not poll thousands of times. LOOKS_MS_MAX bounds the whole wait.
 */
const LOOK_INTERVAL_MIN = 50;
const LOOK_INTERVAL_MAX = 1000;
export const LOOKS_MS_MAX = 10_000;

/** One of the attempts that may be under way at a host. */
export interface HostSlot {
  /** When the slot is free at the latest, even if no end is reported. */
  readonly until: number;
}

interface Host {
  readonly places: Set<HostSlot>;
  /** Attempts in a row without an answer. */
  silences: number;
  /** The end of the rest; it matters only while the host is dead. */
  restsUntil: number;
  /** Callers that were given a retry time. */
  turns: number;
  /** When the latest probe began. */
  probedAt: number;
}

export class HostBreakers {
  private readonly hosts = new Map<string, Host>();

  get size(): number {
    return this.hosts.size;
  }

  /** Whether the host is dead now, so that no attempt is made. */
  isDead(name: string, now: EpochMs): boolean {
    const host = this.hosts.get(name);
    return host !== undefined && host.silences >= SILENCES_MAX && isToCome(host.restsUntil, now);
  }

  /** Whether the host is dead and no probe that began within the last PROBE_MS may still revive it. */
  isResting(name: string, now: EpochMs): boolean {
    return this.isDead(name, now) && now >= (this.hosts.get(name)?.probedAt ?? 0) + PROBE_MS;
  }

  /** When a caller that found the host dead should try again; null: the host is not dead now. */
  turnAfterRest(name: string, now: EpochMs): EpochMs | null {
    const host = this.hosts.get(name);
    if (host === undefined || !this.isDead(name, now)) return null;
    return toEpochMs(host.restsUntil + (host.turns++ % TURNS) * TURN_INTERVAL);
  }

  /** Takes a slot for an attempt that lasts at most `msMax`. `full`: no slot is free; `dead`: the host is not to be called. */
  enter(name: string, msMax: number, now: EpochMs): HostSlot | "full" | "dead" {
    const host = this.hosts.get(name) ?? this.add(name);
    for (const place of host.places) if (!isToCome(place.until, now)) host.places.delete(place);
    if (this.isDead(name, now)) return "dead";
    if (host.places.size >= HOST_ATTEMPTS_MAX) return "full";
    // This attempt is the probe. The host stays dead for the others while it runs, and for a rest after it.
    if (host.silences >= SILENCES_MAX) {
      host.restsUntil = now + msMax + REST_MS;
      host.probedAt = now;
    }
    const place = { until: now + msMax };
    host.places.add(place);
    return place;
  }

  /** As `enter`, but polls while the host is full or a probe is under way; `full`: no slot became free in time. */
  async enterSoon(name: string, msMax: number, clock: () => EpochMs): Promise<HostSlot | "full" | "dead"> {
    let interval = LOOK_INTERVAL_MIN;
    for (let waited = 0; waited <= LOOKS_MS_MAX; waited += interval) {
      const place = this.enter(name, msMax, clock());
      if (typeof place !== "string" || (place === "dead" && this.isResting(name, clock()))) return place;
      // Polls, because another object may hold the slots, and one object must not await a promise of another.
      interval = Math.min(Math.max(LOOK_INTERVAL_MIN, waited), LOOK_INTERVAL_MAX);
      await scheduler.wait(interval);
    }
    return "full";
  }

  /** Frees a slot and records whether the host has answered. */
  leave(name: string, place: HostSlot, isAnswered: boolean, now: EpochMs): void {
    const host = this.hosts.get(name);
    if (host === undefined) return;
    host.places.delete(place);
    if (isAnswered) host.silences = 0;
    else if (++host.silences >= SILENCES_MAX) host.restsUntil = now + REST_MS;
    this.hosts.delete(name);
    // A host without attempts and without silences needs no entry. The others move to the end, as the most recently used.
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

/** The hosts known in this isolate. */
export const HOST_BREAKERS = new HostBreakers();
