/** A connection by itself: that it is concluded once, whatever the state of its socket when it is told so. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { authServicesOf } from "../../src/auth/auth-services.ts";
import { readConfig } from "../../src/config/config.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { capacityOf } from "../../src/operations/capacity.ts";
import { Connection, newConnection } from "../../src/websocket/connection.ts";

const NOW = toEpochMs(1_000_000_000_000);
const CONFIG = readConfig({ AUTH_STRATEGY: "none" });

/** A connection on a socket in this state, and the connections that were concluded. */
function open(readyState: number): { readonly connection: Connection; readonly concluded: readonly string[] } {
  const concluded: string[] = [];
  const socket = { readyState, close: () => undefined, serializeAttachment: () => undefined };
  const connection = new Connection(socket as unknown as WebSocket, newConnection("one", null, NOW), {
    hub: "hub/0",
    config: CONFIG,
    bindings: env,
    auth: authServicesOf(CONFIG),
    capacity: capacityOf(CONFIG),
    clock: () => NOW,
    waitUntil: () => undefined,
    admitsConnection: () => true,
    subscriptions: { enter: (_connection, _place, subscribe) => subscribe() },
    armAt: () => undefined,
    ended: (id) => void concluded.push(id),
    logFault: () => undefined,
  });
  return { connection, concluded };
}

describe("a connection whose client leaves is concluded", () => {
  test.each([
    ["open", WebSocket.OPEN],
    // workerd: the state of a socket that has closed while its hub slept.
    ["closing", WebSocket.CLOSING],
    ["closed", WebSocket.CLOSED],
  ])("when its socket is %s, and once", (_, readyState) => {
    const { connection, concluded } = open(readyState);
    connection.leave();
    connection.leave();
    expect(concluded).toEqual(["one"]);
  });
});

test("a connection that the service has ended is concluded at once, and not again when its client leaves", () => {
  const { connection, concluded } = open(WebSocket.OPEN);
  connection.end("idle");
  expect(concluded).toEqual(["one"]);
  connection.leave();
  expect(concluded).toEqual(["one"]);
});
