/**
 * The reports of the figures that a hub has learned from its calls (ADR 19). Its alarm sends them, because a pending timer would
 * keep the hub from sleeping. A hub that is lost before loses them, which the meter of the project notices.
 */
import type { ProjectId } from "../domain/id.ts";
import { toEpochMs, type EpochMs } from "../domain/time.ts";
import type { FigureTurn } from "../operations/connections.ts";

export interface OwnReportsDeps {
  readonly armAt: (at: EpochMs) => void;
  /** Whether the turn goes on, at its new `dueAt`. */
  readonly report: (project: ProjectId, turn: FigureTurn) => Promise<boolean>;
}

export class OwnReports {
  private readonly turns = new Map<ProjectId, FigureTurn>();
  private readonly deps: OwnReportsDeps;

  constructor(deps: OwnReportsDeps) {
    this.deps = deps;
  }

  add(project: ProjectId, turn: FigureTurn): void {
    this.turns.set(project, turn);
    this.deps.armAt(toEpochMs(turn.dueAt));
  }

  /** Sends what is due, and arms the alarm for the rest. */
  async send(now: EpochMs): Promise<void> {
    const sent = [...this.turns].map(async ([project, turn]) => {
      const goesOn = turn.dueAt > now || (await this.deps.report(project, turn));
      if (goesOn) this.deps.armAt(toEpochMs(turn.dueAt));
      else if (this.turns.get(project) === turn) this.turns.delete(project);
    });
    await Promise.all(sent);
  }
}
