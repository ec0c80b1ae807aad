/**
 * Readiness: whether requests would be served. Monitors ask without a credential and in any number. So one object, of a project
 * that no client can name, stands for the storage, and the answer is remembered.
 */
import { toProjectId } from "../domain/id.ts";
import { SingleFlightCache, type CachedAnswer } from "../mechanisms/single-flight-cache.ts";
import { after, toSeconds, type EpochMs } from "../domain/time.ts";
import { toObjects, type ObjectBindings, type WakeGate } from "../objects/rpc/stubs.ts";
import { logFault, type RequestEvent } from "../telemetry/event.ts";

/** The result of each check: a sentence that says what is wrong; null: nothing. */
export type Report = ReadonlyMap<string, string | null>;

/** The dependencies from the request. */
export interface Watcher {
  readonly bindings: ObjectBindings;
  readonly event: RequestEvent;
  readonly now: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

interface Check {
  readonly name: string;
  /** Returns what is wrong; null: nothing. A throw is logged and reported as `failed`. */
  readonly find: (watcher: Watcher) => Promise<string | null>;
  readonly failed: string;
}

/** For how long an answer is remembered: the storage check writes one row per interval. */
const GOOD_TTL = toSeconds(5);
const BAD_TTL = toSeconds(1);
/** Milliseconds that all checks may take. */
const CHECKS_MS_MAX = 3000;

/** No header can carry a line break, so no client's project is ever this one. */
const PROJECT = toProjectId("\nreadiness");

export class Readiness {
  private readonly reports = new SingleFlightCache<Report>(1);
  private readonly checks: readonly Check[];

  constructor(gate: WakeGate) {
    this.checks = [
      {
        name: "storage",
        find: writeAndRead,
        failed: "A row cannot be written and read: the disk may be full, or hold the data of a newer version.",
      },
      {
        name: "descriptors",
        find: async () =>
          gate.isFull
            ? "All file descriptors for queues are taken: requests to further queues are answered 503."
            : null,
        failed: "It cannot be told how many file descriptors are left.",
      },
    ];
  }

  report(watcher: Watcher): Promise<Report> {
    const ask = async (): Promise<CachedAnswer<Report>> => {
      const entries = this.checks.map(async (check) => [check.name, await run(check, watcher)] as const);
      const report = new Map(await Promise.all(entries));
      return { value: report, until: after(watcher.now(), isReady(report) ? GOOD_TTL : BAD_TTL) };
    };
    return this.reports.get("", ask, watcher);
  }
}

export function isReady(report: Report): boolean {
  return [...report.values()].every((defect) => defect === null);
}

/** Runs a check. Never rejects, and ends in time: a check without an answer counts as failed. */
async function run({ name, find, failed }: Check, watcher: Watcher): Promise<string | null> {
  const found = find(watcher).catch((fault: unknown) => {
    logFault({ ...watcher.event, operation: `readiness ${name}` }, fault);
    return failed;
  });
  const late = scheduler.wait(CHECKS_MS_MAX).then(() => `No answer within ${CHECKS_MS_MAX / 1000} seconds.`);
  return Promise.race([found, late]);
}

/** Writes another value each time, so that a row is really written. A value read may be that of another Worker. */
async function writeAndRead({ bindings, now }: Watcher): Promise<string | null> {
  const object = toObjects(bindings).project(PROJECT);
  await object.setQuotas({ overrides: { queues: now() } });
  const { queues } = await object.quotas();
  return queues === undefined ? "A row that was written is not there." : null;
}
