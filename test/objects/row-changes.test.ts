/** Changes of delivery rows: shared transactions, and failed ones. */
import { describe, expect, test, vi, beforeEach, afterEach } from "vitest";
import { toEpochMs } from "../../src/domain/time.ts";
import { RowChanges } from "../../src/objects/delivery/row-changes.ts";

const SOON = toEpochMs(1_700_000_005_000);
const LATER = toEpochMs(1_700_000_030_000);

/** A store that records its calls. A failed transaction records nothing. */
class Rows {
  readonly written: string[] = [];
  readonly faults: string[] = [];
  /** The next result of `tryTurn`; 0 afterwards. */
  readonly waits: number[] = [];
  isFull = false;
  private readonly uncommitted: string[] = [];
  readonly changes = new RowChanges({
    rows: {
      remove: (id) => void this.uncommitted.push(`remove ${id}`),
      reschedule: ({ id, attempts, dueAt }) => void this.uncommitted.push(`${id}: ${attempts} attempts, due ${dueAt}`),
    },
    wakeUps: { armForAttempts: (dueAts) => void this.uncommitted.push(`alarm for ${dueAts.join()}`) },
    tryTurn: () => this.waits.shift() ?? 0,
    write: (work) => {
      this.uncommitted.length = 0;
      work();
      if (this.isFull) throw new Error("The disk is full.");
      this.written.push(...this.uncommitted, "commit");
    },
    logFault: (operation, error) => void this.faults.push(`${operation}: ${String(error)}`),
  });
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("changes of rows", () => {
  test("that come within 20 ms are one commit, and the last one of each row counts", () => {
    const { changes, written } = new Rows();
    changes.add(1, { attempts: 1, dueAt: SOON, lastAttempt: null });
    changes.add(2, { attempts: 3, dueAt: LATER, lastAttempt: null });
    vi.advanceTimersByTime(19);
    changes.add(1, null);
    expect(written).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(written).toEqual(["remove 1", `2: 3 attempts, due ${LATER}`, `alarm for ,${LATER}`, "commit"]);
    vi.advanceTimersByTime(1000);
    expect(written).toHaveLength(4);
  });

  test("go along with another write, before it", () => {
    const { changes, written } = new Rows();
    changes.add(1, null);
    changes.write(() => void written.push("the other write"));
    expect(written).toEqual(["the other write", "remove 1", "alarm for ", "commit"]);
    vi.advanceTimersByTime(1000);
    expect(written).toHaveLength(4);
  });

  test("wait for the turn of the object", () => {
    const { changes, written, waits } = new Rows();
    waits.push(50, 30);
    changes.add(1, null);
    vi.advanceTimersByTime(20 + 50 + 29);
    expect(written).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(written).toContain("commit");
  });

  test("that cannot be written are logged, and kept for the next write", () => {
    const rows = new Rows();
    rows.isFull = true;
    rows.changes.add(1, null);
    vi.advanceTimersByTime(20);
    expect(rows.faults).toEqual(["rows: Error: The disk is full."]);
    expect(() => rows.changes.flush()).toThrow("The disk is full.");
    rows.isFull = false;
    rows.changes.flush();
    expect(rows.written).toEqual(["remove 1", "alarm for ", "commit"]);
    rows.changes.flush();
    expect(rows.written).toHaveLength(3);
  });

  test("are forgotten when all rows are gone", () => {
    const { changes, written } = new Rows();
    changes.add(1, null);
    changes.clear();
    vi.advanceTimersByTime(1000);
    expect(written).toEqual([]);
  });
});
