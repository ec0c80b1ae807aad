/** The meter of a project, and figures of queues that exist only in reports. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { NO_COUNTS, exactly, type QueueFigures } from "../../../src/domain/figures.ts";
import type { Epoch, QueueName } from "../../../src/domain/id.ts";
import { packFigures } from "../../../src/domain/packed-figures.ts";
import { queueNamed, type Place } from "../../../src/domain/place.ts";
import { toEpochMs } from "../../../src/domain/time.ts";
import type { MeterRpc, OverviewRequest, ReportRequest } from "../../../src/objects/rpc/meter.ts";
import type { ObjectBindings } from "../../../src/objects/rpc/stubs.ts";

const { METERS } = env as unknown as ObjectBindings;

/** All queues and topics by name, with what the meter knows. */
export const LOOK: OverviewRequest = { kind: null, prefix: "", name: null, sort: "name", limit: 1000, asks: false };

export function meterStub(project: string): DurableObjectStub {
  // Without getByName, which tests may have replaced (calls.ts).
  return METERS.get(METERS.idFromName(project));
}

export function meterOf(project: string): MeterRpc {
  return meterStub(project) as unknown as MeterRpc;
}

const HOUR_MS = 3_600_000;
const NEVER = { first: Infinity, last: -Infinity };

/** Figures of a queue with so many free messages. */
export function figuresOf(free: number, changes: Partial<QueueFigures> = {}): QueueFigures {
  const now = toEpochMs(Date.now());
  return {
    boot: now,
    bootId: 1,
    version: 1,
    takenAt: now,
    epoch: "0123456789abcdef" as Epoch,
    stored: exactly(free),
    delayed: exactly(0),
    claimed: 0,
    expiry: { first: now + HOUR_MS, last: now + HOUR_MS },
    lapse: NEVER,
    visibility: NEVER,
    oldest: null,
    bytes: 4096,
    waiting: 0,
    lastWait: 0,
    subscriptions: 0,
    sequence: 0,
    counters: { ...NO_COUNTS, posted: free },
    isShort: false,
    isPaused: { claims: false, notifications: false },
    ...changes,
  };
}

export function placeNamed(name: string): Place {
  return queueNamed(name as QueueName);
}

/** A report of figures, as an object sends it from its alarm. */
export function reportOf(figures: readonly (readonly [name: string, QueueFigures])[]): ReportRequest {
  return {
    reporter: "",
    session: null,
    final: true,
    sentAt: toEpochMs(Date.now()),
    doubts: [],
    figures: figures.map(([name, one]) => ({ place: placeNamed(name), packed: packFigures(one) })),
  };
}

/** The rows that the meter has written since it woke. */
export function meterRowsWritten(project: string): Promise<number> {
  return runInDurableObject(meterStub(project), (instance) => {
    const { sql } = (instance as unknown as { readonly store: { readonly sql: { readonly rowsWritten: number } } })
      .store;
    return sql.rowsWritten;
  });
}
