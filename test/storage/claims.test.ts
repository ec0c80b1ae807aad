/** Claims in memory, their rows, and memory after a restart. */
import { describe, expect, test } from "vitest";
import { toClaimId } from "../../src/domain/id.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../../src/domain/time.ts";
import { DeadlineHeap } from "../../src/mechanisms/deadline-heap.ts";
import { toNumbers } from "../../src/mechanisms/range-set.ts";
import { ClaimStore, type Claim, type EndedClaim } from "../../src/storage/queue/claims.ts";
import { InFlight } from "../../src/storage/queue/in-flight.ts";
import { QUEUE_MIGRATIONS } from "../../src/storage/queue/schema.ts";
import type { Sql } from "../../src/storage/sql.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const START = toEpochMs(1_000_000_000_000);

class Bare {
  readonly sql: Sql;
  readonly raw: SqlStorage;
  inFlight = new InFlight();
  claims: ClaimStore;

  constructor(sql: Sql, raw: SqlStorage) {
    this.sql = sql;
    this.raw = raw;
    this.claims = new ClaimStore(sql, this.inFlight);
  }

  create(id: string, sequences: readonly number[], { ttl = 60, now = START, isCounted = false } = {}): Claim {
    return this.claims.create(toClaimId(id), leaseOf(ttl), sequences, { now, isCounted, client: null });
  }

  /** Restarts. All messages except `gone` are still stored. */
  restart(now: EpochMs, gone: readonly number[] = []): EndedClaim[] {
    this.inFlight = new InFlight();
    this.claims = new ClaimStore(this.sql, this.inFlight);
    return this.claims.load(now, (ranges) => new Set(toNumbers(ranges).filter((sequence) => !gone.includes(sequence))));
  }

  /** The ids in the rows, by slot. */
  rows(): string[] {
    return this.raw
      .exec<{ id: string }>("SELECT id FROM claim ORDER BY slot")
      .toArray()
      .map(({ id }) => id);
  }

  written(work: () => void): number {
    const before = this.sql.rowsWritten;
    work();
    return this.sql.rowsWritten - before;
  }
}

function leaseOf(ttl: number): Claim["lease"] {
  return { ttl: toSeconds(ttl), grace: toSeconds(60) };
}

function at(seconds: number): EpochMs {
  return after(START, toSeconds(seconds));
}

function idsOf(ended: readonly EndedClaim[]): string[] {
  return ended.map(({ claim }) => claim.id);
}

function withClaims(work: (bare: Bare) => void): Promise<void> {
  return withStorage(QUEUE_MIGRATIONS, (sql, raw) => work(new Bare(sql, raw)));
}

