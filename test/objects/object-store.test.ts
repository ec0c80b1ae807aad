/** The object store, over a real database and a fake runtime. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { toProjectId, type QueueName } from "../../src/domain/id.ts";
import { queueNamed } from "../../src/domain/place.ts";
import { after, toSeconds } from "../../src/domain/time.ts";
import { ObjectStore, type ObjectStoreDeps } from "../../src/objects/object-store.ts";
import { integer, statement, text } from "../../src/storage/statement.ts";
import { freezeClock } from "../support/clock.ts";

freezeClock();

const MIGRATIONS = ["CREATE TABLE thing (name TEXT NOT NULL) STRICT;"];
const STATEMENTS = {
  tables: statement({
    text: "SELECT 1 AS found FROM sqlite_master WHERE name IN ('thing', 'migration')",
    row: { found: integer() },
  }),
  all: statement({ text: "SELECT name FROM thing ORDER BY name", row: { name: text() } }),
  insert: statement({ text: "INSERT INTO thing VALUES (:name)", parameters: { name: text() } }),
};

interface Bare {
  readonly store: ObjectStore;
  readonly state: DurableObjectState;
  /** The reasons with which the object was ended. */
  readonly ends: string[];
  /** The rows of the table; null: it does not exist. */
  readonly things: () => readonly string[] | null;
  readonly insert: (name: string) => void;
}

async function withStore(
  work: (bare: Bare) => void | Promise<void>,
  deps: Partial<ObjectStoreDeps> = {},
): Promise<void> {
  const stub = env.QUEUES.getByName(`${crypto.randomUUID()}/bare`);
  await runInDurableObject(stub, async (_instance: unknown, state: DurableObjectState) => {
    const ends: string[] = [];
    const ctx = {
      storage: state.storage,
      waitUntil: (promise: Promise<unknown>) => state.waitUntil(promise),
      abort: (reason?: string) => void ends.push(reason ?? ""),
    };
    const place = queueNamed("orders" as QueueName);
    const whose = { kind: "queue", project: toProjectId("shop"), place } as const;
    const store = new ObjectStore({ ctx, migrations: MIGRATIONS, ...whose, ...deps });
    store.open();
    const things = (): readonly string[] | null =>
      store.sql.one(STATEMENTS.tables) === null ? null : store.sql.all(STATEMENTS.all).map(({ name }) => name);
    const insert = (name: string): void => store.sql.run(STATEMENTS.insert, { name });
    await work({ store, state, ends, things, insert });
  });
}

const noRoom = (): never => {
  throw new Error("no room");
};

describe("the tables", () => {
  test("are not made by opening, reading or an empty transaction", () =>
    withStore(({ store, things }) => {
      store.transaction(() => undefined);
      expect([store.open(), store.hasTables, things()]).toEqual([false, false, null]);
    }));

  test("are made by the first write, and found by whoever opens the database next", () =>
    withStore(({ store, things, insert }) => {
      store.write(() => insert("a"));
      store.write(() => insert("b"));
      expect([store.hasTables, things()]).toEqual([true, ["a", "b"]]);
      expect(store.open()).toBe(true);
    }));

  test("are gone again when the first write fails, and are made by the next", () =>
    withStore(({ store, things, insert }) => {
      expect(() => store.write(noRoom)).toThrow("no room");
      expect([store.hasTables, things()]).toEqual([false, null]);
      store.write(() => insert("a"));
      expect(things()).toEqual(["a"]);
    }));

  test("go with the alarm when everything is erased, and may be made anew", () =>
    withStore(async ({ store, state, things, insert }) => {
      store.write(() => {
        insert("a");
        store.alarms.arm(after(store.clock.now(), toSeconds(60)));
      });
      await store.erase();
      expect([store.hasTables, things(), store.alarms.at, await state.storage.getAlarm()]).toEqual([
        false,
        null,
        null,
        null,
      ]);
      store.write(() => insert("b"));
      expect(things()).toEqual(["b"]);
    }));
});

describe("a transaction that throws", () => {
  test("leaves neither rows nor an alarm, and the next one arms it again", () =>
    withStore(async ({ store, state, things, insert }) => {
      store.write(() => insert("a"));
      const soon = after(store.clock.now(), toSeconds(60));
      const work = (end: () => void): void => {
        insert("b");
        store.alarms.arm(soon);
        end();
      };
      expect(() => store.transaction(() => work(noRoom))).toThrow("no room");
      expect([things(), store.alarms.at, await state.storage.getAlarm()]).toEqual([["a"], null, null]);
      store.transaction(() => work(() => undefined));
      expect([things(), store.alarms.at, await state.storage.getAlarm()]).toEqual([["a", "b"], soon, soon]);
    }));

  test("keeps the alarm that was set before", () =>
    withStore(async ({ store, state }) => {
      const [soon, late] = [60, 600].map((seconds) => after(store.clock.now(), toSeconds(seconds)));
      if (soon === undefined || late === undefined) throw new Error("There are two.");
      store.transaction(() => store.alarms.arm(late));
      const fail = (): never => {
        store.alarms.arm(soon);
        return noRoom();
      };
      expect(() => store.transaction(fail)).toThrow("no room");
      expect([store.alarms.at, await state.storage.getAlarm()]).toEqual([late, late]);
    }));

  test("has memory rebuilt from the rows as they are after it; one that succeeds does not", () => {
    const seen: unknown[] = [];
    let look = (): unknown => null;
    return withStore(
      ({ store, things, insert }) => {
        look = things;
        store.write(() => insert("a"));
        expect(seen).toEqual([]);
        const fail = (): never => {
          insert("b");
          return noRoom();
        };
        expect(() => store.write(fail)).toThrow("no room");
        expect(seen).toEqual([["a"]]);
      },
      { rebuild: () => void seen.push(look()) },
    );
  });

  test("ends an object whose memory cannot be rebuilt, and still throws what it threw", () => {
    const lines = vi.spyOn(console, "error").mockReturnValue();
    const rebuild = (): never => {
      throw new Error("a row is missing");
    };
    return withStore(
      ({ store, ends }) => {
        expect(() => store.transaction(noRoom)).toThrow("no room");
        expect(ends).toEqual(["The memory of a queue could not be rebuilt from its storage."]);
        expect(JSON.parse(String(lines.mock.lastCall))).toMatchObject({
          project: "shop",
          queue: "orders",
          operation: "queue rebuild",
          error: "Error: a row is missing",
        });
        lines.mockRestore();
      },
      { rebuild },
    );
  });
});
