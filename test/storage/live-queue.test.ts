/** The live queue: the rows that each operation writes, and memory after a restart. */
import { describe, expect, test, vi } from "vitest";
import type { JsonText } from "../../src/domain/json.ts";
import { toSeconds } from "../../src/domain/time.ts";
import { bodiesOf, withBareQueue } from "../support/objects/bare-queue.ts";

const TEN = Array.from({ length: 10 }, (_, index) => `m${index}`);

const idsOf = (messages: readonly { readonly id: string }[]): string[] => messages.map(({ id }) => id);

describe("rows written", () => {
  test("a life of ten messages posted, claimed and deleted together costs three rows", () =>
    withBareQueue((bare) => {
      const rows = bare.rowsOf(() => {
        for (let round = 0; round < 100; round++) {
          bare.post(TEN);
          const { messages } = bare.claim();
          bare.queue.deleteMany(idsOf(messages), null, bare.now);
        }
      });
      expect(rows).toBe(300);
    }));

  test("such a life takes five statements, because nothing is read twice", () =>
    withBareQueue((bare) => {
      bare.post(TEN);
      bare.queue.deleteMany(idsOf(bare.claim().messages), null, bare.now);
      const run = vi.spyOn(bare.sql, "all");
      const before = bare.sql.rowsRead;
      bare.post(TEN);
      const { messages } = bare.claim();
      bare.queue.deleteMany(idsOf(messages), null, bare.now);
      const texts = run.mock.calls.map(([{ text }]) => text);
      expect(texts.map((text) => text.split(" ", 1)[0])).toEqual(["INSERT", "SELECT", "INSERT", "SELECT", "DELETE"]);
      expect(bodiesOf(messages)).toEqual(TEN);
      expect(bare.sql.rowsRead - before).toBeLessThanOrEqual(9);
    }));

  test("posted and deleted one by one with claims of ten, a message costs 2.1 rows", () =>
    withBareQueue((bare) => {
      const rows = bare.rowsOf(() => {
        for (let round = 0; round < 10; round++) {
          for (const body of TEN) bare.post([body]);
          const { id, messages } = bare.claim();
          for (const message of messages) bare.queue.delete(message.id, id, bare.now);
        }
      });
      expect(rows).toBe(210);
    }));

  test("a lapsed claim, a listing and the statistics cost none", () =>
    withBareQueue((bare) => {
      bare.post(TEN);
      bare.claim(10, 60);
      bare.advance(61);
      expect(bare.rowsOf(() => void bare.list())).toBe(0);
      expect(bare.rowsOf(() => void bare.queue.messages.stats(bare.now))).toBe(0);
    }));

  test("4,096 messages later one row reserves the next numbers", () =>
    withBareQueue((bare) => {
      const hundred = Array.from({ length: 100 }, (_, index) => `m${index}`);
      const rows = bare.rowsOf(() => {
        for (let round = 0; round < 41; round++) bare.post(hundred);
      });
      expect(rows).toBe(42);
    }));
});