describe("a claim", () => {
  test("holds its messages, leaves others unaffected, and costs one row", () =>
    withClaims((bare) => {
      expect(bare.written(() => void bare.create("a", [1, 2, 5]))).toBe(1);
      expect([1, 2, 3, 4, 5].map((sequence) => bare.claims.holderOf(sequence)?.id ?? null)).toEqual([
        "a",
        "a",
        null,
        null,
        "a",
      ]);
      expect(bare.claims.find("a")).toMatchObject({ createdAt: START, expiresAt: at(60), left: 3 });
      expect(bare.claims.find("b")).toBeNull();
    }));

  test("names its undeleted messages in log order", () =>
    withClaims((bare) => {
      const claim = bare.create("a", [1, 2, 5]);
      bare.claims.noteDeletion(2);
      expect(bare.claims.sequencesOf(claim)).toEqual([1, 5]);
      expect(claim.left).toBe(2);
    }));

  test("is over with its last message, writes nothing, and its slot is used again", () =>
    withClaims((bare) => {
      bare.create("a", [1, 2]);
      bare.create("b", [3]);
      expect(
        bare.written(() => {
          bare.claims.noteDeletion(1);
          bare.claims.noteDeletion(2);
          bare.claims.noteDeletion(2);
        }),
      ).toBe(0);
      expect(bare.claims.find("a")).toBeNull();
      bare.create("c", [4]);
      expect(bare.rows()).toEqual(["c", "b"]);
    }));

  test("that is released gives its messages back, costs one row, and its slot is used again", () =>
    withClaims((bare) => {
      const claim = bare.create("a", [1, 2, 3]);
      bare.claims.noteDeletion(1);
      let ended: EndedClaim | null = null;
      expect(bare.written(() => (ended = bare.claims.release(claim)))).toBe(1);
      expect(ended).toMatchObject({ sequences: [2, 3] });
      expect([bare.claims.find("a"), bare.claims.holderOf(2)]).toEqual([null, null]);
      bare.create("b", [2, 3]);
      expect(bare.rows()).toEqual(["b"]);
    }));

  test("that releases some of its messages holds the others, also after a restart, and costs one row", () =>
    withClaims((bare) => {
      const claim = bare.create("a", [1, 2, 3, 7]);
      bare.claims.noteDeletion(3);
      expect(bare.written(() => bare.claims.releaseSome(claim, [2]))).toBe(1);
      expect([bare.claims.sequencesOf(claim), claim.left]).toEqual([[1, 7], 2]);
      bare.restart(START);
      expect([1, 2, 3, 7].map((sequence) => bare.claims.holderOf(sequence)?.id ?? null)).toEqual([
        "a",
        null,
        null,
        "a",
      ]);
    }));

  test("that releases its last messages is over, costs one row, and its slot is used again", () =>
    withClaims((bare) => {
      const claim = bare.create("a", [1, 2, 3], { isCounted: true });
      bare.claims.noteDeletion(2);
      expect(bare.written(() => bare.claims.releaseSome(claim, [1, 3]))).toBe(1);
      expect([bare.claims.find("a"), bare.inFlight.size]).toEqual([null, 0]);
      expect(bare.restart(at(60))).toEqual([]);
      bare.create("b", [1]);
      expect(bare.rows()).toEqual(["b"]);
    }));

  test("that is renewed starts anew, and costs one row", () =>
    withClaims((bare) => {
      const claim = bare.create("a", [1]);
      expect(bare.written(() => bare.claims.renew(claim, leaseOf(300), at(30)))).toBe(1);
      expect(claim).toMatchObject({ createdAt: at(30), expiresAt: at(330) });
      expect(bare.claims.takeLapsed(at(329))).toEqual([]);
      expect(idsOf(bare.claims.takeLapsed(at(330)))).toEqual(["a"]);
    }));

  test("that is renewed for a shorter time lapses earlier", () =>
    withClaims((bare) => {
      const claim = bare.create("a", [1], { ttl: 300 });
      bare.claims.renew(claim, leaseOf(60), at(10));
      expect(bare.claims.nextLapse).toBe(at(70));
      expect(bare.claims.takeLapsed(at(69))).toEqual([]);
      expect(idsOf(bare.claims.takeLapsed(at(70)))).toEqual(["a"]);
      expect(bare.claims.takeLapsed(at(300))).toEqual([]);
    }));
});

describe("a lease", () => {
  test("lapses at its end, not a millisecond before", () =>
    withClaims((bare) => {
      bare.create("a", [1]);
      bare.create("b", [2], { ttl: 61 });
      expect(bare.claims.takeLapsed(toEpochMs(at(60) - 1))).toEqual([]);
      expect(bare.claims.takeLapsed(at(60))).toMatchObject([{ claim: { id: "a" }, sequences: [1] }]);
      expect([bare.claims.holderOf(1), bare.claims.holderOf(2)?.id]).toEqual([null, "b"]);
    }));

  test("that lapses writes nothing", () =>
    withClaims((bare) => {
      bare.create("a", [1]);
      bare.create("b", [2], { isCounted: true });
      expect(bare.written(() => void bare.claims.takeLapsed(at(60)))).toBe(0);
    }));

  test("that is counted keeps its row until its end is marked there", () =>
    withClaims((bare) => {
      const counted = bare.create("a", [1], { isCounted: true });
      bare.claims.takeLapsed(at(60));
      bare.create("b", [2]);
      expect(bare.rows()).toEqual(["a", "b"]);
      expect(bare.written(() => bare.claims.markEnded(counted))).toBe(1);
      bare.create("c", [3]);
      expect(bare.rows()).toEqual(["c", "b"]);
    }));
});

