/** What a client can do before it has proven who it is: nothing, for a minute, and in little memory. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ACTIONS } from "../../../src/websocket/actions/table.ts";
import { clock, freezeClock } from "../../support/clock.ts";
import { freshProject } from "../../support/drivers/authenticated-client.ts";
import {
  authenticate,
  client,
  FITS_ALL,
  NOT_AUTHENTICATED,
  statusOf,
  stranger,
} from "../../support/drivers/proven-client.ts";
import type { Connection } from "../../support/drivers/web-socket.ts";
import { bindKeystone } from "../../support/fakes/keystone-binding.ts";
import type { KeystoneStandIn } from "../../support/fakes/keystone.ts";
import { hub, restartHub } from "../../support/objects/hub.ts";

freezeClock();

let keystone: KeystoneStandIn;

beforeEach(async () => {
  await restartHub();
  keystone = bindKeystone();
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("before a client has proven who it is", () => {
  test.each(Object.keys(ACTIONS))("%s is 403", async (action) => {
    const socket = await stranger();
    expect(await socket.ask(action, FITS_ALL)).toMatchObject(NOT_AUTHENTICATED);
  });

  test("a token in another frame than authenticate is worth nothing, and neither are roles", async () => {
    const project = freshProject();
    const socket = await stranger(project);
    const headers = {
      "X-Auth-Token": keystone.issue({ project }),
      "X-Roles": "admin",
      "X-Identity-Status": "Confirmed",
    };
    expect(await socket.ask("queue_list", undefined, headers)).toMatchObject(NOT_AUTHENTICATED);
    expect(keystone.requests).toEqual([]);
  });

  test("a frame that fits no schema is 400 all the same", async () => {
    const socket = await stranger();
    expect(statusOf(await socket.ask("nope"))).toBe(400);
    expect(statusOf(await socket.ask("queue_get", {}))).toBe(400);
  });

  test("it has a minute, which good frames alone do not make longer", async () => {
    const socket = await stranger();
    clock.advance({ seconds: 59 });
    await runDurableObjectAlarm(hub());
    expect(await socket.ask("queue_list")).toMatchObject(NOT_AUTHENTICATED);
    clock.advance({ seconds: 1 });
    await runDurableObjectAlarm(hub());
    expect(await socket.closed).toEqual({ code: 1008, reason: "Not authenticated in time." });
  });
});

describe("replies to a client that has not proven who it is", () => {
  const MAX = 1_048_576;
  const REFUSED = { code: 1008, reason: "Too much was sent without authentication." };

  /** Sends a frame whose reply has this many characters. `bare`: those of the reply to a frame without filler. */
  function transmit(socket: Connection, size: number, bare: number): void {
    socket.post("queue_list", { filler: "x".repeat(size - bare) });
  }

  /** The characters of the next reply. */
  async function sizeOfNext(socket: Connection): Promise<number> {
    const data = await socket.receive();
    return typeof data === "string" ? data.length : NaN;
  }

  /** The characters of the reply to a frame without filler. */
  async function sizeOfBare(socket: Connection): Promise<number> {
    socket.post("queue_list", { filler: "" });
    return sizeOfNext(socket);
  }

  test("have at most 1 MiB together; with one more byte the connection is closed, and others go on", async () => {
    const project = freshProject();
    const other = await client(project, keystone.issue({ project }));
    const [socket, greedy] = [await stranger(), await stranger()];
    for (const [each, more] of [
      [socket, 0],
      [greedy, 1],
    ] as const) {
      const size = await sizeOfBare(each);
      transmit(each, MAX / 2, size);
      expect(await sizeOfNext(each)).toBe(MAX / 2);
      transmit(each, MAX / 2 - size + more, size);
    }
    expect(await socket.reply()).toMatchObject(NOT_AUTHENTICATED);
    expect(await greedy.closed).toEqual(REFUSED);
    socket.post("nope");
    expect(await socket.closed).toEqual(REFUSED);
    expect(statusOf(await other.ask("queue_list"))).toBe(200);
  });

  test("count as much as their frames at least, also when they repeat nothing", async () => {
    const socket = await stranger();
    for (let count = 0; count < 2; count++) {
      socket.transmit(new Uint8Array(MAX / 2).fill(0x91));
      expect(statusOf(await socket.reply())).toBe(400);
    }
    socket.post("nope");
    expect(await socket.closed).toEqual(REFUSED);
  });

  test("do not count once it has", async () => {
    const project = freshProject();
    const socket = await stranger(project);
    const size = await sizeOfBare(socket);
    transmit(socket, MAX - 2 * size, size);
    await socket.receive();
    expect(statusOf(await authenticate(socket, keystone.issue({ project })))).toBe(200);
    for (let count = 0; count < 2; count++) {
      transmit(socket, MAX, size);
      expect(statusOf(await socket.reply())).toBe(200);
    }
  });
});
