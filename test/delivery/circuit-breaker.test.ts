/** The circuit breaker: limits of attempts at a host, and hosts that do not answer. */
import { describe, expect, test } from "vitest";
import {
  HostBreakers,
  HOSTS_MAX,
  OPEN_MS,
  UNANSWERED_MAX,
  TRY_INTERVAL_MS,
} from "../../src/delivery/circuit-breaker.ts";
import { HOST_ATTEMPTS_MAX, type HostSlot } from "../../src/delivery/host-slots.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const ATTEMPT_MS = 10_000;
const START = toEpochMs(1_000_000);

/** One host, and the time. */
class Neighbourhood {
  readonly hosts = new HostBreakers();
  now = START;

  enter(name = "a"): HostSlot | "full" | "open" {
    return this.hosts.enter(name, ATTEMPT_MS, this.now);
  }

  place(name = "a"): HostSlot {
    const place = this.enter(name);
    if (typeof place === "string") throw new Error(`${name} is ${place}.`);
    return place;
  }

  leave(place: HostSlot, isAnswered: boolean, name = "a"): void {
    this.hosts.leave(name, place, isAnswered, this.now);
  }

  /** Consecutive attempts without an answer. */
  beSilent(count: number): void {
    for (let attempt = 0; attempt < count; attempt++) this.leave(this.place(), false);
  }

  pass(ms: number): void {
    this.now = toEpochMs(this.now + ms);
  }
}

describe("a host has a bounded number of attempts under way", () => {
  test("and the next one begins when one has ended", () => {
    const near = new Neighbourhood();
    const places = Array.from({ length: HOST_ATTEMPTS_MAX }, () => near.place());
    expect(near.enter()).toBe("full");
    expect(near.enter("b")).not.toBe("full");
    near.leave(places[0] ?? near.place(), true);
    expect(near.enter()).not.toBe("full");
    expect(near.enter()).toBe("full");
  });

  test("and those that wait for one begin in their order, before any that comes later", async () => {
    const near = new Neighbourhood();
    const places = Array.from({ length: HOST_ATTEMPTS_MAX }, () => near.place());
    const order: string[] = [];
    const wait = async (name: string): Promise<void> => {
      const place = await near.hosts.enterSoon("a", ATTEMPT_MS, () => near.now);
      order.push(name);
      if (typeof place !== "string") near.leave(place, true);
    };
    const waiting = [wait("first"), wait("second")];
    near.leave(places.pop() ?? near.place(), true);
    expect(near.enter()).toBe("full");
    await Promise.all(waiting);
    expect(order).toEqual(["first", "second"]);
    for (const place of places) near.leave(place, true);
    expect(near.hosts.size).toBe(0);
  });

  test("and one whose object is gone holds its place no longer than an attempt can last", () => {
    const near = new Neighbourhood();
    for (let attempt = 0; attempt < HOST_ATTEMPTS_MAX; attempt++) near.place();
    near.pass(ATTEMPT_MS - 1);
    expect(near.enter()).toBe("full");
    near.pass(1);
    expect(near.enter()).not.toBe("full");
  });
});

describe("a host that does not answer", () => {
  test("is dead after so many attempts in a row, and not before", () => {
    const near = new Neighbourhood();
    near.beSilent(UNANSWERED_MAX - 1);
    expect(near.hosts.isOpen("a", near.now)).toBe(false);
    near.beSilent(1);
    expect([near.enter(), near.enter("b")]).toEqual(["open", expect.anything()]);
  });

  test("is alive when one in between is answered", () => {
    const near = new Neighbourhood();
    near.beSilent(UNANSWERED_MAX - 1);
    near.leave(near.place(), true);
    near.beSilent(UNANSWERED_MAX - 1);
    expect(near.enter()).not.toBe("open");
  });

  test("gets one probe after its pause, and is dead again if that is not answered", () => {
    const near = new Neighbourhood();
    near.beSilent(UNANSWERED_MAX);
    near.pass(OPEN_MS - 1);
    expect(near.enter()).toBe("open");
    near.pass(1);
    const probe = near.place();
    expect(near.enter()).toBe("open");
    near.leave(probe, false);
    near.pass(OPEN_MS - 1);
    expect(near.enter()).toBe("open");
    near.pass(1);
    near.leave(near.place(), true);
    expect([near.enter(), near.enter()]).not.toContain("open");
  });

  test("gets another probe when the first one is lost", () => {
    const near = new Neighbourhood();
    near.beSilent(UNANSWERED_MAX);
    near.pass(OPEN_MS);
    near.place();
    near.pass(ATTEMPT_MS + OPEN_MS - 1);
    expect(near.enter()).toBe("open");
    near.pass(1);
    expect(near.enter()).not.toBe("open");
  });
});

describe("an attempt that finds a host dead", () => {
  test("is told when to come again, at a different time for each, after the pause", () => {
    const near = new Neighbourhood();
    expect(near.hosts.nextTry("a", near.now)).toBeNull();
    near.beSilent(UNANSWERED_MAX);
    const turns = Array.from({ length: 3 }, () => near.hosts.nextTry("a", near.now));
    expect(turns).toEqual([0, 1, 2].map((turn) => near.now + OPEN_MS + turn * TRY_INTERVAL_MS));
    near.pass(OPEN_MS);
    near.place();
    expect(near.hosts.nextTry("a", near.now)).toBe(near.now + ATTEMPT_MS + OPEN_MS + 3 * TRY_INTERVAL_MS);
  });

  test("waits a moment for the answer to the probe, and is made if there is one", async () => {
    const near = new Neighbourhood();
    near.beSilent(UNANSWERED_MAX);
    near.pass(OPEN_MS);
    const probe = near.place();
    expect(near.hosts.isOpenForLonger("a", near.now)).toBe(false);
    const waiting = near.hosts.enterSoon("a", ATTEMPT_MS, () => near.now);
    near.leave(probe, true);
    expect(await waiting).toHaveProperty("until");
  });

  test("waits no longer than that", async () => {
    const near = new Neighbourhood();
    near.beSilent(UNANSWERED_MAX);
    near.pass(OPEN_MS);
    near.place();
    const waiting = near.hosts.enterSoon("a", ATTEMPT_MS, () => near.now);
    near.pass(1000);
    expect(near.hosts.isOpenForLonger("a", near.now)).toBe(true);
    expect(await waiting).toBe("open");
  });
});

test("hosts that answer are not remembered, and the number of others is bounded", () => {
  const near = new Neighbourhood();
  near.leave(near.place(), true);
  expect(near.hosts.size).toBe(0);
  const busy = near.place("busy");
  for (let index = 0; index <= HOSTS_MAX; index++) near.leave(near.place(`host ${index}`), false, `host ${index}`);
  expect(near.hosts.size).toBe(HOSTS_MAX);
  near.leave(busy, true, "busy");
  expect(near.hosts.size).toBe(HOSTS_MAX - 1);
});

test("pauses noted while the clock was a day ahead hold nothing up once it is set right", () => {
  const near = new Neighbourhood();
  near.pass(86_400_000);
  near.beSilent(UNANSWERED_MAX);
  expect(near.enter()).toBe("open");
  for (let attempt = 0; attempt < HOST_ATTEMPTS_MAX; attempt++) near.place("b");
  expect(near.enter("b")).toBe("full");
  near.pass(-86_400_000);
  expect(typeof near.enter()).not.toBe("string");
  expect(typeof near.enter("b")).not.toBe("string");
});
