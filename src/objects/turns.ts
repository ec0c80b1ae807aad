/**
 * Turns: a rate limit for background work. Work falls due for many objects of a project in the same millisecond (attempts that
 * end together, alarms). Each piece of it waits for its turn, so that pieces run one after the other with time for requests
 * between them. A piece is a commit, which takes a millisecond or more of the one thread, and the runtime reads requests only
 * when nothing else is left to do. Measured without turns: 500 subscriptions whose receivers fell silent together delayed all
 * requests by seconds. Each project has turns of its own, so that no project waits for the work of another.
 *
 * Objects share only instants, never a promise: code that awaits a promise of another object continues as part of that object.
 */
import type { ProjectId } from "../domain/id.ts";

/** The least number of milliseconds from one turn to the next. */
const TURN_INTERVAL = 20;
/**
 * The interval to the next turn is SHARE times as long as the last turn kept the thread, at most TURN_INTERVAL_MAX, so that
 * requests get the rest of the time. The first commit of an object is eight flushes: 20 ms, and hundreds on a busy disk.
 */
const SHARE = 5;
const TURN_INTERVAL_MAX = 1000;
/** No turn is further ahead than so many milliseconds: beyond that, all share the last one. */
const AHEAD_MAX = 30_000;
/** With more projects than this in memory, those without a coming turn are forgotten. */
const PROJECTS_KEPT = 1000;

interface Line {
  /** When the next turn is free. */
  freeAt: number;
  /** When the last turn began. */
  takenAt: number;
  /** Milliseconds from that turn to the next. */
  interval: number;
}

export class Spread {
  private readonly lines = new Map<ProjectId, Line>();

  get size(): number {
    return this.lines.size;
  }

  /**
   * Returns 0 when the caller may run now, else the milliseconds after which it should ask again. It has to ask again, because
   * timers are late on a busy thread, and turns planned one after the other would then all run at once.
   */
  take(project: ProjectId, now: number): number {
    const line = this.lines.get(project) ?? this.add(project, now);
    if (line.takenAt + line.interval <= now) {
      line.takenAt = now;
      line.freeAt = Math.max(line.freeAt, now + line.interval);
      return 0;
    }
    const at = Math.min(Math.max(line.freeAt, now + 1), now + AHEAD_MAX);
    line.freeAt = at + line.interval;
    return at - now;
  }

  /** Notes for how many milliseconds the project's last turn kept the thread. */
  spent(project: ProjectId, milliseconds: number): void {
    const line = this.lines.get(project);
    if (line !== undefined) line.interval = Math.min(Math.max(TURN_INTERVAL, SHARE * milliseconds), TURN_INTERVAL_MAX);
  }

  private add(project: ProjectId, now: number): Line {
    if (this.lines.size >= PROJECTS_KEPT) {
      for (const [each, { freeAt }] of this.lines) if (freeAt <= now) this.lines.delete(each);
    }
    const line = { freeAt: 0, takenAt: -Infinity, interval: TURN_INTERVAL };
    this.lines.set(project, line);
    return line;
  }
}

/** The turns of this isolate. They go by a monotonic clock, which no step of the wall clock moves. */
const BACKGROUND = new Spread();

/** 0 when the project may do background work now, else the milliseconds after which to ask again. */
export function untilTurn(project: ProjectId): number {
  const now = performance.now();
  const wait = BACKGROUND.take(project, now);
  // The timer fires once the turn's work is done. In the cloud it measures nothing, and commits do not keep the thread there.
  if (wait === 0) setTimeout(() => BACKGROUND.spent(project, performance.now() - now), 0);
  return wait;
}

/** Waits until the project may do background work. */
export async function takeTurn(project: ProjectId): Promise<void> {
  for (let wait = untilTurn(project); wait > 0; wait = untilTurn(project)) await scheduler.wait(wait);
}
