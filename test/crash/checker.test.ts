/**
 * The checker can fail: for every rule, a history that breaks it, and a similar one that does not. With a checker that accepts
 * everything a crash test would always pass.
 */
import { describe, expect, test } from "vitest";
import { check } from "./checker.ts";
import type { Audit, Event, Grant, Page, Post, PostKey, Seen } from "./history.ts";

const QUEUE = "orders";

describe("acked is kept", () => {
  test("a message that an audit does not find is lost", () => {
    expect(rules(post("1-1", 2, 0), audit(10, ["1-1/0"]))).toEqual(["acked is kept"]);
  });

  test("a message that somebody deleted is not", () => {
    expect(rules(post("1-1", 2, 0), deletion("1-1/1", 5), audit(10, ["1-1/0"]))).toEqual([]);
  });

  test("a delete without an answer may have happened", () => {
    expect(rules(post("1-1", 2, 0), deletion("1-1/1", 5, "unknown"), audit(10, ["1-1/0"]))).toEqual([]);
    expect(rules(post("1-1", 2, 0), deletion("1-1/1", 5, "unknown"), audit(10, ["1-1/0", "1-1/1"]))).toEqual([]);
  });

  test("a refused delete explains nothing", () => {
    expect(rules(post("1-1", 2, 0), deletion("1-1/1", 5, "refused"), audit(10, ["1-1/0"]))).toEqual(["acked is kept"]);
  });

  test("a delete after the audit explains nothing", () => {
    expect(rules(post("1-1", 1, 0), audit(10, []), deletion("1-1/0", 20))).toEqual(["acked is kept"]);
  });

  test("a pop without an answer explains as many messages as it asked for", () => {
    expect(rules(post("1-1", 3, 0), lostPop(2, 5), audit(10, ["1-1/2"]))).toEqual([]);
    expect(rules(post("1-1", 3, 0), lostPop(2, 5), audit(10, []))).toEqual(["acked is kept"]);
  });

  test("a post without an answer need not be there, and may be", () => {
    expect(rules(post("1-1", 2, 0, null), audit(10, []))).toEqual([]);
    expect(rules(post("1-1", 2, 0, null), audit(10, ["1-1/0", "1-1/1"]))).toEqual([]);
  });
});

describe("posts are atomic", () => {
  test("part of a post without an answer is there", () => {
    expect(rules(post("1-1", 3, 0, null), audit(10, ["1-1/0", "1-1/1"]))).toEqual(["posts are atomic"]);
  });

  test("a post is answered with fewer ids than messages", () => {
    expect(rules({ ...post("1-1", 2, 0), ids: ["id-1-1/0"] })).toEqual(["posts are atomic"]);
  });
});

describe("deleted is gone", () => {
  test("a deleted message is listed", () => {
    expect(rules(post("1-1", 1, 0), deletion("1-1/0", 5), page(10, ["1-1/0"]))).toEqual(["deleted is gone"]);
  });

  test("a popped message is claimed", () => {
    const history = [post("1-1", 1, 0), pop(5, ["1-1/0"]), claim("c", 10, ["1-1/0"])];
    expect(rules(...history)).toEqual(["deleted is gone", "leases are exclusive"]);
  });

  test("a listing that began before the delete had ended may show it", () => {
    expect(rules(post("1-1", 1, 0), deletion("1-1/0", 5), { ...page(10, ["1-1/0"]), sentAt: 5.5 })).toEqual([]);
  });

  test("a delete without an answer need not have happened", () => {
    expect(rules(post("1-1", 1, 0), deletion("1-1/0", 5, "unknown"), page(10, ["1-1/0"]))).toEqual([]);
  });
});