describe("a restart", () => {
  test("brings back live claims with the messages that are still stored", () =>
    withClaims((bare) => {
      const { createdAt, expiresAt, lease } = bare.create("a", [1, 2, 3]);
      expect(bare.restart(at(59), [2])).toEqual([]);
      const claim = bare.claims.find("a");
      expect(claim).toMatchObject({ createdAt, expiresAt, lease, left: 2 });
      expect(claim === null ? [] : bare.claims.sequencesOf(claim)).toEqual([1, 3]);
      expect(idsOf(bare.claims.takeLapsed(at(60)))).toEqual(["a"]);
    }));

  test("leaves out claims that are over: lapsed, released or without messages", () =>
    withClaims((bare) => {
      bare.create("lapsed", [1]);
      bare.claims.release(bare.create("released", [2], { ttl: 300 }));
      bare.create("empty", [3], { ttl: 300 });
      bare.restart(at(60), [3]);
      expect(["lapsed", "released", "empty"].map((id) => bare.claims.find(id))).toEqual([null, null, null]);
      expect(bare.inFlight.size).toBe(0);
    }));

  test("uses the slots of claims that are over before new ones", () =>
    withClaims((bare) => {
      bare.create("a", [1]);
      bare.create("b", [2], { ttl: 300 });
      bare.create("c", [3]);
      bare.restart(at(60));
      for (const [index, id] of ["d", "e", "f"].entries()) bare.create(id, [10 + index], { now: at(60) });
      expect(bare.rows().toSorted()).toEqual(["b", "d", "e", "f"]);
    }));

  test("returns lapsed claims whose end was not counted, with the messages that are still stored", () =>
    withClaims((bare) => {
      bare.create("counted", [1, 2], { isCounted: true });
      bare.create("plain", [3]);
      const lapsed = bare.restart(at(60), [1]);
      expect(lapsed).toMatchObject([{ claim: { id: "counted" }, sequences: [2] }]);
      for (const { claim } of lapsed) bare.claims.markEnded(claim);
      expect(bare.restart(at(60))).toEqual([]);
    }));

  test("knows the latest instant at which a claim was made or renewed", () =>
    withClaims((bare) => {
      expect(bare.claims.newestAt()).toBe(0);
      const first = bare.create("a", [1]);
      bare.create("b", [2], { now: at(5) });
      expect(bare.claims.newestAt()).toBe(at(5));
      bare.claims.renew(first, leaseOf(60), at(9));
      expect(bare.claims.newestAt()).toBe(at(9));
    }));

  test.each(["", "[", "null", "{}", "[1]"])(
    "takes a row with the ranges %j for a free slot, leaves others unaffected",
    (ranges) =>
      withClaims((bare) => {
        bare.create("damaged", [1]);
        bare.create("sound", [2]);
        bare.raw.exec("UPDATE claim SET ranges = ? WHERE id = 'damaged'", ranges);
        expect(bare.restart(START)).toEqual([]);
        expect([bare.claims.find("damaged"), bare.claims.find("sound")?.left]).toEqual([null, 1]);
        bare.create("next", [1]);
        expect(bare.rows()).toEqual(["next", "sound"]);
      }),
  );
});

test("claims that are over leave no trace in memory", () =>
  withStorage(QUEUE_MIGRATIONS, (sql) => {
    const inFlight = new InFlight();
    const deadlines = new DeadlineHeap<Claim>();
    const claims = new ClaimStore(sql, inFlight, deadlines);
    for (let sequence = 1; sequence <= 500; sequence++) {
      claims.create(toClaimId(`claim-${sequence}`), leaseOf(43_200), [sequence], {
        now: START,
        isCounted: false,
        client: null,
      });
      claims.noteDeletion(sequence);
    }
    // The heap entries of ended claims are due in 12 hours.
    expect(deadlines.size).toBeLessThan(100);
    expect(inFlight.size).toBe(0);
  }));
