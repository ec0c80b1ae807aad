/** The actions of figures: the same operations as over HTTP, whose tests are in test/api. */
import { describe, expect, test } from "vitest";
import { actionNamed } from "../../src/websocket/actions/table.ts";
import { freezeClock } from "../support/clock.ts";
import { connect, type Connection } from "../support/drivers/web-socket.ts";

freezeClock();

async function posted(): Promise<Connection> {
  const socket = await connect();
  await socket.ask("message_post", { queue_name: "orders", messages: [{ ttl: 300, body: "x" }] });
  return socket;
}

describe("a frame gets", () => {
  test("the overview, with what its own connection did a moment ago", async () => {
    const socket = await posted();
    const { headers, body } = await socket.ask("overview_get", {
      kind: "queue",
      sort: "free",
      limit: 5,
      consumers: true,
    });
    expect(headers).toEqual({ status: 200 });
    const orders = { name: "orders", certainty: "recent", messages: { total: 1 }, consumers: [] };
    expect(body).toMatchObject({ totals: { places: 1, unknown: 0 }, places: [orders] });
  });

  test("the figures of a queue, and 404 of a missing one", async () => {
    const socket = await posted();
    expect(await socket.ask("queue_get_figures", { queue_name: "orders" })).toMatchObject({
      headers: { status: 200 },
      body: { name: "orders", messages: { free: 1 }, consumers: [] },
    });
    expect(await socket.ask("queue_get_figures", { queue_name: "none" })).toMatchObject({ headers: { status: 404 } });
  });

  test("series of a queue, of a topic and of the project", async () => {
    const socket = await posted();
    for (const [asked, named] of [
      [
        { queue_name: "orders", step: 300 },
        { queue: "orders", step: 300 },
      ],
      [{ topic_name: "news" }, { topic: "news", step: 10 }],
      [{}, { step: 10 }],
    ]) {
      expect(await socket.ask("series_get", asked)).toMatchObject({ headers: { status: 200 }, body: named });
    }
  });
});

test.each([
  ["overview_get", { sort: "colour" }],
  ["overview_get", { limit: 5001 }],
  ["overview_get", { fresh: "yes" }],
  ["overview_get", { marker: "a" }],
  ["series_get", { queue_name: "a", topic_name: "b" }],
  ["series_get", { queue_name: "not/valid" }],
  ["series_get", { from: "yesterday" }],
])("%s with %j is refused", async (action, body) => {
  const socket = await connect();
  expect(await socket.ask(action, body)).toMatchObject({ headers: { status: 400 } });
});

test("without figures there are no such actions", () => {
  const config = { adminMode: false, pooling: false };
  for (const name of ["overview_get", "queue_get_figures", "series_get"]) {
    expect(actionNamed(name, { ...config, meter: true })).not.toBeNull();
    expect(actionNamed(name, { ...config, meter: false })).toBeNull();
  }
});
