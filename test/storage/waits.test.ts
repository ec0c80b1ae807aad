/** Claims of connections that wait: rows and memory. */
import { describe, expect, test } from "vitest";
import type { ClientId } from "../../src/domain/id.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { QUEUE_MIGRATIONS } from "../../src/storage/queue/schema.ts";
import { WaitStore, type StoredWait } from "../../src/storage/queue/waits.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const NOW = toEpochMs(1_000_000_000_000);
const CLIENT = "3381af922b9e11e3b19171861300734c" as ClientId;

function waitNamed(id: string, seconds = 20): StoredWait {
  return { id, hub: "hub/0", connection: "c", client: CLIENT, until: toEpochMs(NOW + seconds * 1000) };
}

describe("waits", () => {
  test("are kept in the order in which they began, also after a restart", () =>
    withStorage(QUEUE_MIGRATIONS, (sql) => {
      const store = WaitStore.open(sql);
      for (const id of ["b", "c", "a"]) store.add(waitNamed(id));
      store.remove("c");
      WaitStore.open(sql).add(waitNamed("d"));
      const reopened = WaitStore.open(sql);
      expect(reopened.all().map(({ id }) => id)).toEqual(["b", "a", "d"]);
      expect(reopened.all()[0]).toMatchObject(waitNamed("b"));
      expect([reopened.has("a"), reopened.has("c")]).toEqual([true, false]);
    }));

  test("are one row each, and one to remove; a wait that is unknown is none", () =>
    withStorage(QUEUE_MIGRATIONS, (sql) => {
      const store = WaitStore.open(sql);
      const before = sql.rowsWritten;
      store.add(waitNamed("a"));
      expect(sql.rowsWritten - before).toBe(1);
      store.remove("a");
      store.remove("a");
      expect(sql.rowsWritten - before).toBe(2);
    }));

  test("are swept when they are over, and not before", () =>
    withStorage(QUEUE_MIGRATIONS, (sql) => {
      const store = WaitStore.open(sql);
      store.add(waitNamed("short", 10));
      store.add(waitNamed("long", 20));
      expect(store.liveUntil(NOW)).toBe(NOW + 20_000);
      store.sweep(toEpochMs(NOW + 9_999));
      expect(store.all()).toHaveLength(2);
      store.sweep(toEpochMs(NOW + 10_000));
      expect(store.all().map(({ id }) => id)).toEqual(["long"]);
      expect(store.liveUntil(toEpochMs(NOW + 20_000))).toBeNull();
    }));
});
