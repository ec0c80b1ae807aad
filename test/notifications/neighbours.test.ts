/**
 * Misbehaving receivers delay others no more than good ones do. The test measures the time of a message from its post to a good
 * receiver, of the same queue and of another, while all receivers of bad-receivers.ts are subscribed, and compares it with as
 * many good receivers before and after. The bounds are loose, because the figures, which are printed, contain other work of the
 * machine.
 */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { before, test } from "node:test";
import { Receiver } from "./listener.ts";
import { OPEN, Service, until, type Queue } from "./service.ts";

const MESSAGES = 20;
/** Milliseconds between two posts. */
const PACE = 100;
/** The factor by which a quantile may exceed the one with good neighbours. */
const RATIO_MAX = 2;
/**
 * Times in milliseconds that are always accepted: on a busy machine so many attempts alone take seconds. A delivery that waited
 * for a silent receiver would wait for ten seconds each time.
 */
const FREE = { p50: 3000, p99: 6000 };

let service: Service;

before(async () => {
  service = await Service.with(OPEN);
});

test("a good receiver hears as soon beside bad ones as beside good ones", async (t) => {
  const queue = service.queue();
  const flows = [
    { name: "same queue", queue, receiver: await Receiver.listen() },
    { name: "other queue", queue: service.queue(), receiver: await Receiver.listen() },
  ];
  await Promise.all(flows.map((flow) => flow.queue.subscribe(flow.receiver.url)));
  const earlier = await measureBeside("good", { queue, flows });
  const beside = await measureBeside("bad", { queue, flows });
  const later = await measureBeside("good", { queue, flows });
  for (const [index, { name }] of flows.entries()) {
    for (const quantile of ["p50", "p99"] as const) {
      const [a, b, c] = [earlier, beside, later].map((latencies) => latencies[index]?.[quantile] ?? Number.NaN);
      assert.ok(a !== undefined && b !== undefined && c !== undefined);
      const figures = `${b.toFixed(0)} ms beside bad receivers, ${a.toFixed(0)} and ${c.toFixed(0)} ms beside good ones`;
      t.diagnostic(`${name}, ${quantile}: ${figures}`);
      assert.ok(b <= Math.max(RATIO_MAX * Math.max(a, c), FREE[quantile]), `${name}, ${quantile}: ${figures}`);
    }
  }
});

interface Flow {
  readonly name: string;
  readonly queue: Queue;
  readonly receiver: Receiver;
}

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** Runs with further receivers of one queue, which are removed afterwards. */
async function measureBeside(
  kind: "good" | "bad",
  { queue, flows }: { readonly queue: Queue; readonly flows: readonly Flow[] },
): Promise<readonly Latency[]> {
  const neighbours = fork(join(import.meta.dirname, "receivers-process.ts"), [kind], { env: {}, execArgv: [] });
  try {
    const [urls] = (await once(neighbours, "message")) as [readonly string[]];
    const subscriptions = await Promise.all(urls.map((url) => queue.subscribe(url)));
    const latencies = await Promise.all(flows.map(measure));
    const deliveries = await Promise.all(subscriptions.map((subscription) => subscription.deliveries()));
    const counts = deliveries.map(({ delivered, failed, pending }) => delivered + failed + pending);
    assert.ok(Math.min(...counts) > 0, "a neighbour was sent nothing");
    await Promise.all(subscriptions.map((subscription) => subscription.end()));
    return latencies;
  } finally {
    neighbours.kill("SIGKILL");
  }
}

/** Posts one message after another. Each arrives exactly once, in post order. */
async function measure({ queue, receiver }: Flow): Promise<Latency> {
  receiver.received.length = 0;
  const sentAt: number[] = [];
  for (let number = 0; number < MESSAGES; number++) {
    const next = sleep(PACE);
    sentAt.push(performance.now());
    await queue.post(number);
    await next;
  }
  await until("everything has arrived", () => (receiver.received.length >= MESSAGES ? true : null));
  assert.deepEqual(receiver.bodies, [...sentAt.keys()]);
  const latencies = receiver.received.map(({ at }, index) => at - (sentAt[index] ?? Number.NaN));
  const sorted = latencies.toSorted((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.ceil(share * MESSAGES) - 1] ?? Number.NaN;
  return { p50: quantile(0.5), p99: quantile(0.99) };
}
