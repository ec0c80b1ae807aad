/** How connections are spread over hubs: hardly more hubs than are needed, and few that are asked in vain. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { Hubs } from "../../src/websocket/upgrade.ts";
import { clock, freezeClock } from "../support/clock.ts";

freezeClock();

/** Of a hub: fewer than a real one has, because each connection takes a millisecond. */
const ROOM = 16;
const COUNT = 400;

/** Hubs in memory: how many connections each has, and how often one was asked. */
class FakeHubs {
  readonly connections = new Map<string, number>();
  readonly broken = new Set<string>();
  asked = 0;

  get bindings(): ObjectBindings {
    const getByName = (name: string) => ({ fetch: () => this.accept(name) });
    return { HUBS: { getByName } } as unknown as ObjectBindings;
  }

  private async accept(name: string): Promise<Response> {
    this.asked++;
    if (this.broken.has(name)) throw new Error("Its database is damaged.");
    await scheduler.wait(0);
    const count = this.connections.get(name) ?? 0;
    if (count >= ROOM) return new Response(null, { status: 503 });
    this.connections.set(name, count + 1);
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    return new Response(null, { status: 101, webSocket: client });
  }
}

/** A Worker that ends with its answer. */
const IGNORING = { waitUntil: () => undefined };

async function open(worker: Hubs, hubs: FakeHubs, count: number, together: number): Promise<void> {
  for (let opened = 0; opened < count; opened += together) {
    const requests = Array.from({ length: together }, () => new Request("http://zaqar.test/v2/websocket"));
    const answers = await Promise.all(requests.map((request) => worker.connect(request, hubs.bindings, IGNORING)));
    expect(answers.every(({ status }) => status === 101)).toBe(true);
  }
}

const config = readConfig({ AUTH_STRATEGY: "none" });

describe("connections", () => {
  test.each([1, 50])(
    "have at most twice the hubs that they need, and are asked for twice at most (%i at a time)",
    async (together) => {
      const [worker, hubs] = [new Hubs(config), new FakeHubs()];
      await open(worker, hubs, COUNT, together);
      expect(hubs.connections.size).toBeLessThanOrEqual((2 * COUNT) / ROOM + 1);
      expect(hubs.asked).toBeLessThan(2 * COUNT);
    },
  );

  test("find room in few attempts where another Worker has filled hubs", async () => {
    const hubs = new FakeHubs();
    await open(new Hubs(config), hubs, COUNT, 50);
    hubs.asked = 0;
    await open(new Hubs(config), hubs, 1, 1);
    expect(hubs.asked).toBeLessThanOrEqual(3 * 6 + 3);
  });

  test("need as few hubs after a peak, a minute later, as before it", async () => {
    const [worker, hubs] = [new Hubs(config), new FakeHubs()];
    await open(worker, hubs, COUNT, 50);
    hubs.connections.clear();
    clock.advance({ seconds: 60 });
    await open(worker, hubs, 4 * ROOM, 1);
    expect(hubs.connections.size).toBeLessThanOrEqual(8);
  });

  test("search from the first hub each minute, one for all that come in it", async () => {
    const [worker, hubs] = [new Hubs(config), new FakeHubs()];
    await open(worker, hubs, COUNT, 50);
    hubs.asked = 0;
    for (let minute = 0; minute < 10; minute++) {
      clock.advance({ seconds: 60 });
      await open(worker, hubs, 20, 1);
    }
    // Three full hubs for each of six doublings, and one in vain for each connection.
    expect(hubs.asked).toBeLessThan(10 * (3 * 6 + 2 * 20));
  });
});

describe("a hub that fails", () => {
  test("is passed over, and logged", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => log.mockRestore());
    const [worker, hubs] = [new Hubs(config), new FakeHubs()];
    hubs.broken.add("hub/0");
    await open(worker, hubs, ROOM, 1);
    expect(hubs.connections.has("hub/0")).toBe(false);
    expect(log.mock.calls.map(([line]) => String(line))).toEqual([expect.stringContaining("damaged")]);
  });

  test("as all others do is a 503, in one line", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => log.mockRestore());
    const hubs = new FakeHubs();
    vi.spyOn(hubs.broken, "has").mockReturnValue(true);
    const answer = await new Hubs(config).connect(
      new Request("http://zaqar.test/v2/websocket"),
      hubs.bindings,
      IGNORING,
    );
    expect(answer.status).toBe(503);
    expect(log).toHaveBeenCalledOnce();
  });
});

test("a Worker gives up when no hub has room", async () => {
  const hubs = new FakeHubs();
  vi.spyOn(hubs.connections, "get").mockReturnValue(ROOM);
  const answer = await new Hubs(config).connect(new Request("http://zaqar.test/v2/websocket"), hubs.bindings, IGNORING);
  expect(answer.status).toBe(503);
  expect(hubs.asked).toBeLessThan(50);
});
