/** A connection by itself: how it ends, with which code, and that it is concluded once. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { authServicesOf } from "../../src/auth/auth-services.ts";
import type { Identity } from "../../src/auth/authenticator.ts";
import { readConfig, type Config } from "../../src/config/config.ts";
import type { KeyRecord } from "../../src/domain/api-key.ts";
import { toProjectId, type QueueName } from "../../src/domain/id.ts";
import { queueNamed } from "../../src/domain/place.ts";
import { after, toEpochMs, toSeconds } from "../../src/domain/time.ts";
import type { ProjectRpc } from "../../src/objects/rpc/project.ts";
import { capacityOf } from "../../src/operations/capacity.ts";
import { SharedStubs } from "../../src/operations/connections.ts";
import { Connection, newConnection } from "../../src/websocket/connection.ts";
import type { PushFrames } from "../../src/websocket/push.ts";

const START = toEpochMs(1_000_000_000_000);
const MIB = 1_048_576;
const PROJECT = toProjectId("p");
const SUBSCRIBED = { project: PROJECT, place: queueNamed("orders" as QueueName) };
const SETTINGS = { AUTH_STRATEGY: "none" };
const CONFIG = readConfig(SETTINGS);

/** A connection on a socket without a client. */
class Opened {
  now = START;
  readonly connection: Connection;
  readonly sent: unknown[] = [];
  readonly closings: { readonly code?: number; readonly reason?: string }[] = [];
  /** The ids of the connections that were concluded. */
  readonly concluded: string[] = [];
  readonly faults: string[] = [];
  /** What the connection does in the background. */
  private readonly background: Promise<unknown>[] = [];
  /** Whether the runtime refuses to send and to close, because the other side has gone. */
  isBroken = false;

  constructor({
    readyState = WebSocket.OPEN,
    identity = null,
    bindings = env,
    config = CONFIG,
  }: {
    readonly readyState?: number;
    readonly identity?: Identity | null;
    readonly bindings?: object;
    readonly config?: Config;
  } = {}) {
    const socket = {
      readyState,
      close: (code?: number, reason?: string) => {
        if (this.isBroken) throw new TypeError("The socket is closed.");
        this.closings.push({ code, reason } as object);
      },
      send: (payload: unknown) => {
        if (this.isBroken) throw new TypeError("The socket is closed.");
        this.sent.push(payload);
      },
      serializeAttachment: () => undefined,
    };
    this.connection = new Connection(socket as unknown as WebSocket, newConnection("one", identity, START), {
      hub: "hub/0",
      config,
      bindings: bindings as typeof env,
      auth: authServicesOf(config),
      capacity: capacityOf(config),
      clock: () => this.now,
      waitUntil: (work) => void this.background.push(work),
      admitsConnection: () => true,
      subscriptions: {
        enter: (_connection, _place, subscribe) => subscribe(),
        leave: (_connection, _place, unsubscribe) => unsubscribe(),
      },
      reportAt: () => undefined,
      shared: new SharedStubs(),
      armAt: () => undefined,
      planReport: () => undefined,
      ended: (id) => void this.concluded.push(id),
      logFault: (operation) => void this.faults.push(operation),
    });
  }

  async settled(): Promise<void> {
    await Promise.all(this.background);
  }

  pass(seconds: number): void {
    this.now = after(this.now, toSeconds(seconds));
  }

  push(size: number): string {
    const frames: Pick<PushFrames, "sizeAfter" | "after"> = { sizeAfter: () => size, after: () => ["pushed"] };
    return this.connection.push(SUBSCRIBED, frames as PushFrames, 0);
  }
}

describe("a connection whose client leaves is concluded", () => {
  test.each([
    ["open", WebSocket.OPEN],
    // workerd: the state of a socket that has closed while its hub slept.
    ["closing", WebSocket.CLOSING],
    ["closed", WebSocket.CLOSED],
  ])("when its socket is %s, and once", async (_, readyState) => {
    const opened = new Opened({ readyState });
    opened.connection.leave();
    opened.connection.leave();
    await opened.settled();
    expect(opened.concluded).toEqual(["one"]);
  });
});

test("a connection that the service has ended is concluded at once, and not again when its client leaves", async () => {
  const opened = new Opened();
  opened.connection.end("idle");
  await opened.settled();
  expect(opened.concluded).toEqual(["one"]);
  opened.connection.leave();
  await opened.settled();
  expect(opened.concluded).toEqual(["one"]);
});

/** A connection that is authenticated by an API key. `key`: the look-up of that key in its project. */
function openByKey(key: ProjectRpc["key"]): Opened {
  const principal = { project: PROJECT, user: "key", roles: ["member"], proof: "key" as const, queuePrefix: "" };
  const identity = { principal, expiresAt: null, accessRules: null };
  return new Opened({ identity, bindings: { PROJECTS: { getByName: () => ({ key }) } } });
}

