/** Hubs whose connections are idle: they cost no rows, which the platform charges. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { addressOf } from "../support/drivers/waits.ts";
import { connect } from "../support/drivers/web-socket.ts";
import { project } from "../support/drivers/zaqar-client.ts";
import { alarmOf, restartHub, rowsWritten } from "../support/objects/hub.ts";

freezeClock();
beforeEach(restartHub);

test.each([false, true])("a hub with idle connections writes no row in an hour (asleep: %s)", async (isAsleep) => {
  const orders = await project().queue();
  const sockets = await Promise.all([1, 2, 3].map(() => connect(orders.project.id)));
  for (const socket of sockets) await socket.subscribe("orders");
  const [first] = sockets;
  if (first === undefined) throw new Error("There is no connection.");
  const { hub } = await addressOf(orders.project, first);
  // The reports of what the frames have done leave before. An alarm for connections of earlier tests may be left.
  clock.advance({ seconds: 9 });
  await runDurableObjectAlarm(hub);
  if (isAsleep) await evictDurableObject(hub);
  const before = await rowsWritten(hub);
  for (let minute = 0; minute < 60; minute++) {
    clock.advance({ seconds: 60 });
    const isDue = ((await alarmOf(hub)) ?? Infinity) <= Date.now();
    if (isDue) await runDurableObjectAlarm(hub);
  }
  expect((await rowsWritten(hub)) - before).toBe(0);
  for (const socket of sockets) expect((await socket.ask("queue_list")).headers.status).toBe(200);
});
