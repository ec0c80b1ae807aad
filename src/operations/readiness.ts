/**
 * Can the service serve? Asked by whoever watches it, without a credential and as often as anybody likes: so one object, of
 * a project that nobody can name, answers for the storage, and an answer is remembered.
 */
import { toProjectId } from "../domain/id.ts";
import { SingleFlightCache, type CachedAnswer } from "../mechanisms/single-flight-cache.ts";
import { after, toSeconds, type EpochMs } from "../domain/time.ts";
import { toObjects, type ObjectBindings, type WakeGate } from "../objects/rpc/stubs.ts";
import { logFault, type RequestEvent } from "../telemetry/event.ts";

/** What is wrong, in a sentence, by the check that found it; null: nothing. */
export type Report = ReadonlyMap<string, string | null>;

/** What the request brings that asks. */
export interface Watcher {
  readonly bindings: ObjectBindings;
  readonly event: RequestEvent;
  readonly now: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

interface Check {
  readonly name: string;
  /** What is wrong; null: nothing. A throw is logged, and is what `failed` says. */
  readonly find: (watcher: Watcher) => Promise<string | null>;
  readonly failed: string;
}

/** How long an answer is good for: the storage writes a row as often. */
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

/** Never rejects, and ends in time: what does not answer is not ready. */
async function run({ name, find, failed }: Check, watcher: Watcher): Promise<string | null> {
  const found = find(watcher).catch((fault: unknown) => {
    logFault({ ...watcher.event, operation: `readiness ${name}` }, fault);
    return failed;
  });
  const late = scheduler.wait(CHECKS_MS_MAX).then(() => `No answer within ${CHECKS_MS_MAX / 1000} seconds.`);
  return Promise.race([found, late]);
}

/** Another value each time, so that there is something to write; whose it is that is read does not matter. */
async function writeAndRead({ bindings, now }: Watcher): Promise<string | null> {
  const object = toObjects(bindings).project(PROJECT);
  await object.setQuotas({ overrides: { queues: now() } });
  const { queues } = await object.quotas();
  return queues === undefined ? "A row that was written is not there." : null;
}
