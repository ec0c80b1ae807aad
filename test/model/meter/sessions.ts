/** The isolates that may hold news, by their sessions. In memory only: an unclean start treats all as lost. */
import { LEASE_MS, SKEW_MS } from "./rules.ts";
import type { Machine, World } from "./world.ts";

interface Session {
  readonly reporter: string;
  /** When it last showed that it lives. */
  heard: number;
  /** The names of its begins. */
  readonly begun: Set<string>;
}

interface Sign {
  readonly id: string;
  readonly reporter: string;
  /** By the reporter's clock. */
  readonly sentAt: number;
}

export class Sessions {
  private readonly byId = new Map<string, Session>();
  private readonly world: World;
  private readonly meter: Machine;

  constructor(world: World, meter: Machine) {
    this.world = world;
    this.meter = meter;
  }

  begin({ name, ...sign }: Sign & { readonly name: string }): void {
    const known = this.byId.get(sign.id);
    const session = known ?? this.open(sign);
    if (known !== undefined && !this.world.keeps("a repeated begin renews nothing")) {
      known.heard = this.heardAt(sign.sentAt);
    }
    session.begun.add(name);
  }

  /** A session that is lost or forgotten goes on with its next report, so isolates need not know of that. */
  report({ final, ...sign }: Sign & { readonly final: boolean }): void {
    const opens = !final && this.world.keeps("a report opens its session");
    const session = this.byId.get(sign.id) ?? (opens ? this.open(sign) : undefined);
    if (session !== undefined) session.heard = Math.max(session.heard, this.heardAt(sign.sentAt));
    if (final) this.end(sign);
  }

  /** Ends those that have been silent for too long. */
  takeLost(): readonly Session[] {
    const now = this.world.clock(this.meter);
    const lost = [...this.byId].filter(([, { heard }]) => now - heard > LEASE_MS);
    for (const [id] of lost) this.byId.delete(id);
    return lost.map(([, session]) => session);
  }

  clear(): void {
    this.byId.clear();
  }

  get size(): number {
    return this.byId.size;
  }

  private open({ id, reporter, sentAt }: Sign): Session {
    const session = { reporter, heard: this.heardAt(sentAt), begun: new Set<string>() };
    this.byId.set(id, session);
    return session;
  }

  private end({ id, reporter }: Sign): void {
    this.byId.delete(id);
    if (this.world.keeps("a final report ends its own session only")) return;
    for (const [other, session] of this.byId) if (session.reporter === reporter) this.byId.delete(other);
  }

  /** A call that was under way for long is no sign of life. */
  private heardAt(sentAt: number): number {
    const now = this.world.clock(this.meter);
    return this.world.keeps("a session is as old as the sending of its report") ? Math.min(now, sentAt + SKEW_MS) : now;
  }
}
