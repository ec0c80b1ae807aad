/** The pushes of a queue to connections: the messages of one call, and the changes that follow from its answer. */
import { describe, expect, test } from "vitest";
import { Outbox } from "../../src/objects/queue/outbox.ts";
import { SubscribedQueue } from "../support/fakes/subscribed-queue.ts";

/** Connections with numbers from 1, in hubs of the given size. */
function subscribe(queue: SubscribedQueue, count: number, perHub: number, hasOptions = false): void {
  for (let number = 1; number <= count; number++) {
    const hub = `hub/${Math.floor((number - 1) / perHub)}`;
    queue.subscribe(number, { connection: { hub, connection: `c${number}`, hasOptions } });
  }
}

async function handOver(queue: SubscribedQueue, outbox = new Outbox(queue.deps())): Promise<Outbox> {
  outbox.start({ lagging: true });
  await outbox.settle(5000);
  return outbox;
}

describe("a post", () => {
  test("to a thousand connections in eight hubs is eight calls", async () => {
    const queue = new SubscribedQueue();
    subscribe(queue, 1000, 125);
    queue.post("a");
    await handOver(queue);
    expect(queue.pushes.map(([hub, { connections }]) => [hub, connections.length])).toEqual(
      Array.from({ length: 8 }, (_, hub) => [`hub/${hub}`, 125]),
    );
    expect(queue.pagesRead).toBe(1);
    expect(queue.sharedCursors).toEqual([{ sequence: 1, sweepAt: null }]);
    expect(queue.changes).toEqual([]);
  });

  test("of several pages is one call for each page and hub", async () => {
    const queue = new SubscribedQueue();
    subscribe(queue, 20, 10);
    queue.post("a", "b", "c", "d", "e");
    await handOver(queue);
    expect(queue.pushes.map(([hub, { notifications }]) => [hub, notifications.length])).toEqual([
      ["hub/0", 4],
      ["hub/1", 4],
      ["hub/0", 1],
      ["hub/1", 1],
    ]);
  });

  test("states who it is from", async () => {
    const queue = new SubscribedQueue();
    subscribe(queue, 1, 1);
    queue.post("a");
    await handOver(queue);
    expect(queue.pushes[0]?.[1]).toMatchObject({
      project: "shop",
      place: { kind: "queue", name: "orders" },
      epoch: queue.epoch,
      template: null,
      connections: ["c1"],
    });
  });

  test("goes to connections with the same `post_data` together", async () => {
    const queue = new SubscribedQueue();
    subscribe(queue, 4, 4, true);
    queue.templates.set(2, "two").set(4, "two");
    queue.post("a");
    await handOver(queue);
    expect(queue.pushes.map(([, { template, connections }]) => [template, ...connections])).toEqual([
      [null, "c1", "c3"],
      ["two", "c2", "c4"],
    ]);
  });
});

describe("the answer", () => {
  test("`full` keeps the cursor of that connection alone, and the alarm repeats", async () => {
    const queue = new SubscribedQueue();
    subscribe(queue, 3, 3);
    queue.post("a");
    queue.push = (_, { connections }) => connections.map((each) => (each === "c2" ? "full" : "taken"));
    const outbox = await handOver(queue);
    expect(queue.changes).toEqual([[2, { cursor: { epoch: queue.epoch, sequence: 0 }, lagging: true }]]);
    expect(queue.repeats).toBeGreaterThan(0);
    queue.push = (_, { connections }) => connections.map(() => "taken");
    await handOver(queue, outbox);
    expect(queue.pushes.at(-1)?.[1].connections).toEqual(["c2"]);
    expect(queue.entry(2)).toMatchObject({ lagging: false });
  });

  test("`gone` ends the subscription, and the others go on", async () => {
    const queue = new SubscribedQueue();
    subscribe(queue, 3, 3);
    queue.post("a");
    queue.push = (_, { connections }) => connections.map((each) => (each === "c2" ? "gone" : "taken"));
    await handOver(queue);
    expect([...queue.entries.keys()]).toEqual([1, 3]);
    expect(queue.changes).toEqual([]);
    expect(queue.sharedCursors.at(-1)).toMatchObject({ sequence: 1 });
  });

  test("that a newer hub may give counts as `full`", async () => {
    const queue = new SubscribedQueue();
    subscribe(queue, 1, 1);
    queue.post("a");
    queue.push = () => ["later" as "full"];
    await handOver(queue);
    expect(queue.entry(1)).toMatchObject({ lagging: true });
  });

  test("that does not come makes all connections of that hub lag, and no others", async () => {
    const queue = new SubscribedQueue();
    subscribe(queue, 4, 2);
    queue.post("a");
    queue.push = (hub, { connections }) => {
      if (hub === "hub/1") throw new Error("The hub cannot be reached.");
      return connections.map(() => "taken");
    };
    await handOver(queue);
    expect([...queue.entries.values()].map(({ lagging }) => lagging)).toEqual([false, false, true, true]);
  });
});
