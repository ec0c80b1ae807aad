/** Pages are limited by bytes and by count: large messages come in small pages, and none is skipped. */
import { describe, expect, test } from "vitest";
import { bodiesOf, withBareQueue, type BareQueue } from "../support/objects/bare-queue.ts";

/** The length of a body. Three fit into a page of 1 MiB. */
const LARGE = 300_000;
const NAMES = ["a", "b", "c", "d", "e", "f", "g"];

function namesOf(messages: Parameters<typeof bodiesOf>[0]): string {
  return bodiesOf(messages)
    .map((body) => body.charAt(0))
    .join("");
}

/** Posts one message of each length. */
function postEach(bare: BareQueue, size: number, names: readonly string[] = NAMES): void {
  for (const name of names) bare.post([name.padEnd(size, "-")]);
}

describe("a list", () => {
  test("ends a page where it is full, and the next goes on there", () =>
    withBareQueue((bare) => {
      postEach(bare, LARGE);
      const pages: string[] = [];
      for (let marker: string | null = null, more = true; more;) {
        const page = bare.page(marker, 20);
        pages.push(namesOf(page.messages));
        marker = page.next;
        more = page.messages.length > 0;
      }
      expect(pages).toEqual(["abc", "def", "g", ""]);
    }));

  test.each([
    // Its two quotes included.
    [524_286, "ab"],
    [524_287, "a"],
  ])("of messages of %d characters holds %j", (size, expected) =>
    withBareQueue((bare) => {
      postEach(bare, size);
      expect(namesOf(bare.page(null, 20).messages)).toBe(expected);
    }),
  );

  test("holds at least one message, however large", () =>
    withBareQueue((bare) => {
      postEach(bare, 1_200_000, ["a", "b"]);
      expect(namesOf(bare.page(null, 20).messages)).toBe("a");
    }));

  test("counts bytes, not characters", () =>
    withBareQueue((bare) => {
      for (const name of NAMES) bare.post([name.padEnd(LARGE, "\u20ac")]);
      expect(namesOf(bare.page(null, 20).messages)).toBe("a");
    }));

  test("of small messages holds as many as were asked for, also from posts of many", () =>
    withBareQueue((bare) => {
      for (let post = 0; post < 3; post++) bare.post(Array.from({ length: 10 }, () => "x".repeat(20_000)));
      expect(bare.page(null, 20).messages).toHaveLength(20);
    }));
});

describe("a claim", () => {
  test("takes what fits, and leaves the rest in order", () =>
    withBareQueue((bare) => {
      postEach(bare, LARGE);
      const first = bare.claim(20);
      expect(namesOf(first.messages)).toBe("abc");
      expect(namesOf(bare.claim(20).messages)).toBe("def");
      bare.queue.release(first.id);
      // Returned messages come first, then new ones as far as there is room.
      expect(namesOf(bare.claim(20).messages)).toBe("abc");
      expect(namesOf(bare.claim(20).messages)).toBe("g");
      expect(bare.claim(20).messages).toEqual([]);
    }));

  test("shows all its messages", () =>
    withBareQueue((bare) => {
      postEach(bare, LARGE);
      const { id } = bare.claim(20);
      expect(namesOf(bare.queue.claimOf(id, bare.now)?.messages ?? [])).toBe("abc");
    }));
});

test("a pop takes what fits", () =>
  withBareQueue((bare) => {
    postEach(bare, LARGE);
    const popped = ["abc", "def", "g", ""].map(() => namesOf(bare.queue.pop(20, bare.now)));
    expect(popped).toEqual(["abc", "def", "g", ""]);
  }));

test("messages requested by their ids are all returned", () =>
  withBareQueue((bare) => {
    postEach(bare, LARGE);
    const ids: string[] = [];
    for (let page = bare.page(null, 20); page.messages.length > 0; page = bare.page(page.next, 20))
      ids.push(...page.messages.map(({ id }) => id));
    expect(namesOf(bare.queue.messages.get(ids, bare.now))).toBe("abcdefg");
  }));
