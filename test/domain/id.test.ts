/** Names and identifiers. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createdAtOf,
  isProjectTooLong,
  parseFreeClientId,
  parseMessageId,
  parseQueueName,
  parseUuidClientId,
  shardIn,
  shardOfClaim,
  toEpoch,
  toMessageId,
  toProjectId,
  toShardClaimId,
  toShardEpoch,
} from "../../src/domain/id.ts";

test.each(["a", "0", "-", "_", ".", "A-b_c.9", "x".repeat(64)])("%s is a queue's name", (name) => {
  expect(parseQueueName(name)).toBe(name);
});

test.each(["", "x".repeat(65), "a b", "a/b", "a\n", "é", "a:b", "\u0000", "٣"])("%j is not a queue's name", (name) => {
  expect(parseQueueName(name)).toBeNull();
});

test("a project has up to 256 characters where a queue is named", () => {
  expect(isProjectTooLong(toProjectId("x".repeat(256)))).toBe(false);
  expect(isProjectTooLong(toProjectId("x".repeat(257)))).toBe(true);
});

describe("a Client-ID", () => {
  const CANONICAL = "3381af922b9e11e3b19171861300734c";
  test.each([
    "3381af92-2b9e-11e3-b191-71861300734c",
    "3381AF92-2B9E-11E3-B191-71861300734C",
    CANONICAL,
    "{3381af92-2b9e-11e3-b191-71861300734c}",
    "urn:uuid:3381af92-2b9e-11e3-b191-71861300734c",
    "3381-af922b9e11e3b19171861300734c",
    CANONICAL.split("").join("-"),
    CANONICAL.padStart(80, "{"),
  ])("%s is one client, however it is spelled", (text) => {
    expect(parseUuidClientId(text)).toBe(CANONICAL);
    expect(parseFreeClientId(text, { min: 1, max: 100 })).toBe(CANONICAL);
  });

  test.each([
    "",
    CANONICAL.slice(1),
    `${CANONICAL}0`,
    `${CANONICAL.slice(1)}g`,
    " 3381af92-2b9e-11e3-b191-71861300734c",
    "x",
    CANONICAL.padStart(81, "{"),
  ])("%j is no UUID", (text) => {
    expect(parseUuidClientId(text)).toBeNull();
  });

  test("may be any text of 10 to 36 characters when that is allowed", () => {
    const bounds = { min: 10, max: 36 };
    expect(parseFreeClientId("x".repeat(9), bounds)).toBeNull();
    expect(parseFreeClientId("x".repeat(10), bounds)).toBe("x".repeat(10));
    expect(parseFreeClientId("x".repeat(36), bounds)).toBe("x".repeat(36));
    expect(parseFreeClientId("x".repeat(37), bounds)).toBeNull();
  });
});

describe("message ids", () => {
  const position = fc.record({
    createdAt: fc.integer({ min: 0, max: 2 ** 43 }),
    random: fc.nat(),
    sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    shard: fc.integer({ min: 0, max: 255 }),
  });

  test("tell where a message is", () => {
    fc.assert(
      fc.property(position, ({ createdAt, random, sequence, shard }) => {
        const life = toEpoch(createdAt, random);
        const epoch = shard === 0 ? life : toShardEpoch(life, shard);
        const id = toMessageId(epoch, sequence);
        expect(id).toMatch(/^[0-9a-f]{32}$/);
        expect(parseMessageId(id)).toEqual({ epoch, sequence });
        expect([shardIn(epoch), createdAtOf(epoch)]).toEqual([shard, createdAt]);
      }),
    );
  });

  test("sort like sequence numbers and fit into a URL", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        const epoch = toEpoch(1, 1);
        const [first, second] = [toMessageId(epoch, a), toMessageId(epoch, b)];
        expect(first < second).toBe(a < b);
        expect(first).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
  });

  test("never repeat in a queue that was deleted and created again", () => {
    expect(toMessageId(toEpoch(1, 1), 1)).not.toBe(toMessageId(toEpoch(1, 2), 1));
    expect(toMessageId(toEpoch(1, 1), 1) < toMessageId(toEpoch(2, 0), 1)).toBe(true);
  });

  test.each(["", "x", "0".repeat(31), "0".repeat(33), "G".repeat(32), "A".repeat(32), "f".repeat(32)])(
    "%j is none",
    (text) => {
      expect(parseMessageId(text)).toBeNull();
    },
  );
});

test("the id of a claim says in which shard it is, and no other id does", () => {
  fc.assert(
    fc.property(fc.uuid({ version: 4 }), fc.integer({ min: 1, max: 255 }), (uuid, shard) => {
      const id = toShardClaimId(uuid, shard);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect([shardOfClaim(id), shardOfClaim(uuid), shardOfClaim(uuid.slice(0, 20))]).toEqual([shard, 0, 0]);
    }),
  );
});

test.each(["", "--------------8-----", "xxxxxxxx-xxxx-8xxx-xxxx-xxxxxxxxxxxx"])("%j names no shard", (text) => {
  expect(shardOfClaim(text)).toBe(0);
});
