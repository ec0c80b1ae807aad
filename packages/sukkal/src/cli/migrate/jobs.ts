/** The queues of a migration, one after the other or some at a time. The failure of one does not end the others. */
import { identifier, positive, text, valueFlag } from "../arguments.ts";
import type { Session } from "../command.ts";
import { concurrently } from "../concurrently.ts";
import { proposalsOf } from "../proposals.ts";
import { EXIT, exitCodeOf, Failure, type ExitCode } from "../exit-code.ts";
import { counted, named, number } from "../terminal/units.ts";
import { Journal } from "./journal.ts";
import { Reader } from "./reader.ts";
import { queuesOf } from "./queues.ts";
import { endsAll, explainedBySide, kindOfForbidden, sidesOf, type SideFlags, type Sides } from "./sides.ts";

export interface MigrationFlags extends SideFlags {
  readonly queue?: readonly string[];
  readonly concurrency?: number;
}

const CONCURRENCY = 4;

export const MIGRATION_FLAGS = {
  from: {
    kind: "parsed",
    parse: identifier,
    proposeCompletions: proposalsOf("contexts"),
    placeholder: "zaqar",
    brief: "context of the source, or its address if it needs no credential",
  },
  to: {
    ...valueFlag(identifier, "sukkal", "the same of the target; the service of other commands by default"),
    proposeCompletions: proposalsOf("contexts"),
  },
  queue: {
    kind: "parsed",
    parse: identifier,
    variadic: true,
    optional: true,
    placeholder: "pattern",
    brief: "only queues of this name, with * and ? for any text and any character; several times",
  },
  projects: {
    kind: "parsed",
    parse: text,
    variadic: ",",
    optional: true,
    placeholder: "ids",
    brief: "projects to move, separated by commas; that of the credentials by default",
  },
  concurrency: valueFlag(positive, "n", `queues at a time; ${CONCURRENCY} by default`),
} as const;

/** Both services for a project. */
export interface Project {
  /** null: only one is moved. */
  readonly project: string | null;
  readonly sides: Sides;
  readonly source: Reader;
  readonly target: Reader;
  /** It is read when it is asked for first. */
  readonly journal: () => Promise<Journal>;
}

/** A queue of a project. */
export interface Job extends Project {
  readonly queue: string;
}

export async function projectsOf(session: Session, flags: SideFlags): Promise<readonly Project[]> {
  const { signal } = session;
  return explaining(async () =>
    (await sidesOf(session, flags)).map((sides) => {
      const target = new Reader(sides.target, false);
      let journal: Promise<Journal> | null = null;
      return {
        project: sides.project,
        sides,
        source: new Reader(sides.source, sides.isZaqar),
        target,
        journal: () => (journal ??= Journal.open(target, sides.service.limits, signal)),
      };
    }),
  );
}

/** Names both services with their projects, and warns if queues go into another one. */
export function nameServices({ output }: Pick<Session, "output">, projects: readonly Project[]): void {
  const [first] = projects;
  if (first === undefined) return;
  const { project, sides } = first;
  const { source, target } = sides.projectOf;
  const shown = (own: string | null): string =>
    project === null
      ? own === null
        ? "the project of its credential"
        : `project ${own}`
      : counted(projects.length, "project");
  output.hint(`From ${sides.source.connection.url}, ${shown(source)}`);
  output.hint(`To ${sides.target.connection.url}, ${shown(target)}`);
  if (project === null && source !== null && target !== null && source !== target)
    output.warn(`the projects differ: ${source} at the source, ${target} at the target`);
}

/** The queues that the source has now. */
export async function jobsOf(
  projects: readonly Project[],
  { queue: patterns }: Pick<MigrationFlags, "queue">,
  signal: AbortSignal,
): Promise<readonly Job[]> {
  return explaining(async () => {
    const all: Job[] = [];
    for (const project of projects)
      for (const queue of await queuesOf(project.source, patterns, signal)) all.push({ ...project, queue });
    return all;
  });
}

async function explaining<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await explainedBySide(error);
  }
}

/** How a queue is called in texts: with its project if there are several. */
export function labelOf({ project, queue }: Pick<Job, "project" | "queue">): string {
  return project === null ? queue : `${project}/${queue}`;
}

/** What a run has done itself, for the last line of its progress. */
export function movedOf(tallies: readonly { readonly moved: number; readonly known: number }[]): {
  readonly done: number;
  readonly more: string;
} {
  const sum = (of: "moved" | "known"): number => tallies.reduce((total, tally) => total + tally[of], 0);
  const known = sum("known");
  return {
    done: sum("moved"),
    more: known === 0 ? "" : `, ${number(known)} ${known === 1 ? "was" : "were"} there before`,
  };
}

/**
 * Does the work for each, and returns how many have failed. Ends with the first failure that concerns all. What a credential
 * may not do is said once for all queues, at the end.
 */
export async function runJobs<J extends Pick<Job, "project" | "queue">>(
  { output, signal }: Pick<Session, "output" | "signal">,
  jobs: readonly J[],
  { concurrency = CONCURRENCY }: Pick<MigrationFlags, "concurrency">,
  work: (job: J) => Promise<void>,
): Promise<Failures> {
  const failures: Failures = { count: 0, exitCode: EXIT.refused };
  const forbidden = new Map<string, { readonly explained: unknown; readonly labels: string[] }>();
  const report = (explained: unknown, labels: readonly string[]): void => {
    output.failed(`${named(labels.toSorted())}: ${explained instanceof Error ? explained.message : String(explained)}`);
    if (explained instanceof Failure && explained.hint !== null) output.hint(explained.hint);
  };
  await concurrently(jobs, concurrency, async (job) => {
    signal.throwIfAborted();
    try {
      await work(job);
    } catch (error) {
      signal.throwIfAborted();
      const explained = await explainedBySide(error);
      if (endsAll(error)) throw explained;
      failures.count++;
      failures.exitCode = exitCodeOf(explained);
      const kind = kindOfForbidden(error);
      if (kind === null) return report(explained, [labelOf(job)]);
      const same = forbidden.get(kind);
      if (same === undefined) forbidden.set(kind, { explained, labels: [labelOf(job)] });
      else same.labels.push(labelOf(job));
    }
  });
  for (const { explained, labels } of forbidden.values()) report(explained, labels);
  return failures;
}

export interface Failures {
  count: number;
  /** That of the last one. */
  exitCode: ExitCode;
}