describe("leases are exclusive", () => {
  const posted = post("1-1", 1, 0);
  const first = claim("a", 10, ["1-1/0"], 60);

  test("two claims hold one message", () => {
    expect(rules(posted, first, claim("b", 20_000, ["1-1/0"]))).toEqual(["leases are exclusive"]);
  });

  test("two claims that were under way together hold one message", () => {
    const together = { ...claim("b", 10, ["1-1/0"]), sentAt: 9.5 };
    expect(rules(posted, first, together)).toEqual(["leases are exclusive"]);
  });

  test("the first lease is over", () => {
    expect(rules(posted, first, claim("b", 61_000, ["1-1/0"]))).toEqual([]);
  });

  test("the first lease may just be over", () => {
    expect(rules(posted, first, claim("b", 60_009, ["1-1/0"]))).toEqual([]);
  });

  test("the first lease was renewed", () => {
    expect(rules(posted, first, renewal("a", 50_000), claim("b", 100_000, ["1-1/0"]))).toEqual([
      "leases are exclusive",
    ]);
    expect(rules(posted, first, renewal("a", 50_000), claim("b", 111_000, ["1-1/0"]))).toEqual([]);
  });

  test("a renewal without an answer may have happened", () => {
    expect(rules(posted, first, renewal("a", 50_000, "unknown"), claim("b", 100_000, ["1-1/0"]))).toEqual([]);
  });

  test("the first lease was released, or may have been", () => {
    expect(rules(posted, first, release("a", 15), claim("b", 20, ["1-1/0"]))).toEqual([]);
    expect(rules(posted, first, release("a", 15, "unknown"), claim("b", 20, ["1-1/0"]))).toEqual([]);
  });

  test("a leased message is popped", () => {
    expect(rules(posted, first, pop(20, ["1-1/0"]))).toEqual(["leases are exclusive"]);
  });

  test("two pops get one message", () => {
    expect(rules(posted, pop(10, ["1-1/0"]), { ...pop(10, ["1-1/0"]), sentAt: 9.5 })).toEqual(["leases are exclusive"]);
  });
});

describe("leases last", () => {
  const held = [post("1-1", 1, 0), claim("a", 10, ["1-1/0"], 60)];

  test("a leased message is listed as free", () => {
    expect(rules(...held, page(20, ["1-1/0"]))).toEqual(["leases last"]);
    expect(rules(...held, { ...page(20, ["1-1/0"]), includesClaimed: true })).toEqual([]);
  });

  test("a leased message is free in an audit", () => {
    expect(rules(...held, audit(20, ["1-1/0"]))).toEqual(["leases last"]);
  });

  test("a live claim cannot be renewed", () => {
    expect(rules(...held, renewal("a", 20, "gone"))).toEqual(["leases last"]);
  });

  test("a claim without messages cannot be renewed", () => {
    expect(rules(...held, deletion("1-1/0", 15), renewal("a", 20, "gone"))).toEqual([]);
  });

  test("a live claim does not allow a delete", () => {
    expect(rules(...held, { ...deletion("1-1/0", 20, "refused"), claim: "a" })).toEqual(["leases last"]);
    expect(rules(...held, release("a", 15), { ...deletion("1-1/0", 20, "refused"), claim: "a" })).toEqual([]);
  });
});

describe("leases have holders", () => {
  const posted = post("1-1", 2, 0);
  const held = claim("a", 10, ["1-1/0", "1-1/1"], 60);
  /** An audit in which the messages of the post are claimed. */
  const claimed = (at: number): Audit => {
    const { all, ...found } = audit(at, ["1-1/0", "1-1/1"]);
    return { ...found, all, free: [], stats: { total: 2, claimed: 2, free: 0 } };
  };

  test("a message is claimed that no client has claimed", () => {
    expect(rules(posted, held, claimed(20))).toEqual([]);
    expect(rules(posted, claimed(20))).toEqual(["leases have holders"]);
  });

  test("a lease does not end", () => {
    expect(rules(posted, held, claimed(60_200))).toEqual([]);
    expect(rules(posted, held, claimed(60_300))).toEqual(["leases have holders"]);
    expect(rules(posted, held, renewal("a", 50_000, "unknown"), claimed(110_200))).toEqual([]);
    expect(rules(posted, held, renewal("a", 50_000, "unknown"), claimed(110_300))).toEqual(["leases have holders"]);
    expect(rules(posted, held, renewal("a", 50_000, "gone"), claimed(60_300))).toContain("leases have holders");
  });

  test("a claim without an answer explains as many messages as it asked for, while its lease may last", () => {
    expect(rules(posted, lostClaim(2, 10), claimed(60_200))).toEqual([]);
    expect(rules(posted, lostClaim(2, 10), claimed(60_300))).toEqual(["leases have holders"]);
    expect(rules(posted, lostClaim(1, 10), claimed(20))).toEqual(["leases have holders"]);
    expect(rules(posted, lostClaim(2, 30), claimed(20))).toEqual(["leases have holders"]);
  });

  test("a claim that was over before the post explains nothing", () => {
    expect(rules(post("1-1", 2, 10), lostClaim(2, 5), claimed(20))).toEqual(["leases have holders"]);
    expect(rules(post("1-1", 2, 10), lostClaim(2, 9.5), claimed(20))).toEqual([]);
  });
});

