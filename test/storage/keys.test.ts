/** API keys and quotas of a project, as they are stored. */
import { describe, expect, test } from "vitest";
import { KEY_USE_RESOLUTION } from "../../src/domain/api-key.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { Keys } from "../../src/storage/project/keys.ts";
import { readQuotas, writeQuotas } from "../../src/storage/project/quotas.ts";
import { PROJECT_MIGRATIONS } from "../../src/storage/project/schema.ts";
import type { Sql } from "../../src/storage/sql.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const NOW = toEpochMs(1_000_000_000_000);
const DIGEST = "0".repeat(64);
const KEY: Parameters<Keys["insert"]>[0] = {
  id: "b",
  digest: DIGEST,
  description: "of the shop",
  roles: ["reader", "member"],
  queuePrefix: "orders-",
  createdAt: NOW,
  expiresAt: null,
};

function withKeys(work: (keys: Keys, sql: Sql, raw: SqlStorage) => void): Promise<void> {
  return withStorage(PROJECT_MIGRATIONS, (sql, raw) => work(new Keys(sql), sql, raw));
}

describe("a key", () => {
  test("is read as it was inserted, without its digest", () =>
    withKeys((keys) => {
      keys.insert(KEY);
      const { digest, ...record } = KEY;
      expect(digest).toBe(DIGEST);
      expect([keys.get("b"), keys.get("a")]).toEqual([{ ...record, usedAt: null }, null]);
    }));

  test("grants its roles and prefix to whoever knows its secret", () =>
    withKeys((keys) => {
      keys.insert(KEY);
      expect(keys.use("b", DIGEST, NOW)).toEqual({
        roles: ["reader", "member"],
        queuePrefix: "orders-",
        expiresAt: null,
      });
      expect([keys.use("b", `${DIGEST.slice(1)}1`, NOW), keys.use("b", "", NOW), keys.use("a", DIGEST, NOW)]).toEqual([
        null,
        null,
        null,
      ]);
    }));

  test("grants nothing from its expiry on", () =>
    withKeys((keys) => {
      keys.insert({ ...KEY, expiresAt: NOW });
      expect([keys.use("b", DIGEST, toEpochMs(NOW - 1))?.expiresAt, keys.use("b", DIGEST, NOW)]).toEqual([NOW, null]);
    }));

  test("has its use noted at first and then when the last note is old enough: each is a row", () =>
    withKeys((keys, sql) => {
      keys.insert(KEY);
      const written = (now: number): number => {
        const before = sql.rowsWritten;
        keys.use("b", DIGEST, toEpochMs(now));
        return sql.rowsWritten - before;
      };
      const times = [NOW, NOW + 1, NOW + KEY_USE_RESOLUTION - 1, NOW + KEY_USE_RESOLUTION];
      expect(times.map(written)).toEqual([1, 0, 0, 1]);
      expect(keys.get("b")?.usedAt).toBe(NOW + KEY_USE_RESOLUTION);
    }));

  test("with a wrong secret or past its expiry has no use noted", () =>
    withKeys((keys) => {
      keys.insert({ ...KEY, expiresAt: NOW });
      keys.use("b", "wrong", toEpochMs(NOW - 1));
      keys.use("b", DIGEST, NOW);
      expect(keys.get("b")?.usedAt).toBeNull();
    }));

  test.each(["", "["])("with the damaged roles %j grants nothing, others are unaffected", (roles) =>
    withKeys((keys, _, raw) => {
      keys.insert(KEY);
      keys.insert({ ...KEY, id: "c" });
      raw.exec("UPDATE api_key SET roles = ? WHERE id = 'b'", roles);
      expect(keys.list("", 10).map((key) => key.roles)).toEqual([[], ["reader", "member"]]);
      expect(keys.use("b", DIGEST, NOW)?.roles).toEqual([]);
    }),
  );
});

describe("the keys of a project", () => {
  test("are listed after a marker, by their ids, as many as asked for", () =>
    withKeys((keys) => {
      for (const id of ["c", "a", "b"]) keys.insert({ ...KEY, id });
      const idsOf = (marker: string, limit: number): string[] => keys.list(marker, limit).map(({ id }) => id);
      expect([idsOf("", 10), idsOf("a", 1), idsOf("c", 10)]).toEqual([["a", "b", "c"], ["b"], []]);
      expect(keys.count()).toBe(3);
    }));

  test("lose one that is removed, others are unaffected", () =>
    withKeys((keys) => {
      for (const id of ["a", "b"]) keys.insert({ ...KEY, id });
      keys.remove("a");
      keys.remove("a");
      expect([keys.get("a"), keys.count()]).toEqual([null, 1]);
    }));
});

describe("quotas", () => {
  test("are read as they were written; unlimited and none at all are values too", () =>
    withStorage(PROJECT_MIGRATIONS, (sql) => {
      expect(readQuotas(sql)).toEqual({});
      writeQuotas(sql, { queues: 0, requests_per_second: -1 });
      expect(readQuotas(sql)).toEqual({ queues: 0, requests_per_second: -1 });
    }));

  test("are replaced by the next ones as a whole", () =>
    withStorage(PROJECT_MIGRATIONS, (sql) => {
      writeQuotas(sql, { queues: 5, messages_per_queue: 10 });
      writeQuotas(sql, { queues: 6 });
      expect(readQuotas(sql)).toEqual({ queues: 6 });
      writeQuotas(sql, {});
      expect(readQuotas(sql)).toEqual({});
    }));
});
