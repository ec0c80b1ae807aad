/** A machine whose disk is almost full: requests that store data are refused, requests that delete data are not. */
import { expect, test } from "vitest";
import { DISK_LOW } from "../../src/storage/folders.ts";
import { clientWith } from "../support/drivers/authenticated-client.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { startService } from "../support/drivers/service.ts";

freezeClock();

/** A data folder with every database. */
class Disk {
  /** Whether the marker file of a full disk exists. */
  isLow = false;
  /** How many times the marker file was looked up. */
  lookUps = 0;

  get binding(): Fetcher {
    return {
      fetch: async (url: string) => {
        const isMarker = url.endsWith(`/${DISK_LOW}`);
        if (isMarker) this.lookUps++;
        return new Response(null, { status: isMarker && !this.isLow ? 404 : 200 });
      },
    } as unknown as Fetcher;
  }
}

test("without room on the disk posts are refused, and reads and deletions go on", async () => {
  const disk = new Disk();
  const project = clientWith(startService({ AUTH_STRATEGY: "none" }, undefined, disk.binding), {});
  const orders = await project.queue("orders");
  await orders.post("a", "b", "c");
  disk.isLow = true;
  clock.advance({ ms: 250 });
  const intakes = [
    ["PUT", "/v2/queues/orders"],
    ["PUT", "/v2/topics/news"],
    ["POST", "/v2/queues/orders/messages"],
    ["POST", "/v2/queues/orders/subscriptions"],
    ["POST", "/v2/queues/orders/redrive"],
  ] as const;
  for (const [method, path] of intakes) {
    const refused = await project.send(method, path, { body: {} });
    expect(refused.status, `${method} ${path}`).toBe(503);
    expect(refused.headers.get("Retry-After")).toBe("10");
  }
  expect(await orders.list()).toHoldBodies("a", "b", "c");
  expect((await orders.pop(1)).map(({ body }) => body)).toEqual(["a"]);
  expect(await orders.claim()).toHoldBodies("b", "c");
  await orders.remove();
  disk.isLow = false;
  clock.advance({ ms: 250 });
  await project.queue("orders");
});

test("the disk is checked four times a second at most", async () => {
  const disk = new Disk();
  const project = clientWith(startService({ AUTH_STRATEGY: "none" }, undefined, disk.binding), {});
  const orders = await project.queue("orders");
  for (let n = 0; n < 10; n++) await orders.post(`m${n}`);
  expect(disk.lookUps).toBe(1);
  clock.advance({ ms: 249 });
  await orders.post("a");
  expect(disk.lookUps).toBe(1);
  clock.advance({ ms: 1 });
  await orders.post("b");
  expect(disk.lookUps).toBe(2);
});