describe("order is kept", () => {
  test("a poster's posts are listed the wrong way round", () => {
    const posts = [post("1-1", 1, 0), post("1-2", 1, 2)];
    expect(rules(...posts, audit(10, ["1-1/0", "1-2/0"]))).toEqual([]);
    expect(rules(...posts, audit(10, ["1-2/0", "1-1/0"]))).toEqual(["order is kept"]);
  });

  test("the messages of a post are claimed the wrong way round", () => {
    expect(rules(post("1-1", 2, 0), claim("a", 10, ["1-1/1", "1-1/0"]))).toEqual(["order is kept"]);
  });

  test("serial numbers are numbers", () => {
    expect(rules(post("1-9", 1, 0), post("1-10", 1, 2), audit(10, ["1-9/0", "1-10/0"]))).toEqual([]);
  });

  test("a post that had ended before another began is listed behind it", () => {
    const posts = [post("1-1", 1, 0), post("2-1", 1, 2)];
    expect(rules(...posts, audit(10, ["2-1/0", "1-1/0"]))).toEqual(["order is kept"]);
  });

  test("posts that were under way together may be listed either way", () => {
    const posts = [post("1-1", 1, 0), post("2-1", 1, 0.5)];
    expect(rules(...posts, audit(10, ["2-1/0", "1-1/0"]))).toEqual([]);
  });
});

describe("ids and retries", () => {
  test("one id is given twice", () => {
    const again = { ...post("1-2", 1, 2), ids: ["id-1-1/0"] };
    expect(rules(post("1-1", 1, 0), again)).toEqual(["ids are unique"]);
  });

  test("an id shows another message than was posted", () => {
    const swapped = [seen("1-1/1", "id-1-1/0"), seen("1-1/0", "id-1-1/1")];
    expect(rules(post("1-1", 2, 0), { ...page(10, []), messages: swapped })).toContain("ids are unique");
  });

  test("a retry with the same key gets other ids", () => {
    expect(rules(post("1-1", 1, 0), { ...post("1-1", 1, 5), ids: ["other"] })).toEqual(["retries store once"]);
    expect(rules(post("1-1", 1, 0), post("1-1", 1, 5))).toEqual([]);
  });

  test("a retry stores the message again", () => {
    const twice = [seen("1-1/0", "first"), seen("1-1/0", "second")];
    const history = [
      post("1-1", 1, 0, null),
      { ...post("1-1", 1, 5), ids: ["second"] },
      { ...page(10, []), messages: twice },
    ];
    expect(rules(...history)).toContain("retries store once");
  });
});

describe("nothing comes from nowhere", () => {
  test("a message was never posted", () => {
    expect(rules(page(10, ["1-1/0"]))).toEqual(["nothing comes from nowhere"]);
  });

  test("a message returns that an audit did not find", () => {
    const deleted = [post("1-1", 1, 0), deletion("1-1/0", 5, "unknown"), audit(10, [])];
    expect(rules(...deleted)).toEqual([]);
    expect(rules(...deleted, page(20, ["1-1/0"]))).toEqual(["nothing comes from nowhere"]);
    // A post that appears late was stored all the time, so the audit missed it, too.
    const late = [post("1-1", 1, 0, null), audit(10, []), page(20, ["1-1/0"])];
    expect(rules(...late)).toEqual(["acked is kept", "nothing comes from nowhere"]);
  });

  test("a post without an answer is retried after the audit", () => {
    expect(rules(post("1-1", 1, 0, null), audit(10, []), post("1-1", 1, 15), page(20, ["1-1/0"]))).toEqual([]);
  });
});

