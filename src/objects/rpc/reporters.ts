/**
 * The reporters of an isolate, one per project (ADR 19). Requests share plain data only, never promises: code that awaits the
 * promise of another request would continue in the context of that request.
 */
import type { ProjectId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import type { EpochMs } from "../../domain/time.ts";
import { setBounded } from "../../mechanisms/bounded-map.ts";
import { Pauses } from "../../mechanisms/pauses.ts";
import { withTimeout } from "../../mechanisms/timeout.ts";
import { FlushPlan, type Outcome, type Turn } from "./flush-plan.ts";
import type { Question } from "./known-places.ts";
import type { MeterRpc } from "./meter.ts";
import type { TakenFigures } from "./queue.ts";
import { Reporter } from "./reporter.ts";

/** A further project drops the one used least recently. The meter notices that as a loss. */
const PROJECTS_MAX = 1_000;
/** A report that takes longer has failed. */
const REPORT_MS_MAX = 2_000;

export interface ProjectReporter {
  readonly reporter: Reporter;
  readonly plan: FlushPlan;
}

/** The calls of a reporter. Made per request. */
export interface ReporterCalls {
  /** A fresh stub. */
  meter(): MeterRpc;
  /** Asks a queue or topic. */
  figures(place: Place): Promise<TakenFigures>;
  readonly clock: () => EpochMs;
}

export class Reporters {
  private readonly byProject = new Map<ProjectId, ProjectReporter>();
  private readonly pauses = new Pauses();

  of(project: ProjectId): ProjectReporter {
    const known = this.byProject.get(project) ?? { reporter: new Reporter(crypto.randomUUID()), plan: new FlushPlan() };
    setBounded(this.byProject, project, known, PROJECTS_MAX);
    return known;
  }

  /** Reports at once what is pending, and nothing more: the process ends. */
  close(): void {
    this.pauses.close();
  }

  /** Waits until the turn is due, and reports, until all is told or another request takes over. Never rejects. */
  async report(project: ProjectReporter, turn: Turn, calls: ReporterCalls): Promise<void> {
    do await this.pauses.pause(turn.dueAt - calls.clock());
    while ((await this.reportOnce(project, turn, calls)) && !this.pauses.areOver);
  }

  /** Whether the turn goes on, at its new `dueAt`. Never rejects. */
  async reportOnce({ reporter, plan }: ProjectReporter, turn: Turn, calls: ReporterCalls): Promise<boolean> {
    if (!plan.isStill(turn)) return false;
    const outcome = await tell(reporter, calls);
    return plan.goesOn(turn, outcome, reporter.flushMs, calls.clock());
  }

  /** Tells at once what this isolate knows of a project, for somebody who looks. Never rejects. */
  async tellNews(project: ProjectId, calls: ReporterCalls): Promise<void> {
    const reporter = this.byProject.get(project)?.reporter;
    if (reporter !== undefined) await askUntold(reporter, calls);
    const request = reporter?.extraReport(calls.clock()) ?? null;
    if (reporter === undefined || request === null) return;
    try {
      reporter.reported(request, await withTimeout(REPORT_MS_MAX, calls.meter().report(request)));
    } catch {
      // The report of the turn has the news, too.
    }
  }
}

async function tell(reporter: Reporter, calls: ReporterCalls): Promise<Outcome> {
  if (reporter.isIdle) return "over";
  await askUntold(reporter, calls);
  const request = reporter.report(calls.clock());
  try {
    const reply = await withTimeout(REPORT_MS_MAX, calls.meter().report(request));
    return reporter.reported(request, reply) ? "over" : "again";
  } catch {
    // It is repeated. If it never succeeds, the meter shows what may have been lost.
    return "failed";
  }
}

/** Asks for what the answers of busy queues have not told. Never rejects. */
async function askUntold(reporter: Reporter, calls: ReporterCalls): Promise<void> {
  const ask = async (question: Question): Promise<void> => {
    try {
      const answer = await withTimeout(REPORT_MS_MAX, calls.figures(question.known.place));
      reporter.hear(question, answer, calls.clock());
    } catch {
      reporter.giveUp(question, calls.clock());
    }
  };
  await Promise.all(reporter.questions().map(ask));
}