describe("a restart", () => {
  test("keeps leases exclusive, the rest claimable, and order", () =>
    withBareQueue((bare) => {
      bare.post(TEN);
      const first = bare.claim(3);
      const second = bare.claim(3);
      bare.queue.release(first.id);
      bare.restart();
      expect(bodiesOf(bare.claim(10).messages)).toEqual(["m0", "m1", "m2", "m6", "m7", "m8", "m9"]);
      expect(bodiesOf(bare.queue.claimOf(second.id, bare.now)?.messages ?? [])).toEqual(["m3", "m4", "m5"]);
    }));

  test("never gives a sequence number twice, even when nothing is stored", () =>
    withBareQueue((bare) => {
      bare.post(["a"]);
      const [before] = bare.queue.pop(1, bare.now);
      bare.restart();
      bare.post(["b"]);
      const [after] = bare.queue.pop(1, bare.now);
      expect(after?.id).not.toBe(before?.id);
      expect((after?.id ?? "") > (before?.id ?? "")).toBe(true);
    }));

  test("does not bring back a lease that lapsed before the clock stepped back", () =>
    withBareQueue((bare) => {
      bare.post(["a"]);
      const lapsed = bare.claim(1, 60);
      bare.advance(61);
      const live = bare.claim(1, 60);
      expect(bodiesOf(live.messages)).toEqual(["a"]);
      bare.advance(-3600);
      bare.restart();
      expect(bare.queue.claimOf(lapsed.id, bare.now)).toBeNull();
      expect(bodiesOf(bare.queue.claimOf(live.id, bare.now)?.messages ?? [])).toEqual(["a"]);
    }));

  test("forgets a claim whose messages are all deleted", () =>
    withBareQueue((bare) => {
      bare.post(["a", "b"]);
      const { id, messages } = bare.claim();
      bare.queue.deleteMany(
        messages.map((message) => message.id),
        null,
        bare.now,
      );
      bare.restart();
      expect(bare.queue.claimOf(id, bare.now)).toBeNull();
      bare.post(["c"]);
      expect(bodiesOf(bare.claim().messages)).toEqual(["c"]);
    }));

  test("keeps deletions, extended ttls and claim counts of single messages", () =>
    withBareQueue((bare) => {
      const count = (): number => bare.queue.pop(1, bare.now)[0]?.claimCount ?? -1;
      bare.post(["a", "b", "c"], { ttl: 60 });
      const { messages } = bare.claim(2, 300);
      bare.queue.deleteMany([messages[0]?.id ?? ""], null, bare.now);
      bare.advance(61);
      bare.restart();
      expect(bare.list()).toEqual(["b"]);
      bare.advance(240);
      bare.restart();
      bare.queue.advanceTo(bare.now);
      expect(count()).toBe(1);
    }, '{"_max_claim_count":5,"_dead_letter_queue":"dead"}' as JsonText));
});

describe("a claim that is withdrawn", () => {
  const COUNTING = '{"_max_claim_count":5,"_dead_letter_queue":"dead"}' as JsonText;

  test("leaves the rows as they were, but for its own, which is free", () =>
    withBareQueue((bare) => {
      bare.post(["a", "b", "c"], { ttl: 60 });
      const { id, undo } = bare.claim(2, 300);
      expect(bare.residues()).toHaveLength(1);
      expect(bare.queue.withdraw(id, undo)).toEqual({ count: 2, endsAt: bare.now + 60_000 });
      expect(bare.residues()).toEqual([]);
      bare.restart();
      expect(bodiesOf(bare.claim(10).messages)).toEqual(["a", "b", "c"]);
    }, COUNTING));

  test.each(["at once", "after a restart"])(
    "has given its messages the lives back that an earlier claim stretched (%s)",
    (when) =>
      withBareQueue((bare) => {
        bare.post(["a", "b"], { ttl: 60 });
        bare.queue.release(bare.claim(1, 100).id);
        const { id, undo } = bare.claim(2, 3600);
        if (when !== "at once") bare.restart();
        expect(bare.queue.withdraw(id, undo)?.count).toBe(2);
        expect(bare.page(null, 10).messages.map(({ ttl }) => ttl)).toEqual([160, 60]);
        bare.advance(61);
        expect(bare.list()).toEqual(["a"]);
        expect(bare.queue.messages.stats(bare.now)).toMatchObject({ claimed: 0, free: 1 });
        bare.advance(100);
        expect(bare.list()).toEqual([]);
      }, COUNTING),
  );

  test("does not raise the claim count, while a released one does", () =>
    withBareQueue((bare) => {
      bare.post(["a"]);
      const { id, undo } = bare.claim();
      bare.queue.withdraw(id, undo);
      bare.queue.release(bare.claim().id);
      bare.restart();
      expect(bare.queue.pop(1, bare.now)[0]?.claimCount).toBe(1);
    }, COUNTING));

  test("does not bring back deleted or expired messages", () =>
    withBareQueue((bare) => {
      bare.post(["a", "b", "c"], { ttl: 60 });
      const { id, undo, messages } = bare.claim(3, 300);
      bare.queue.delete(messages[0]?.id ?? "", id, bare.now);
      expect(bare.queue.messages.stats(bare.now)).toMatchObject({ claimed: 2, free: 0 });
      bare.advance(61);
      expect(bare.queue.withdraw(id, undo)?.count).toBe(2);
      expect(bare.queue.messages.stats(bare.now)).toMatchObject({ claimed: 0, free: 0 });
      expect(bare.claim().messages).toEqual([]);
    }));

  test("is over: a second withdrawal changes nothing, nor that of a released, renewed or lapsed claim", () =>
    withBareQueue((bare) => {
      bare.post(["a"]);
      const first = bare.claim();
      bare.queue.withdraw(first.id, first.undo);
      const second = bare.claim();
      expect(bare.rowsOf(() => void bare.queue.withdraw(first.id, first.undo))).toBe(0);
      bare.advance(1);
      bare.queue.renew(second.id, { ttl: toSeconds(300), grace: toSeconds(60) }, bare.now);
      expect(bare.queue.withdraw(second.id, second.undo)).toBeNull();
      expect(bare.queue.claimOf(second.id, bare.now)).not.toBeNull();
      bare.queue.release(second.id);
      expect(bare.queue.withdraw(second.id, second.undo)).toBeNull();
      const third = bare.claim();
      bare.advance(301);
      bare.queue.advanceTo(bare.now);
      expect(bare.queue.withdraw(third.id, third.undo)).toBeNull();
      expect(bare.queue.pop(1, bare.now)[0]?.claimCount).toBe(2);
    }, COUNTING));
});

