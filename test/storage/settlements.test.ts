/** Settled claims: what is deleted, released, delayed and counted, the rows that this writes, and memory after a restart. */
import { describe, expect, test } from "vitest";
import type { JsonText } from "../../src/domain/json.ts";
import type { Release } from "../../src/domain/settlement.ts";
import { STATEMENTS as CLAIM_ROWS } from "../../src/storage/queue/claim-rows.ts";
import { CLIENT } from "../support/objects/bare-log.ts";
import { bodiesOf, withBareQueue, type BareQueue } from "../support/objects/bare-queue.ts";

const TEN = Array.from({ length: 10 }, (_, index) => `m${index}`);
const COUNTING = '{"_max_claim_count":2,"_dead_letter_queue":"dead"}' as JsonText;

/** A queue with one claim over its messages, which a test names by their bodies. */
class Claimed {
  readonly bare: BareQueue;
  id = "";
  private readonly ids = new Map<string, string>();

  constructor(bare: BareQueue) {
    this.bare = bare;
  }

  /** Posts each group by one request, and claims all. */
  static of(bare: BareQueue, ...posts: readonly (readonly string[])[]): Claimed {
    const claimed = new Claimed(bare);
    for (const bodies of posts) bare.post(bodies);
    claimed.claim();
    return claimed;
  }

  /** Claims what there is. Returns the bodies. */
  claim(): string[] {
    const { id, messages } = this.bare.claim(20);
    this.id = id;
    const bodies = bodiesOf(messages);
    for (const [index, body] of bodies.entries()) this.ids.set(body, messages[index]?.id ?? "");
    return bodies;
  }

  settle(deleted: readonly string[], ...released: readonly Release[]): unknown {
    this.bare.queue.advanceTo(this.bare.now);
    const named = released.map((release) => ({ ...release, ids: this.idsOf(release.ids) }));
    return this.bare.queue.settle(this.id, { deleted: this.idsOf(deleted), released: named }, this.bare.now);
  }

  held(): string[] {
    this.bare.queue.advanceTo(this.bare.now);
    return bodiesOf(this.bare.queue.claimOf(this.id, this.bare.now)?.messages ?? []);
  }

  /** The bodies with the claim counts of their messages. */
  counts(): [string, number][] {
    const { messages } = this.bare.page(null, 20);
    return messages.map(({ body, claimCount }) => [JSON.parse(body) as string, claimCount]);
  }

  idsOf(bodies: readonly string[]): string[] {
    return bodies.map((body) => this.ids.get(body) ?? body);
  }
}

function after(delay: number, ...ids: readonly string[]): Release {
  return { ids, delay, isCounted: true };
}

function uncounted(delay: number, ...ids: readonly string[]): Release {
  return { ids, delay, isCounted: false };
}

