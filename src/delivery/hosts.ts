/**
 * What is known of the hosts that are called: how many attempts each has to answer, and whether it answers at all. Shared by
 * all subscriptions of a project in an isolate, so that a host is spared by their number too, and one that is dead costs no
 * sockets. What one project finds out about a host, by whatever URL, says nothing to another.
 *
 *   alive ── 5 attempts in a row without an answer ──► dead for 5 s ── one attempt is let through ──► alive, or dead again
 *
 * An attempt whose object has gone never says that it is over: a place is held for as long as an attempt can last.
 */
import type { EpochMs } from "../domain/time.ts";

/** Attempts that one host may have to answer at a time. */
export const HOST_ATTEMPTS_MAX = 64;
/** Attempts in a row without an answer, after which a host is dead. */
export const SILENCES_MAX = 5;
/** Milliseconds that a dead host is left alone. */
export const REST_MS = 5000;
/** Hosts to know of at a time; of those without an attempt under way the longest unheard of is forgotten. */
export const HOSTS_MAX = 10_000;

/** Milliseconds between two looks at a host that is busy, and how long it is looked at. */
const LOOK_INTERVAL = 50;
const LOOKS_MS_MAX = 10_000;

/** A place among the attempts that a host has to answer. */
export interface Place {
  /** It is lost by then. */
  readonly until: number;
}

interface Host {
  readonly places: Set<Place>;
  /** Attempts in a row without an answer. */
  silences: number;
  /** No attempt before, unless the host has answered. */
  restsUntil: number;
}

export class Hosts {
  private readonly hosts = new Map<string, Host>();

  get size(): number {
    return this.hosts.size;
  }

  /** Whether an attempt would be in vain. */
  isDead(name: string, now: EpochMs): boolean {
    const host = this.hosts.get(name);
    return host !== undefined && host.silences >= SILENCES_MAX && now < host.restsUntil;
  }

  /** A place for an attempt that lasts no longer than `msMax`; `full`: later; `dead`: it would be in vain. */
  enter(name: string, msMax: number, now: EpochMs): Place | "full" | "dead" {
    const host = this.hosts.get(name) ?? this.add(name);
    for (const place of host.places) if (place.until <= now) host.places.delete(place);
    if (this.isDead(name, now)) return "dead";
    if (host.places.size >= HOST_ATTEMPTS_MAX) return "full";
    // The one attempt that finds out: until it ends, the host rests on.
    if (host.silences >= SILENCES_MAX) host.restsUntil = now + msMax;
    const place = { until: now + msMax };
    host.places.add(place);
    return place;
  }

  /** As `enter`, but looks again while the host is busy; `full`: it stays so. */
  async enterSoon(name: string, msMax: number, clock: () => EpochMs): Promise<Place | "full" | "dead"> {
    for (let waited = 0; waited <= LOOKS_MS_MAX; waited += LOOK_INTERVAL) {
      const place = this.enter(name, msMax, clock());
      if (place !== "full") return place;
      // By looking again: whoever has the places may be another object, whose promises are not ours to wait for.
      await scheduler.wait(LOOK_INTERVAL);
    }
    return "full";
  }

  /** Gives a place back, and says whether the host has answered. */
  leave(name: string, place: Place, isAnswered: boolean, now: EpochMs): void {
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
    const host: Host = { places: new Set(), silences: 0, restsUntil: 0 };
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

/** Of this isolate. */
export const HOSTS = new Hosts();