describe("the log", () => {
  test("cuts a post of many messages into rows that claims can read cheaply, and keeps its order", () =>
    withBareQueue((bare) => {
      const many = Array.from({ length: 1000 }, (_, index) => `m${index}`);
      expect(bare.rowsOf(() => bare.post(many))).toBe(8);
      expect(bare.list()).toEqual(many);
      expect(bodiesOf(bare.claim(1000).messages)).toEqual(many);
    }));

  test("hands out returned messages before new ones", () =>
    withBareQueue((bare) => {
      bare.post(TEN);
      const claims = [bare.claim(2), bare.claim(2), bare.claim(2)];
      bare.queue.release(claims[2]?.id ?? "");
      bare.queue.release(claims[0]?.id ?? "");
      expect(bodiesOf(bare.claim(5).messages)).toEqual(["m0", "m1", "m4", "m5", "m6"]);
    }));

  test("a purge spares what claims hold and what is posted after it began", () =>
    withBareQueue((bare) => {
      bare.post(TEN);
      bare.claim(2);
      const { extent } = bare.queue;
      bare.post(["later"]);
      expect(bare.queue.purge(extent, bare.now)).toBeNull();
      expect(bare.list()).toEqual(["m0", "m1", "later"]);
    }));

  test("a sweep removes expired rows and leaves extended messages", () =>
    withBareQueue((bare) => {
      bare.post(["short"], { ttl: 60 });
      bare.post(["stretched"], { ttl: 60 });
      bare.claim(2, 300);
      bare.post(["long"]);
      bare.advance(61);
      expect(bare.queue.sweep(bare.now)).toBe(false);
      expect(bare.list()).toEqual(["short", "stretched", "long"]);
      bare.advance(600);
      bare.queue.sweep(bare.now);
      expect(bare.list()).toEqual(["long"]);
      expect(bare.queue.messages.stats(bare.now)).toMatchObject({ claimed: 0, free: 1 });
    }));

  test("returned messages that have expired are skipped with few reads", () =>
    withBareQueue((bare) => {
      for (let index = 0; index < 1000; index++) bare.post(["old"]);
      bare.queue.release(bare.claim(1000, 300).id);
      bare.advance(3601);
      bare.post(["new"]);
      const before = bare.sql.rowsRead;
      expect(bodiesOf(bare.claim(1).messages)).toEqual(["new"]);
      expect(bare.sql.rowsRead - before).toBeLessThan(5000);
    }));

  test("an id that no dead letter has is looked up without reading the others", () =>
    withBareQueue((bare) => {
      for (let number = 1; number <= 1000; number++) bare.adopt(number, `m${number}`);
      const before = bare.sql.rowsRead;
      expect(bare.queue.messages.get([bare.foreignId(5000)], bare.now)).toEqual([]);
      expect(bare.sql.rowsRead - before).toBeLessThan(10);
    }));

  test("pages by the ids of messages that came back to their own queue end", () =>
    withBareQueue((bare) => {
      for (const body of ["a", "b", "c"]) bare.post([body]);
      bare.queue.release(bare.claim(1).id);
      bare.claim(1);
      bare.comeHome();
      const seen: string[] = [];
      for (let marker: string | null = null, turn = 0; turn < 5; turn++) {
        const { messages } = bare.page(marker, 2);
        seen.push(...bodiesOf(messages));
        marker = messages.at(-1)?.id ?? marker;
      }
      expect(seen).toEqual(["b", "c", "a"]);
    }, '{"_max_claim_count":1,"_dead_letter_queue":"bare"}' as JsonText));
});
