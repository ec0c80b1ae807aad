/** The checker of notifications can fail: for every rule, an account that breaks it, and a similar one that does not. */
import { describe, expect, test } from "vitest";
import type { PostKey, Seen } from "./history.ts";
import {
  checkNotifications,
  tally,
  type Account,
  type Arrival,
  type Posted,
  type PushedTo,
} from "./notification-checker.ts";

const TOLD = [arrival("1-1", 0), arrival("1-1", 1)];

describe("every subscriber gets", () => {
  test("every message of an acknowledged post", () => {
    expect(rules({})).toEqual([]);
    expect(rules({ told: [arrival("1-1", 0)] })).toEqual(["everybody is told"]);
  });

  test("messages in attempts that succeeded: others do not count", () => {
    expect(rules({ told: [...TOLD.slice(1), arrival("1-1", 0, { isAccepted: false })] })).toEqual([
      "everybody is told",
    ]);
    expect(rules({ told: [arrival("1-1", 0, { isAccepted: false }), ...TOLD] })).toEqual([]);
  });

  test("a message that was deleted at once", () => {
    const deleted = { source: [seen("1-1", 0)], touched: [seen("1-1", 1)] };
    expect(rules({ ...deleted, told: [arrival("1-1", 0)] })).toEqual(["everybody is told"]);
  });

  test("perhaps a post without an answer", () => {
    const posts = [posted("1-1", 2, false)];
    expect(rules({ posts, told: [], source: [] })).toEqual([]);
    expect(rules({ posts })).toEqual([]);
  });

  test("dead letters, if it subscribes to their queue", () => {
    const moved = { source: [seen("1-1", 0)], dead: [seen("1-1", 1)] };
    expect(rules(moved)).toEqual(["everybody is told"]);
    expect(rules({ ...moved, toldOfDead: [arrival("1-1", 1)] })).toEqual([]);
  });
});

describe("nothing comes from nowhere", () => {
  test("such as a message that was never posted", () => {
    expect(rules({ told: [...TOLD, arrival("1-1", 2)] })).toEqual(["nothing comes from nowhere"]);
  });

  test("such as a dead letter that is none", () => {
    expect(rules({ toldOfDead: [arrival("1-1", 1)] })).toEqual(["nothing comes from nowhere"]);
  });
});

describe("ids are unique", () => {
  test("a message that comes again has the id it had", () => {
    expect(rules({ told: [...TOLD, ...TOLD] })).toEqual([]);
    expect(rules({ told: [...TOLD, arrival("1-1", 1, { id: "other" })] })).toEqual(["ids are unique"]);
  });

  test("two messages have different ids", () => {
    expect(rules({ told: [arrival("1-1", 0), arrival("1-1", 1, { id: "1-1/0" })] })).toEqual(["ids are unique"]);
  });
});

describe("a message is in one queue, once", () => {
  test("not in both", () => {
    expect(rules({ dead: [seen("1-1", 1)], toldOfDead: [arrival("1-1", 1)] })).toEqual(["moves happen once"]);
  });

  test("not twice in one", () => {
    const dead = [seen("1-1", 1), seen("1-1", 1)];
    expect(rules({ source: [seen("1-1", 0)], dead, toldOfDead: [arrival("1-1", 1)] })).toEqual(["moves happen once"]);
  });

  test("not in none, unless somebody was about to delete it", () => {
    expect(rules({ source: [seen("1-1", 0)] })).toEqual(["acked is kept"]);
    expect(rules({ source: [seen("1-1", 0)], touched: [seen("1-1", 1)] })).toEqual([]);
  });
});

describe("pushes to a connection", () => {
  const three = {
    posts: [posted("1-1", 3)],
    told: [...TOLD, arrival("1-1", 2)],
    source: [seen("1-1", 0), seen("1-1", 1), seen("1-1", 2)],
  };
  const pushed = (...indexes: readonly number[]): Partial<Case> => ({
    ...three,
    pushes: [{ name: "connection", messages: indexes.map((index) => seen("1-1", index)) }],
  });

  test("begin and end anywhere, and may be repeated", () => {
    for (const indexes of [[], [0, 1, 2], [1], [1, 2], [0, 1, 0, 1, 2]]) expect(rules(pushed(...indexes))).toEqual([]);
  });

  test("leave out nothing in between, unless it was deleted", () => {
    expect(rules(pushed(0, 2))).toEqual(["everybody is told"]);
    const deleted = { source: [seen("1-1", 0), seen("1-1", 2)], touched: [seen("1-1", 1)] };
    expect(rules({ ...pushed(0, 2), ...deleted })).toEqual([]);
    expect(rules({ ...pushed(0, 1, 2), ...deleted })).toEqual([]);
  });

  test("are in the order of the queue", () => {
    expect(rules(pushed(1, 0))).toEqual(["order is kept"]);
    expect(
      rules({ ...pushed(1, 0), pushes: [pushed(1).pushes, pushed(0).pushes].flatMap((each) => each ?? []) }),
    ).toEqual([]);
  });

  test("are of messages that were posted", () => {
    expect(rules(pushed(2, 3))).toEqual(["nothing comes from nowhere"]);
  });
});

test("duplicates and late deliveries are counted, and are no violation", () => {
  const arrivals = [
    arrival("1-2", 0),
    arrival("2-1", 0),
    arrival("1-1", 1),
    arrival("1-2", 0),
    arrival("2-2", 0, { isAccepted: false }),
    arrival("2-2", 0),
  ];
  expect(tally("steady", arrivals)).toEqual({
    subscriber: "steady",
    messages: 4,
    requests: 6,
    duplicates: 1,
    late: 1,
  });
});

interface Case {
  readonly posts: readonly Posted[];
  readonly told: readonly Arrival[];
  readonly toldOfDead: readonly Arrival[];
  readonly source: readonly Seen[];
  readonly dead: readonly Seen[];
  readonly touched: readonly Seen[];
  readonly pushes: readonly PushedTo[];
}

/** A post of two messages, by default stored and delivered. */
function rules(changes: Partial<Case>): readonly string[] {
  const usual = { posts: [posted("1-1", 2)], told: TOLD, toldOfDead: [], source: [seen("1-1", 0), seen("1-1", 1)] };
  const none = { dead: [], touched: [], pushes: [] };
  const { posts, told, toldOfDead, source, dead, touched, pushes }: Case = { ...usual, ...none, ...changes };
  const account: Account = {
    posts,
    arrivals: new Map([
      ["steady", told],
      ["mourner", toldOfDead],
    ]),
    subscribers: { source: ["steady"], dead: ["mourner"] },
    stored: { source, dead },
    touched,
    pushes,
  };
  return checkNotifications(account).map(({ rule }) => rule);
}

function posted(post: PostKey, count: number, isAcked = true): Posted {
  return { post, count, isAcked };
}

function arrival(post: PostKey, index: number, changes: Partial<Arrival> = {}): Arrival {
  return { post, index, id: `${post}/${index}`, isAccepted: true, ...changes };
}

function seen(post: PostKey, index: number): Seen {
  return { post, index, id: `${post}/${index}` };
}