describe("a settlement", () => {
  test.each(["at once", "after a restart"])(
    "deletes and releases what it names, and leaves the rest under the claim (%s)",
    (when) =>
      withBareQueue((bare) => {
        const claimed = Claimed.of(bare, ["a", "b", "c"], ["d", "e"]);
        expect(claimed.settle(["a"], after(0, "b", "e"), after(30, "c"))).toEqual({ ok: true, value: 2 });
        if (when !== "at once") bare.restart();
        expect(bare.list()).toEqual(["b", "c", "d", "e"]);
        expect(claimed.held()).toEqual(["d"]);
        expect(bare.queue.messages.stats(bare.now)).toMatchObject({ claimed: 1, free: 3 });
        expect(bodiesOf(bare.claim().messages)).toEqual(["b", "e"]);
      }),
  );

  test("of all messages ends the claim, and its slot is used again", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b", "c"]);
      claimed.settle(["a"], after(0, "b"), after(30, "c"));
      expect(claimed.held()).toEqual([]);
      expect(bare.queue.claimedCount).toBe(0);
      bare.claim();
      expect(bare.sql.all(CLAIM_ROWS.all)).toHaveLength(1);
    }));

  test("may be repeated: it then changes nothing, and the messages can be claimed once", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, TEN);
      const settle = (): unknown => claimed.settle(["m0", "m1"], after(0, "m2"), after(30, "m3"));
      settle();
      const counts = claimed.counts();
      expect(bare.rowsOf(() => expect(settle()).toEqual({ ok: true, value: 0 }))).toBe(0);
      const other = bare.claim();
      expect(bodiesOf(other.messages)).toEqual(["m2"]);
      expect(bare.rowsOf(() => void settle())).toBe(0);
      expect(bodiesOf(bare.queue.claimOf(other.id, bare.now)?.messages ?? [])).toEqual(["m2"]);
      expect(claimed.counts()).toEqual(counts);
    }));

  test("ignores ids that are malformed or of no message", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a"]);
      const unknown = bare.foreignId(1);
      expect(claimed.settle(["x", unknown], after(0, "y", unknown.replace("1", "2")))).toEqual({ ok: true, value: 0 });
      expect(claimed.held()).toEqual(["a"]);
    }));

  test.each([
    ["is free", "message-not-claimed", (bare: BareQueue) => bare.post(["other"])],
    [
      "another claim holds",
      "message-claimed",
      (bare: BareQueue) => {
        bare.post(["other"]);
        bare.claim();
      },
    ],
  ])("does nothing if it deletes a message that %s", (_, kind, prepare) =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b"]);
      prepare(bare);
      const other = bare.page(null, 20).messages.at(-1)?.id ?? "";
      const settle = (): unknown => claimed.settle(["a", other], after(0, "b"));
      expect(bare.rowsOf(() => expect(settle()).toEqual({ ok: false, failure: { kind, message: other } }))).toBe(0);
      expect(claimed.held()).toEqual(["a", "b"]);
    }),
  );

  test("does not release messages of other claims", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a"]);
      bare.post(["other"]);
      const other = bare.claim();
      expect(claimed.settle([], after(0, "a", other.messages[0]?.id ?? ""))).toEqual({ ok: true, value: 1 });
      expect(bodiesOf(bare.queue.claimOf(other.id, bare.now)?.messages ?? [])).toEqual(["other"]);
    }));

  test("of a claim that is over fails as long as a message to delete exists, and deletes nothing", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b"]);
      bare.advance(300);
      const settle = (): unknown => claimed.settle(["a"], after(30, "b"));
      expect(bare.rowsOf(() => expect(settle()).toBeNull())).toBe(0);
      const [first] = bare.queue.pop(1, bare.now);
      expect(first?.body).toBe('"a"');
      expect(settle()).toEqual({ ok: true, value: 0 });
      expect(bodiesOf(bare.claim().messages)).toEqual(["b"]);
    }));

  test("of a claim that nobody made fails in the same way", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a"]);
      for (const id of ["unknown", ""]) {
        claimed.id = id;
        expect(claimed.settle(["a"])).toBeNull();
        expect(claimed.settle([], after(0, "a"))).toEqual({ ok: true, value: 0 });
      }
      expect(bare.queue.claimedCount).toBe(1);
    }));
});

