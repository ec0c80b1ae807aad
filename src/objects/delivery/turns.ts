/**
 * Turns: a rate limit for background work. Work falls due for many objects of a project in the same millisecond (attempts that
 * end together, alarms). Each piece of it waits for its turn, so that pieces run one after the other with time for requests
 * between them. A piece is a commit, which takes a millisecond or more of the one thread, and the runtime reads requests only
 * when nothing else is left to do. Measured without turns: 500 subscriptions whose receivers fell silent together delayed all
 * requests by seconds. Each project has turns of its own, so that no project waits for the work of another.
 *
 * Objects share only instants, never a promise: code that awaits a promise of another object continues as part of that object.
 */
import type { ProjectId } from "../../domain/id.ts";
import { settlesWithin } from "../../mechanisms/timeout.ts";

/** The least number of milliseconds from one turn to the next. */
const TURN_INTERVAL_MS = 20;
/**
 * The interval to the next turn is SHARE times as long as the last turn kept the thread, at most TURN_INTERVAL_MS_MAX, so that
 * requests get the rest of the time. The first commit of an object is eight flushes: 20 ms, and hundreds on a busy disk.
 */
const SHARE = 5;
const TURN_INTERVAL_MS_MAX = 1000;
/** Milliseconds by which a turn may be ahead: all callers beyond that get the last turn. */
const AHEAD_MS_MAX = 30_000;
/** With more projects than this in memory, those without a turn in the future are forgotten. */
const PROJECTS_KEPT = 1000;

interface ProjectTurns {
  /** When the next turn is free. */
  freeAt: number;
  /** When the last turn began. */
  takenAt: number;
  /** Milliseconds from that turn to the next. */
  interval: number;
}

export class Turns {
  private readonly projects = new Map<ProjectId, ProjectTurns>();

  get size(): number {
    return this.projects.size;
  }

  /**
   * Takes the present turn and returns 0, or returns the milliseconds after which the caller should ask again. It has to ask
   * again, because timers are late on a busy thread, and turns planned one after the other would then all run at once.
   */
  tryTake(project: ProjectId, now: number): number {
    const turns = this.projects.get(project) ?? this.add(project, now);
    if (turns.takenAt + turns.interval <= now) {
      turns.takenAt = now;
      turns.freeAt = Math.max(turns.freeAt, now + turns.interval);
      return 0;
    }
    const at = Math.min(Math.max(turns.freeAt, now + 1), now + AHEAD_MS_MAX);
    turns.freeAt = at + turns.interval;
    return at - now;
  }

  /** Milliseconds that a turn takes which is taken now. */
  intervalOf(project: ProjectId): number {
    return this.projects.get(project)?.interval ?? TURN_INTERVAL_MS;
  }

  /** Gives a turn in the future back, which its caller does not need any more. `interval`: that when it was taken. */
  giveBack(project: ProjectId, interval: number): void {
    const turns = this.projects.get(project);
    if (turns !== undefined) turns.freeAt -= interval;
  }

  /** Records for how many milliseconds the project's last turn kept the thread. */
  recordDuration(project: ProjectId, milliseconds: number): void {
    const turns = this.projects.get(project);
    if (turns !== undefined)
      turns.interval = Math.min(Math.max(TURN_INTERVAL_MS, SHARE * milliseconds), TURN_INTERVAL_MS_MAX);
  }

  private add(project: ProjectId, now: number): ProjectTurns {
    if (this.projects.size >= PROJECTS_KEPT) {
      for (const [each, { freeAt }] of this.projects) if (freeAt <= now) this.projects.delete(each);
    }
    const turns = { freeAt: 0, takenAt: -Infinity, interval: TURN_INTERVAL_MS };
    this.projects.set(project, turns);
    return turns;
  }
}

/** The turns of this isolate. They use a monotonic clock, because the wall clock may be set. */
const BACKGROUND = new Turns();

/** Takes a turn of the project and returns 0, or returns the milliseconds after which to ask again. */
export function tryTurn(project: ProjectId): number {
  const now = performance.now();
  const wait = BACKGROUND.tryTake(project, now);
  // The timer fires after the work of the turn. In the cloud it measures 0, where commits do not keep the thread.
  if (wait === 0) setTimeout(() => BACKGROUND.recordDuration(project, performance.now() - now), 0);
  return wait;
}

/** Waits until the project may do background work, and takes the turn, or until `needless` settles, which must not reject. */
export async function waitForTurn(
  project: ProjectId,
  needless: Promise<unknown> = new Promise(() => undefined),
): Promise<void> {
  for (let wait = tryTurn(project); wait > 0; wait = tryTurn(project)) {
    const interval = BACKGROUND.intervalOf(project);
    if (await settlesWithin(needless, wait)) return BACKGROUND.giveBack(project, interval);
  }
}
