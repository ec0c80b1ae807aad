/** The subscriptions of a queue: rows, the fields in memory, and ended ones whose objects were not notified yet. */
import { describe, expect, test } from "vitest";
import { toSubscriber } from "../../src/domain/connection-address.ts";
import { toEpoch } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import type { NewSubscription, WebhookSecret } from "../../src/domain/subscription.ts";
import { after, toEpochMs, toSeconds } from "../../src/domain/time.ts";
import { PAGE_BYTES_MAX } from "../../src/storage/page-budget.ts";
import { QUEUE_MIGRATIONS } from "../../src/storage/queue/schema.ts";
import type { StoredSubscription } from "../../src/storage/queue/subscription-rows.ts";
import { SubscriptionStore } from "../../src/storage/queue/subscriptions.ts";
import type { Sql } from "../../src/storage/sql.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const NOW = toEpochMs(1_000_000_000_000);
const CURSOR = { epoch: toEpoch(NOW, 1), sequence: 7 };
const RANDOM = new Uint8Array([0, 1, 2, 3, 4, 255]);
const SECRET = "whsec_a" as WebhookSecret;

class Bare {
  readonly sql: Sql;
  readonly raw: SqlStorage;
  store: SubscriptionStore;

  constructor(sql: Sql, raw: SqlStorage) {
    this.sql = sql;
    this.raw = raw;
    this.store = SubscriptionStore.open(sql);
  }

  insert(subscriber: string, change: Partial<NewSubscription> = {}, now = NOW): StoredSubscription {
    const subscription = { subscriber, ttl: toSeconds(60), options: "{}" as JsonText, ...change };
    return this.store.insert(subscription, CURSOR, RANDOM, now);
  }

  restart(): void {
    this.store = SubscriptionStore.open(this.sql);
  }
}

function withSubscriptions(work: (bare: Bare) => void): Promise<void> {
  return withStorage(QUEUE_MIGRATIONS, (sql, raw) => work(new Bare(sql, raw)));
}

test("the events of subscriptions are in memory, also after a restart and a change", () =>
  withSubscriptions((bare) => {
    const events = (...names: readonly string[]): { readonly options: JsonText } => {
      return { options: JSON.stringify({ _events: names }) as JsonText };
    };
    const { number } = bare.insert("https://a.example", events("depth>1"));
    const read = (): unknown => [
      bare.store.isWatched,
      bare.store.hasReaders,
      bare.store.entry(number)?.events?.thresholds,
    ];
    const watched = [{ name: "depth>1", gauge: "depth", limit: 1 }];
    expect(read()).toEqual([true, false, watched]);
    bare.restart();
    expect(read()).toEqual([true, false, watched]);
    bare.store.change(number, { ...events("depth>1", "message"), eventStates: "{}" });
    expect(read()).toEqual([true, true, watched]);
    bare.restart();
    expect(read()).toEqual([true, true, watched]);
    expect(bare.store.get(number)).toMatchObject({ eventStates: "{}" });
    bare.store.change(number, { options: String.raw`{"_\u0065vents":["depth>1"]}` as JsonText });
    expect(read()).toEqual([true, false, watched]);
    bare.restart();
    expect(read()).toEqual([true, false, watched]);
    bare.store.change(number, { options: "{}" as JsonText });
    expect(read()).toEqual([false, true, undefined]);
    bare.raw.exec(`UPDATE subscription SET options = '{"_events":'`);
    bare.restart();
    expect(read()).toEqual([false, true, undefined]);
  }));

