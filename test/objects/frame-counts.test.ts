/** Frames in the counts of requests, which a hub reports by its alarm. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import type { RequestCounts } from "../../src/domain/request-counts.ts";
import type { ActiveProjectsRpc } from "../../src/objects/rpc/meter.ts";
import { REPORT_MS } from "../../src/operations/request-reports.ts";
import { clock, freezeClock, until } from "../support/clock.ts";
import { request } from "../support/drivers/request.ts";
import { connect } from "../support/drivers/web-socket.ts";
import { project } from "../support/drivers/zaqar-client.ts";
import { alarmOf, hub, restartHub } from "../support/objects/hub.ts";

const { METERS } = env as unknown as { readonly METERS: { getByName(name: string): ActiveProjectsRpc } };

freezeClock();
beforeEach(restartHub);

/** A page that was not made before. */
async function page(): Promise<string> {
  return (await request("GET", `/metrics?project_id=${crypto.randomUUID()}`)).text;
}

/** How many frames that ask for the service have been reported. */
async function reported(): Promise<number> {
  const { requests } = await METERS.getByName("\nactive").service({ limit: 1 });
  const isAsked = ({ transport, operation }: RequestCounts): boolean =>
    transport === "websocket" && operation === "service_get";
  const counts: readonly RequestCounts[] = requests?.counts ?? [];
  return counts.filter(isAsked).reduce((sum, { statuses }) => sum + (statuses[0]?.[1] ?? 0), 0);
}

test("a frame is counted by its operation and status, and one without an action too", async () => {
  const socket = await connect(project().id);
  await socket.ask("queue_create", { queue_name: "orders" });
  socket.transmit("{");
  await socket.receive();
  const text = await page();
  expect(text).toMatch(/^sukkal_requests_total\{transport="websocket",operation="queue_create",status="201"\} [1-9]/m);
  expect(text).toMatch(/^sukkal_requests_total\{transport="websocket",operation="none",status="400"\} [1-9]/m);
  expect(text).toMatch(/^sukkal_requests_total\{transport="http",operation="websocket_connect",status="101"\} [1-9]/m);
});

test("the hub reports 8 s after the first frame, by its alarm", async () => {
  const socket = await connect(project().id);
  await page();
  const before = await reported();
  // A report that another request has planned is overdue, so that the frame plans the next.
  clock.advance({ seconds: 13 });
  await runDurableObjectAlarm(hub());
  await socket.ask("service_get", {});
  expect(await alarmOf(hub())).toBe(Date.now() + REPORT_MS);
  expect(await reported()).toBe(before);
  await runDurableObjectAlarm(hub());
  await until(async () => (await reported()) === before + 1);
});