describe("an audit agrees with itself", () => {
  const posted = post("1-1", 2, 0);

  test("stats count what the listings do not show", () => {
    const honest = audit(10, ["1-1/0", "1-1/1"]);
    expect(rules(posted, honest)).toEqual([]);
    expect(rules(posted, { ...honest, stats: { total: 3, claimed: 0, free: 3 } })).toEqual(["stats agree"]);
    expect(rules(posted, { ...honest, stats: { total: 2, claimed: 1, free: 1 } })).toEqual(["stats agree"]);
  });

  test("what is free cannot be claimed", () => {
    const drain = { kind: "drain", queue: QUEUE, sentAt: 20, endedAt: 21 } as const;
    const audited = [posted, audit(10, ["1-1/0", "1-1/1"])];
    expect(rules(...audited, { ...drain, messages: [seen("1-1/0"), seen("1-1/1")] })).toEqual([]);
    expect(rules(...audited, { ...drain, messages: [seen("1-1/0")] })).toEqual(["free is claimable"]);
  });
});

test("an unexpected answer is a violation", () => {
  expect(rules({ kind: "surprise", queue: QUEUE, sentAt: 0, endedAt: 1, text: "500" })).toEqual([
    "answers are expected",
  ]);
});

test("queues are checked independently", () => {
  const elsewhere = { ...audit(10, []), queue: "others" };
  expect(rules(post("1-1", 1, 0), elsewhere)).toEqual([]);
});

/** The violated rules of a history, in alphabetical order. Events last 1 ms. */
function rules(...history: readonly Event[]): readonly string[] {
  return [...new Set(check(history).map((violation) => violation.rule))].toSorted();
}

function span(at: number): { readonly queue: string; readonly sentAt: number; readonly endedAt: number } {
  return { queue: QUEUE, sentAt: at, endedAt: at + 1 };
}

/** `1-1/0` is message 0 of post 1-1. */
function seen(name: string, id = `id-${name}`): Seen {
  const [key, index] = name.split("/");
  return { id, post: key as PostKey, index: Number(index) };
}

function post(key: PostKey, count: number, at: number, answer: "acked" | null = "acked"): Post {
  const ids = Array.from({ length: count }, (_, index) => `id-${key}/${index}`);
  return { kind: "post", ...span(at), post: key, count, ids: answer === null ? null : ids };
}

function claim(id: string, at: number, names: readonly string[], ttl = 60): Grant {
  return { kind: "grant", ...span(at), lease: { claim: id, ttl }, messages: names.map((name) => seen(name)) };
}

function pop(at: number, names: readonly string[]): Grant {
  return { kind: "grant", ...span(at), lease: null, messages: names.map((name) => seen(name)) };
}

function lostClaim(limit: number, at: number): Event {
  return { kind: "lost-claim", ...span(at), ttl: 60, limit };
}

function lostPop(count: number, at: number): Event {
  return { kind: "lost-pop", ...span(at), count };
}

function renewal(id: string, at: number, outcome: "done" | "unknown" | "gone" = "done"): Event {
  return { kind: "renewal", ...span(at), claim: id, ttl: 60, outcome };
}

function release(id: string, at: number, outcome: "done" | "unknown" = "done"): Event {
  return { kind: "release", ...span(at), claim: id, outcome };
}

function deletion(
  name: string,
  at: number,
  outcome: "done" | "unknown" | "refused" = "done",
): Event & { readonly kind: "deletion" } {
  return { kind: "deletion", ...span(at), ids: [`id-${name}`], claim: null, outcome };
}

function page(at: number, names: readonly string[]): Page {
  return { kind: "page", ...span(at), includesClaimed: false, messages: names.map((name) => seen(name)) };
}

/** An audit in which all messages are free. */
function audit(at: number, names: readonly string[]): Audit {
  const all = names.map((name) => seen(name));
  return { kind: "audit", ...span(at), all, free: all, stats: { total: all.length, claimed: 0, free: all.length } };
}