describe("the subscription of a connection", () => {
  const address = { hub: "hub/0", connection: "5f0b4d1c-8e53-4a44-8d3e-0a4f7f6f2f11" };

  test("is confirmed, and in memory with the connection, also after a restart", () =>
    withSubscriptions((bare) => {
      const { number } = bare.insert(toSubscriber(address));
      const other = bare.insert(toSubscriber({ ...address, hub: "hub/1" }), { options: '{"a":1}' as JsonText });
      bare.insert("https://a.example");
      for (const restart of [false, true]) {
        if (restart) bare.restart();
        expect(bare.store.entry(number)).toMatchObject({
          confirmed: true,
          connection: { ...address, hasOptions: false },
        });
        expect(bare.store.entry(other.number)?.connection).toEqual({ ...address, hub: "hub/1", hasOptions: true });
        expect([...bare.store.all()].at(-1)).toMatchObject({ confirmed: false, connection: null });
      }
      expect(bare.store.get(number)).toMatchObject({ connection: { hub: "hub/0" } });
    }));

  test("follows changes of its subscriber and options", () =>
    withSubscriptions((bare) => {
      const { number } = bare.insert(toSubscriber(address));
      bare.store.change(number, { options: '{"a":1}' as JsonText });
      expect(bare.store.entry(number)?.connection).toMatchObject({ hasOptions: true });
      bare.store.change(number, { subscriber: "https://a.example" });
      expect(bare.store.entry(number)?.connection).toBeNull();
    }));

  test("leaves no object to be notified when it ends", () =>
    withSubscriptions((bare) => {
      const stored = bare.insert(toSubscriber(address));
      bare.store.remove(stored, false);
      expect(bare.store.hasEnded).toBe(false);
      expect(bare.store.size).toBe(0);
    }));
});

describe("a subscription", () => {
  test("is read as it was inserted, also after a restart", () =>
    withSubscriptions((bare) => {
      const stored = bare.insert("https://a.example", { options: '{"a":1.0}' as JsonText });
      expect(stored).toEqual({
        number: NOW,
        id: `${NOW.toString(16).padStart(12, "0")}0001020304ff`,
        subscriber: "https://a.example",
        ttl: 60,
        options: '{"a":1.0}',
        createdAt: NOW,
        expiresAt: NOW + 60_000,
        confirmed: false,
        disabled: false,
        cursor: CURSOR,
        lagging: false,
        connection: null,
        events: null,
        eventStates: null,
        secret: null,
        previous: null,
      });
      expect(bare.store.get(stored.number)).toEqual(stored);
      bare.restart();
      expect(bare.store.get(stored.number)).toEqual(stored);
      expect(stored).toMatchObject(bare.store.entry(stored.number) ?? {});
    }));

  test("has the time as its number, or one more than the newest if that is as high", () =>
    withSubscriptions((bare) => {
      const numbers = [NOW, NOW, NOW - 5, NOW + 10].map((now) => bare.insert(`s${now}`, {}, toEpochMs(now)).number);
      expect(numbers).toEqual([NOW, NOW + 1, NOW + 2, NOW + 10]);
    }));

  test("never has the number of one before it, also after a restart", () =>
    withSubscriptions((bare) => {
      bare.insert("a");
      const second = bare.insert("b");
      bare.restart();
      expect(bare.insert("c").number).toBe(second.number + 1);
    }));

  test("is found by its whole id until it expires, at that millisecond", () =>
    withSubscriptions((bare) => {
      const { id, number, expiresAt } = bare.insert("a");
      const find = (text: string, now: number): number | null => bare.store.find(text, toEpochMs(now))?.number ?? null;
      expect([find(id, expiresAt - 1), find(id, expiresAt)]).toEqual([number, null]);
      expect([find(`${id.slice(0, -1)}0`, NOW), find("", NOW), find("x", NOW)]).toEqual([null, null, null]);
    }));

  test("is found by its subscriber until it expires", () =>
    withSubscriptions((bare) => {
      const { expiresAt, number } = bare.insert("a");
      expect(bare.store.bySubscriber("a", toEpochMs(expiresAt - 1))?.number).toBe(number);
      expect([bare.store.bySubscriber("a", expiresAt), bare.store.bySubscriber("b", NOW)]).toEqual([null, null]);
    }));

  test("is changed in row and memory, leaves others unaffected", () =>
    withSubscriptions((bare) => {
      const [one, other] = [bare.insert("a"), bare.insert("b")];
      const change = {
        confirmed: true,
        disabled: true,
        lagging: true,
        cursor: { ...CURSOR, sequence: 9 },
        secret: SECRET,
        previous: { secret: SECRET, until: after(NOW, toSeconds(5)) },
      };
      bare.store.change(one.number, change);
      for (let restarts = 0; restarts < 2; restarts++) {
        expect(bare.store.get(one.number)).toEqual({ ...one, ...change });
        expect(bare.store.entry(one.number)).toMatchObject({ confirmed: true, disabled: true, lagging: true });
        expect(bare.store.get(other.number)).toEqual(other);
        bare.restart();
      }
      bare.store.change(12345, { confirmed: true });
      expect(bare.store.size).toBe(2);
    }));

  test("with damaged options is refused when it is read: scanning them would not end; others are unaffected", () =>
    withSubscriptions((bare) => {
      const [one, other] = [bare.insert("a"), bare.insert("b")];
      bare.raw.exec("UPDATE subscription SET options = '{\"a' WHERE number = ?", one.number);
      bare.restart();
      expect(() => bare.store.get(one.number)).toThrow(`options of subscription ${one.id} is damaged`);
      expect(bare.store.get(other.number)).toEqual(other);
    }));
});

