/** The size of a queue against its project's quotas. */
import { describe, expect, test } from "vitest";
import { QUOTA_NAMES, UNLIMITED, type Quotas } from "../../src/domain/quota.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { SizeQuotas } from "../../src/storage/queue/size-quotas.ts";

const NOW = toEpochMs(1_000_000_000_000);
const NONE = Object.fromEntries(QUOTA_NAMES.map((name) => [name, UNLIMITED])) as Quotas;

class Size {
  messages = 0;
  bytes = 0;
  readonly measured: string[] = [];
  readonly quotas = new SizeQuotas({
    count: () => {
      this.measured.push("messages");
      return this.messages;
    },
    measure: () => {
      this.measured.push("bytes");
      return this.bytes;
    },
  });
}

describe("a quota", () => {
  test.each([
    [{ messages: 10, bytes: 0 }, null],
    [{ messages: 11, bytes: 0 }, "messages_per_queue"],
    [{ messages: 0, bytes: 1000 }, null],
    [{ messages: 0, bytes: 1001 }, "bytes_per_queue"],
    [{ messages: 11, bytes: 1001 }, "messages_per_queue"],
  ])("of 10 messages and 1000 bytes would be exceeded by %j: %s", (more, expected) => {
    const { quotas } = new Size();
    expect(quotas.exceeded(more, { ...NONE, messages_per_queue: 10, bytes_per_queue: 1000 }, NOW)).toBe(expected);
  });

  test("of nothing refuses the first message", () => {
    expect(new Size().quotas.exceeded({ messages: 1, bytes: 1 }, { ...NONE, messages_per_queue: 0 }, NOW)).toBe(
      "messages_per_queue",
    );
  });

  test("that is not set is never measured for", () => {
    const size = new Size();
    expect(size.quotas.exceeded({ messages: 1e9, bytes: 1e12 }, NONE, NOW)).toBeNull();
    expect(size.measured).toEqual([]);
  });
});

describe("the size", () => {
  const TEN = { ...NONE, messages_per_queue: 10 };

  test("is measured once, and then only when what was added might exceed the quota", () => {
    const size = new Size();
    for (let post = 0; post < 10; post++) {
      expect(size.quotas.exceeded({ messages: 1, bytes: 1 }, TEN, NOW)).toBeNull();
      size.quotas.add({ messages: 1, bytes: 1 });
    }
    expect(size.measured).toEqual(["messages"]);
    // All messages were deleted meanwhile.
    expect(size.quotas.exceeded({ messages: 1, bytes: 1 }, TEN, NOW)).toBeNull();
    expect(size.measured).toEqual(["messages", "messages"]);
  });

  test("that is above the quota already refuses more", () => {
    const size = new Size();
    size.messages = 12;
    expect(size.quotas.exceeded({ messages: 1, bytes: 1 }, TEN, NOW)).toBe("messages_per_queue");
  });
});
