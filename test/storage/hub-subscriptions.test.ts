/** The subscriptions of a hub's connections, in rows and in memory. */
import { describe, expect, test } from "vitest";
import { toProjectId, type QueueName } from "../../src/domain/id.ts";
import type { Place } from "../../src/domain/place.ts";
import { HUB_MIGRATIONS } from "../../src/storage/hub/schema.ts";
import { HubSubscriptionStore } from "../../src/storage/hub/subscriptions.ts";
import type { Sql } from "../../src/storage/sql.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const SHOP = toProjectId("a/shop");
const ORDERS: Place = { kind: "queue", name: "orders" as QueueName };
const NEWS: Place = { kind: "topic", name: "orders" as QueueName };

function open(sql: Sql): HubSubscriptionStore {
  const store = new HubSubscriptionStore(sql);
  store.load();
  return store;
}

describe("a subscription", () => {
  test("is found by connection, project and place, also after a restart", () =>
    withStorage(HUB_MIGRATIONS, (sql) => {
      open(sql).add("one", SHOP, ORDERS);
      const store = open(sql);
      expect(store.find("one", SHOP, ORDERS)).toEqual({ project: SHOP, place: ORDERS, position: null });
      expect(store.find("two", SHOP, ORDERS)).toBeNull();
      expect(store.find("one", toProjectId("shop"), ORDERS)).toBeNull();
      expect(store.find("one", SHOP, NEWS)).toBeNull();
    }));

  test("is one row, and one to remove", () =>
    withStorage(HUB_MIGRATIONS, (sql) => {
      const store = open(sql);
      const before = sql.rowsWritten;
      store.add("one", SHOP, ORDERS);
      expect(sql.rowsWritten - before).toBe(1);
      store.remove("one", SHOP, ORDERS);
      expect(sql.rowsWritten - before).toBe(2);
      expect(open(sql).connections).toEqual([]);
    }));

  test("that is removed leaves the others of its connection", () =>
    withStorage(HUB_MIGRATIONS, (sql) => {
      const store = open(sql);
      store.add("one", SHOP, ORDERS);
      store.add("one", SHOP, NEWS);
      store.add("two", SHOP, ORDERS);
      store.remove("one", SHOP, ORDERS);
      for (const each of [store, open(sql)]) {
        expect(each.connections).toEqual(["one", "two"]);
        expect(each.of("one").map(({ place }) => place)).toEqual([NEWS]);
      }
      store.remove("one", SHOP, NEWS);
      expect(store.connections).toEqual(["two"]);
      expect(store.of("one")).toEqual([]);
    }));
});