test("a client that has gone unnoticed is concluded by the first frame that cannot be sent, without a fault", async () => {
  const opened = new Opened();
  opened.isBroken = true;
  await opened.connection.receive("{}");
  await opened.settled();
  expect([opened.sent, opened.concluded, opened.faults]).toEqual([[], ["one"], []]);
  expect(opened.push(1)).toBe("gone");
  const other = new Opened();
  other.isBroken = true;
  other.connection.end("idle");
  await other.settled();
  expect(other.concluded).toEqual(["one"]);
});

describe("a client that is pushed to", () => {
  test("is idle all the same, also when its key was checked for a push", async () => {
    const opened = openByKey(async () => ({ expiresAt: null }) as KeyRecord);
    const { nextCheck } = opened.connection;
    expect(nextCheck).toBe(after(START, CONFIG.websocketIdleMax));
    opened.pass(30);
    expect(opened.push(10)).toBe("taken");
    await expect.poll(() => opened.sent).toEqual(["pushed"]);
    expect(opened.connection.nextCheck).toBe(nextCheck);
  });

  test("gets 16 s of WEBSOCKET_PUSH_RATE at once, and then no more than the rate", () => {
    const opened = new Opened({ config: readConfig({ ...SETTINGS, WEBSOCKET_PUSH_RATE: "1024" }) });
    expect([opened.push(16 * 1024 - 1), opened.push(1), opened.push(1)]).toEqual(["taken", "taken", "full"]);
    opened.pass(1);
    expect([opened.push(1024), opened.push(1)]).toEqual(["taken", "full"]);
  });

  test("is disconnected when there was more for it than it may get, for a minute", () => {
    const opened = new Opened();
    expect(opened.push(4 * MIB)).toBe("taken");
    for (let tenth = 0; tenth < 6; tenth++) {
      expect(opened.push(1)).toBe("full");
      opened.connection.check(opened.now);
      expect(opened.closings).toEqual([]);
      opened.pass(10);
      // All that it may get in the ten seconds, so that it lags again.
      while (opened.push(MIB / 2) === "taken");
    }
    opened.connection.check(opened.now);
    const reason = "For a minute there was more to push than a connection may get.";
    expect(opened.closings).toEqual([{ code: 1013, reason }]);
    expect(opened.push(1)).toBe("gone");
  });

  test("is disconnected when it has sent nothing for as much as it may get then, and gets no more", () => {
    const opened = new Opened();
    for (let pushed = 0; pushed < CONFIG.websocketMaxUnheard; pushed += 4 * MIB) {
      expect(opened.push(4 * MIB)).toBe("taken");
      opened.pass(60);
    }
    expect(opened.closings).toEqual([]);
    expect(opened.push(1)).toBe("gone");
    const reason = "Too much was pushed since the last frame: send a frame now and then.";
    expect(opened.closings).toEqual([{ code: 1013, reason }]);
  });

  test("is disconnected when its key cannot be checked, because what was to be pushed counts as pushed", async () => {
    const opened = openByKey(() => Promise.reject(new Error("The project cannot be reached.")));
    expect(opened.push(10)).toBe("taken");
    await expect.poll(() => opened.sent).toEqual(["pushed"]);
    opened.pass(30);
    expect(opened.push(10)).toBe("taken");
    const closing = { code: 1011, reason: "The credential could not be checked." };
    await expect.poll(() => opened.closings).toEqual([closing]);
    expect([opened.sent, opened.faults, opened.concluded]).toEqual([["pushed"], ["push"], ["one"]]);
  });
});

describe("replies", () => {
  afterEach(() => vi.restoreAllMocks());

  test("are sent without a pause up to four seconds of WEBSOCKET_REPLY_RATE, and then wait for it", async () => {
    const pauses = vi.spyOn(scheduler, "wait").mockResolvedValue();
    const opened = new Opened({ config: readConfig({ ...SETTINGS, WEBSOCKET_REPLY_RATE: "1024" }) });
    const around = await answerOf(new Opened(), "");
    await answerOf(opened, "x".repeat(4095 - around));
    // Of 4,096 one is left, so the next reply is sent, too.
    expect(await answerOf(opened, "")).toBe(around);
    expect(pauses.mock.calls).toEqual([]);
    await answerOf(opened, "");
    expect(pauses.mock.calls).toEqual([[Math.ceil((1000 * around) / 1024)]]);
    opened.pass(1);
    await answerOf(opened, "");
    expect(pauses.mock.calls).toHaveLength(1);
  });

  /** The size of the reply to a frame that is refused and repeated. */
  async function answerOf({ connection, sent }: Opened, more: string): Promise<number> {
    await connection.receive(JSON.stringify({ action: "nope", headers: {}, body: { more } }));
    return String(sent.at(-1)).length;
  }
});
