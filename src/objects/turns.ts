/**
 * Turns for work that nobody waits for: what falls due for many objects of a project in the same millisecond (attempts that
 * end together, alarms) is done one after the other, with room for requests in between. Each piece is a commit, so a
 * millisecond or more of the one thread, and the runtime looks for requests only when nothing else is left to do: without
 * turns 500 subscriptions whose receivers fell silent together kept everybody waiting for seconds. Each project has turns of
 * its own, so that nobody waits for the crowd of another.
 *
 * Only instants are shared, never a promise: code that awaits a promise of another object goes on as a part of that one.
 */
import type { ProjectId } from "../domain/id.ts";

/** Milliseconds from one turn to the next, at least. */
const TURN_INTERVAL = 20;
/**
 * How many times as long as a turn has kept the thread it is to the next turn, for requests to have the rest: the first commit
 * of an object is eight flushes, which take 20 ms, and hundreds where others are busy with the disk. And the most it is.
 */
const SHARE = 5;
const TURN_INTERVAL_MAX = 1000;
/** Milliseconds ahead of which no turn lies: when more come, the rest of them share the last. */
const AHEAD_MAX = 30_000;
/** Projects with turns to come, beyond which those whose turns are over are forgotten. */
const PROJECTS_KEPT = 1000;

interface Line {
  /** When the next turn is free, and when the last one was taken in fact. */
  freeAt: number;
  takenAt: number;
  /** From that one to the next. */
  interval: number;
}

export class Spread {
  private readonly lines = new Map<ProjectId, Line>();

  get size(): number {
    return this.lines.size;
  }

  /**
   * 0: it is the turn of whoever asks. Else the milliseconds until he should ask again: on a busy thread timers are late, and
   * turns that were to come one after the other would all come at once.
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

  /** Learns for how many milliseconds the project's last turn has kept the thread. */
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

/** Of this isolate. By a clock that no step of the wall clock moves. */
const BACKGROUND = new Spread();

/** 0 at the project's turn for work in the background, or the milliseconds after which to ask again. */
export function untilTurn(project: ProjectId): number {
  const now = performance.now();
  const wait = BACKGROUND.take(project, now);
  // Timers come when nothing else is left to do. In the cloud they show no time but their own, and commits keep no thread there.
  if (wait === 0) setTimeout(() => BACKGROUND.spent(project, performance.now() - now), 0);
  return wait;
}

/** Waits for that turn. */
export async function takeTurn(project: ProjectId): Promise<void> {
  for (let wait = untilTurn(project); wait > 0; wait = untilTurn(project)) await scheduler.wait(wait);
}
