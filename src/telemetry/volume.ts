/**
 * The limit of the log's volume. Under a fault every request may fail, and one line for each would fill a disk, or cost more than
 * the requests. So each event gets a number of lines per window, and a project gets half of them, so that the lines of others
 * remain. Windows end by the clock and need no timer, which would keep an object awake.
 */

/** Milliseconds. */
export const WINDOW_MS = 10_000;
/** Lines of one event in a window, of this isolate with all objects in it. */
export const LINES_MAX = 100;
/** Of these, lines of one project. */
export const PROJECT_LINES_MAX = 50;

interface Window {
  /** Milliseconds since the epoch. */
  readonly since: number;
  lines: number;
  suppressed: number;
  /** Lines by project. It grows only by lines that are written. */
  readonly projects: Map<string, number>;
}

/** The lines of an event that were left out. */
export interface Suppressed {
  readonly of: string;
  readonly since: number;
  readonly count: number;
}

export class LogVolume {
  private readonly windows = new Map<string, Window>();
  /** Of windows that were followed by another one. */
  private ended: Suppressed[] = [];
  private readonly stacks = new Set<string>();
  private stacksSince = 0;
  private hasLeftOut = false;

  /** Whether lines have been left out that `takeSuppressed` has not returned. */
  get hasSuppressed(): boolean {
    return this.hasLeftOut;
  }

  /** Counts a line of an event, and returns whether it may be written. null: it is of no project. */
  admits(event: string, project: string | null, now: number): boolean {
    const window = this.windowOf(event, now);
    const ofProject = project === null ? 0 : (window.projects.get(project) ?? 0);
    if (window.lines >= LINES_MAX || ofProject >= PROJECT_LINES_MAX) {
      window.suppressed++;
      this.hasLeftOut = true;
      return false;
    }
    window.lines++;
    if (project !== null) window.projects.set(project, ofProject + 1);
    return true;
  }

  /** Whether a stack is not one of those in the present window. */
  isNewStack(stack: string, now: number): boolean {
    if (isOver(this.stacksSince, now)) {
      this.stacks.clear();
      this.stacksSince = now;
    }
    if (this.stacks.has(stack)) return false;
    this.stacks.add(stack);
    return true;
  }

  /** Returns, once, what was left out in the windows that have ended. */
  takeSuppressed(now: number): readonly Suppressed[] {
    const { ended } = this;
    this.ended = [];
    this.hasLeftOut = false;
    for (const [of, { since, suppressed: count }] of this.windows) {
      if (count === 0) continue;
      if (isOver(since, now)) {
        ended.push({ of, since, count });
        this.windows.delete(of);
      } else this.hasLeftOut = true;
    }
    return ended;
  }

  private windowOf(event: string, now: number): Window {
    const present = this.windows.get(event);
    if (present !== undefined && !isOver(present.since, now)) return present;
    if (present !== undefined && present.suppressed > 0) {
      this.ended.push({ of: event, since: present.since, count: present.suppressed });
    }
    const window: Window = { since: now, lines: 0, suppressed: 0, projects: new Map() };
    this.windows.set(event, window);
    return window;
  }
}

/** A window ends too when the clock is set back, or it would last until the clock has caught up. */
function isOver(since: number, now: number): boolean {
  return now >= since + WINDOW_MS || now < since;
}