describe("rows of a settlement of ten messages", () => {
  const DELAYS = TEN.map((body, index) => after(1 + index, body));
  const SPLITS: readonly (readonly [name: string, deleted: readonly string[], released: readonly Release[]])[] = [
    ["ten deleted", TEN, []],
    ["nine deleted, one released with a delay", TEN.slice(1), [after(30, "m0")]],
    ["nine deleted, one released at once", TEN.slice(1), [after(0, "m0")]],
    ["nine deleted, one released uncounted", TEN.slice(1), [uncounted(0, "m0")]],
    ["ten released at once", [], [after(0, ...TEN)]],
    ["ten released with a delay", [], [after(30, ...TEN)]],
    ["ten released with ten delays", [], DELAYS],
    ["ten released uncounted", [], [uncounted(30, ...TEN)]],
    ["three deleted, three released with delays, the rest kept", TEN.slice(0, 3), DELAYS.slice(3, 6)],
  ];
  const ONE_POST = [TEN];
  const TEN_POSTS = TEN.map((body) => [body]);

  test.each(SPLITS)("%s: at most one more than a deletion of all ten", async (_, deleted, released) => {
    for (const posts of [ONE_POST, TEN_POSTS]) {
      for (const metadata of ["{}" as JsonText, COUNTING]) {
        await withBareQueue((bare) => {
          const deletion = Claimed.of(bare, ...posts);
          const bulk = bare.rowsOf(() => void bare.queue.deleteMany(deletion.idsOf(TEN), null, bare.now));
          const settled = Claimed.of(bare, ...posts);
          expect(bare.rowsOf(() => void settled.settle(deleted, ...released))).toBeLessThanOrEqual(bulk + 1);
        }, metadata);
      }
    }
  });

  test("of which all are deleted: none more", () =>
    withBareQueue((bare) => {
      for (const posts of [ONE_POST, TEN_POSTS]) {
        const claimed = Claimed.of(bare, ...posts);
        expect(bare.rowsOf(() => void claimed.settle(TEN))).toBe(posts.length);
      }
    }));
});

describe("a message that was released with a delay", () => {
  test.each(["at once", "after a restart"])("can be claimed at the end of the delay, not before (%s)", (when) =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b", "c"]);
      claimed.settle([], after(30, "a"), after(31, "b"));
      if (when !== "at once") bare.restart();
      bare.advance(29.999);
      expect(claimed.claim()).toEqual([]);
      bare.advance(0.001);
      expect(claimed.claim()).toEqual(["a"]);
      if (when !== "at once") bare.restart();
      bare.advance(1);
      expect(claimed.claim()).toEqual(["b"]);
    }),
  );

  test("can be claimed at a time that the queue knows, so that waiting requests are woken", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b"]);
      claimed.settle([], after(30, "a"));
      expect(bare.queue.nextChange).toBe(bare.now + 30_000);
      expect(bare.queue.mayHaveClaimable).toBe(false);
      bare.advance(30);
      bare.queue.advanceTo(bare.now);
      expect(bare.queue.mayHaveClaimable).toBe(true);
    }));

  test("is delayed, not claimed: it is listed with the delayed ones, and counted as free", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b"]);
      claimed.settle(["a"], after(30, "b"));
      const listed = (includeDelayed: boolean): unknown => {
        const listing = { client: CLIENT, marker: null, limit: 20, echo: true, includeClaimed: false, includeDelayed };
        return bare.queue.messages.list(listing, bare.now).messages.map(({ body, claim }) => [body, claim]);
      };
      expect(listed(false)).toEqual([]);
      expect(listed(true)).toEqual([['"b"', null]]);
      const stats = bare.queue.messages.stats(bare.now);
      expect(stats).toMatchObject({ claimed: 0, free: 1 });
      expect([stats.oldest?.id, stats.newest?.id]).toEqual(Array(2).fill(claimed.idsOf(["b"])[0]));
      expect(bare.queue.claimedCount).toBe(0);
      expect(bare.queue.pop(10, bare.now)).toEqual([]);
      bare.advance(30);
      expect(listed(false)).toEqual([['"b"', null]]);
    }));

  test("can be deleted without a claim, and purged", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b"]);
      claimed.settle([], after(30, "a", "b"));
      expect(bare.queue.delete(claimed.idsOf(["a"])[0] ?? "", null, bare.now)).toEqual({ ok: true, value: null });
      expect(bare.list()).toEqual(["b"]);
      bare.queue.purge(bare.queue.extent, bare.now);
      expect(bare.list()).toEqual([]);
      expect(bare.residues()).toEqual([]);
      bare.advance(30);
      expect(claimed.claim()).toEqual([]);
    }));

  test("is not free for a redrive", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a"]);
      claimed.settle([], after(30, "a"));
      const isFree = (): boolean[] =>
        bare.queue.messages.find(claimed.idsOf(["a"]), bare.now).map((entry) => bare.queue.isFree(entry, bare.now));
      expect(isFree()).toEqual([false]);
      bare.advance(30);
      expect(isFree()).toEqual([true]);
    }));

  test("expires during the delay, and its rows are removed", () =>
    withBareQueue((bare) => {
      bare.post(["a"], { ttl: 90 });
      const claimed = new Claimed(bare);
      bare.queue.release(bare.claim(1, 60).id);
      claimed.claim();
      claimed.settle([], after(900, "a"));
      bare.advance(300);
      expect(bare.list()).toEqual(["a"]);
      bare.advance(600);
      expect(bare.list()).toEqual([]);
      bare.queue.sweep(bare.now);
      expect(bare.residues()).toEqual([]);
      expect(bare.queue.messages.stats(bare.now)).toMatchObject({ claimed: 0, free: 0 });
    }));

  test("may be released again, for longer or shorter", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b"]);
      for (const delay of [30, 5, 60]) {
        claimed.settle([], after(delay, "a", "b"));
        bare.restart();
        bare.advance(delay - 0.001);
        expect(claimed.claim()).toEqual([]);
        bare.advance(0.001);
        expect(claimed.claim()).toEqual(["a", "b"]);
      }
    }));

  test("keeps an extended life, and deleted neighbours stay deleted", () =>
    withBareQueue((bare) => {
      bare.post(["a", "b", "c"], { ttl: 60 });
      const claimed = new Claimed(bare);
      claimed.claim();
      claimed.settle(["b"], after(30, "a"));
      bare.restart();
      bare.advance(359);
      expect(bare.list()).toEqual(["a", "c"]);
      bare.advance(1);
      expect(bare.list()).toEqual([]);
    }));
});

