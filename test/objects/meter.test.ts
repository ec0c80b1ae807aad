/** The figures of queues and topics, from the answers of their objects to what the meter of their project shows. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { MeterRpc } from "../../src/objects/rpc/meter.ts";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { clock, freezeClock, moveTimers, until } from "../support/clock.ts";
import { project } from "../support/drivers/zaqar-client.ts";

const { METERS } = env as unknown as ObjectBindings;

const LOOK = { kind: null, prefix: "", name: null, sort: "name", limit: 10, asks: false } as const;

freezeClock();

function meterOf({ id }: { readonly id: string }): MeterRpc {
  return METERS.getByName(id) as unknown as MeterRpc;
}

/** Lets the Worker report, and waits until the meter has taken what it said. */
async function flush(owner: { readonly id: string }): Promise<void> {
  clock.advance({ seconds: 9 });
  await until(
    async () =>
      (await meterOf(owner).overview(LOOK)).places.every(({ asOf }) => (asOf ?? 0) > Date.now() - 12_000) &&
      (await meterOf(owner).overview(LOOK)).matched > 0,
  );
}

test("what clients do is shown when the Worker has reported it", async () => {
  moveTimers();
  const owner = project();
  const orders = await owner.queue("orders");
  await orders.post("a", "b", "c");
  await orders.claim();
  await flush(owner);
  const overview = await meterOf(owner).overview(LOOK);
  expect(overview.matched).toBe(1);
});