describe("a list", () => {
  test("has live subscriptions after a number, in order of creation", () =>
    withSubscriptions((bare) => {
      const [a, b] = [bare.insert("a"), bare.insert("b", { ttl: toSeconds(30) })];
      const rest = ["c", "d"].map((name) => bare.insert(name));
      const namesOf = (behind: number, limit: number, now = NOW): string =>
        bare.store
          .list(behind, limit, now)
          .map(({ subscriber }) => subscriber)
          .join("");
      expect([namesOf(0, 10), namesOf(a.number, 2), namesOf(rest[1]?.number ?? 0, 10)]).toEqual(["abcd", "bc", ""]);
      expect(namesOf(0, 10, b.expiresAt)).toBe("acd");
    }));

  test.each([
    [PAGE_BYTES_MAX / 2, 2],
    [PAGE_BYTES_MAX / 2 + 1, 1],
    [2 * PAGE_BYTES_MAX, 1],
  ])("of subscriptions of %i characters has %i", (size, count) =>
    withSubscriptions((bare) => {
      for (const name of ["a", "b"]) bare.insert(name.padEnd(size - 2, "-"));
      expect(bare.store.list(0, 10, NOW)).toHaveLength(count);
    }),
  );
});

describe("the subscriptions in memory", () => {
  test("are counted with expired ones as rows, and without them as alive", () =>
    withSubscriptions((bare) => {
      const { expiresAt } = bare.insert("a");
      bare.insert("b", { ttl: toSeconds(90) });
      expect([bare.store.size, bare.store.countAlive(expiresAt)]).toEqual([2, 1]);
      expect([...bare.store.all()].map(({ number }) => number)).toEqual([NOW, NOW + 1]);
    }));

  test("know when the next one expires; null without any", () =>
    withSubscriptions((bare) => {
      expect(bare.store.nextExpiry()).toBeNull();
      bare.insert("b", { ttl: toSeconds(90) });
      bare.insert("a");
      expect(bare.store.nextExpiry()).toBe(NOW + 60_000);
    }));

  test("answer for a subscriber without a read when there are none", () =>
    withSubscriptions((bare) => {
      const before = bare.sql.rowsRead;
      expect(bare.store.bySubscriber("a", NOW)).toBeNull();
      expect(bare.sql.rowsRead).toBe(before);
    }));
});

describe("a subscription that ends", () => {
  test("leaves a row until its object is notified, also after a restart", () =>
    withSubscriptions((bare) => {
      const [one, other] = [bare.insert("a"), bare.insert("b")];
      bare.store.remove(one, true);
      bare.restart();
      expect([bare.store.get(one.number), bare.store.get(other.number)?.subscriber]).toEqual([null, "b"]);
      expect([bare.store.hasEnded, bare.store.ended("")]).toEqual([true, [{ id: one.id, finish: true }]]);
      bare.store.forgetEnded([one.id]);
      expect([bare.store.hasEnded, bare.store.ended("")]).toEqual([false, []]);
    }));

  test("is listed in pages of a hundred, by id", () =>
    withSubscriptions((bare) => {
      const ids = Array.from({ length: 101 }, (_, index) => bare.insert(`s${index}`)).map((each) => {
        bare.store.remove(each, false);
        return each.id;
      });
      const page = bare.store.ended("");
      expect(page.map(({ id }) => id)).toEqual(ids.slice(0, 100));
      expect(bare.store.ended(page.at(-1)?.id ?? "")).toEqual([{ id: ids[100], finish: false }]);
    }));
});