describe("the claim count", () => {
  test.each([
    ["without dead letters", "{}" as JsonText],
    ["with dead letters", '{"_max_claim_count":9,"_dead_letter_queue":"dead"}' as JsonText],
  ])("rises by one for a counted release, and is as before for another (%s)", (_, metadata) =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b", "c"]);
      claimed.settle([], after(0, "a"), uncounted(0, "b"));
      claimed.claim();
      claimed.settle([], after(5, "a"), uncounted(5, "b"));
      bare.restart();
      expect(claimed.counts()).toEqual([
        ["a", 2],
        ["b", 0],
        ["c", 0],
      ]);
    }, metadata),
  );

  test("of the messages that stay rises when their claim lapses or is released, and only theirs", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b", "c", "d"]);
      claimed.settle([], uncounted(0, "a"), after(0, "b"));
      bare.restart();
      bare.queue.release(claimed.id);
      expect(claimed.counts()).toEqual([
        ["a", 0],
        ["b", 1],
        ["c", 1],
        ["d", 1],
      ]);
      claimed.claim();
      claimed.settle([], uncounted(0, "a", "b", "c"));
      bare.advance(300);
      bare.restart();
      bare.claim(1);
      expect(claimed.counts()).toEqual([
        ["a", 0],
        ["b", 1],
        ["c", 1],
        ["d", 2],
      ]);
    }, '{"_max_claim_count":9,"_dead_letter_queue":"dead"}' as JsonText));

  test("that reaches the maximum sends the message to the dead-letter queue with the next claim", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b"]);
      claimed.settle([], after(1, "a"), uncounted(1, "b"));
      bare.advance(1);
      expect(claimed.claim()).toEqual(["a", "b"]);
      claimed.settle([], after(1, "a"), uncounted(1, "b"));
      bare.advance(1);
      expect(bare.list()).toEqual(["a", "b"]);
      expect(claimed.claim()).toEqual(["b"]);
      expect(bare.list()).toEqual(["b"]);
    }, COUNTING));

  test("of a claim that lapsed before is neither lost nor counted twice", () =>
    withBareQueue((bare) => {
      const claimed = Claimed.of(bare, ["a", "b"]);
      bare.advance(300);
      claimed.claim();
      claimed.settle(["b"], after(0, "a"));
      expect(claimed.counts()).toEqual([["a", 2]]);
    }, COUNTING));
});
