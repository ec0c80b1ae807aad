/**
 * Readiness: whether the service can serve requests. Monitors ask without a credential and in any number. So the check uses one
 * object, of a project that no client can name, and its result is cached.
 */
import type { Config } from "../config/config.ts";
import { toProjectId } from "../domain/id.ts";
import { SingleFlightCache, type CachedAnswer } from "../mechanisms/single-flight-cache.ts";
import { after, toSeconds, type EpochMs } from "../domain/time.ts";
import { toObjects, type ObjectBindings, type WakeGate } from "../objects/rpc/stubs.ts";
import { logFault, type RequestEvent } from "../telemetry/event.ts";

/** The result of each check: a sentence about a defect; null: no defect. */
export type Report = ReadonlyMap<string, string | null>;

/** The dependencies that come with a request. */
export interface ReadinessDeps {
  readonly bindings: ObjectBindings;
  readonly event: RequestEvent;
  readonly now: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

interface Check {
  readonly name: string;
  /** Returns a sentence about a defect; null: no defect. An error is logged and reported as `whatFailed`. */
  readonly run: (watcher: ReadinessDeps) => Promise<string | null>;
  readonly whatFailed: string;
}

/** How long a report is cached: the storage check writes a row each time. */
const READY_TTL = toSeconds(5);
const UNREADY_TTL = toSeconds(1);
/** The time limit of all checks, in milliseconds. */
const CHECKS_MS_MAX = 3000;

/** No header can contain a line break, so no client can have this project. */
const PROJECT = toProjectId("\nreadiness");

export class Readiness {
  private readonly reports = new SingleFlightCache<Report>(1);
  private readonly checks: readonly Check[];

  constructor(gate: WakeGate) {
    this.checks = [
      {
        name: "storage",
        run: (deps) => writeAndRead(deps, gate.config),
        whatFailed: "A row cannot be written and read: the disk may be full, or hold the data of a newer version.",
      },
      {
        name: "descriptors",
        run: async () =>
          gate.isFull
            ? "All file descriptors for queues are taken: requests to further queues are answered 503."
            : null,
        whatFailed: "It cannot be told how many file descriptors are left.",
      },
    ];
  }

  report(watcher: ReadinessDeps): Promise<Report> {
    const ask = async (): Promise<CachedAnswer<Report>> => {
      const entries = this.checks.map(async (check) => [check.name, await runCheck(check, watcher)] as const);
      const report = new Map(await Promise.all(entries));
      return { value: report, until: after(watcher.now(), isReady(report) ? READY_TTL : UNREADY_TTL) };
    };
    return this.reports.get("", ask, watcher);
  }
}

export function isReady(report: Report): boolean {
  return [...report.values()].every((defect) => defect === null);
}

/** Runs a check. Never rejects, and ends within the time limit. */
async function runCheck(
  { name, run: find, whatFailed: failed }: Check,
  watcher: ReadinessDeps,
): Promise<string | null> {
  const found = find(watcher).catch((fault: unknown) => {
    logFault({ ...watcher.event, operation: `readiness ${name}` }, fault);
    return failed;
  });
  const late = scheduler.wait(CHECKS_MS_MAX).then(() => `No answer within ${CHECKS_MS_MAX / 1000} seconds.`);
  return Promise.race([found, late]);
}

/** Writes a different value each time, so that a row is really written. The value read may be one that another Worker wrote. */
async function writeAndRead({ bindings, now }: ReadinessDeps, config: Config): Promise<string | null> {
  const object = toObjects(bindings, { config }).project(PROJECT);
  await object.setQuotas({ overrides: { queues: now() } });
  const { queues } = await object.quotas();
  return queues === undefined ? "A row that was written is not there." : null;
}
