/**
 * Subscribers that never answer do not slow other projects down. The test measures posts and pings of another project while a
 * hundred subscribers are silent, half of them at one host and half at different ones, and compares with the same load without
 * them. The bound is loose, because the figures, which are printed, contain other work of the machine. Before silent subscribers
 * got fewer attempts, the difference was seconds.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import { OPEN, Service, type Queue } from "./service.ts";

const SUBSCRIBERS = 100;
/** The duration of each measurement, and the interval of requests of a kind, in milliseconds. */
const PART_MS = 8000;
const PACE = 25;
/** The factor by which the p99 may rise with silent subscribers, and a p99 in milliseconds that is always accepted. */
const RATIO_MAX = 4;
const FREE = 500;

let service: Service;
const hosts: Server[] = [];
const sockets = new Set<Socket>();
let calls = 0;

before(async () => {
  service = await Service.with(OPEN);
});

after(() => {
  for (const host of hosts) host.close();
  for (const socket of sockets) socket.destroy();
});

test("a project hears nothing of the silent subscribers of another", async (t) => {
  const [own, other] = [service.queue(), service.neighbour()];
  await own.post("first");
  const without = await measure(other, own);
  const shared = await listen();
  for (let each = 0; each < SUBSCRIBERS; each++) {
    await own.subscribe(each % 2 === 0 ? `${shared}/${each}` : await listen());
  }
  const beside = await measure(other, own);
  for (const kind of ["post", "ping"] as const) {
    const [a, b] = [without[kind], beside[kind]];
    const figures = `p99 ${b.toFixed(0)} ms beside ${SUBSCRIBERS} silent subscribers, ${a.toFixed(0)} ms without`;
    t.diagnostic(`${kind}: ${figures}`);
    assert.ok(b <= RATIO_MAX * a + FREE, `${kind}: ${figures}`);
  }
  assert.ok(calls > SUBSCRIBERS / 2, "the silent ones were not called");
});

/** The URL of a server that accepts all requests and answers none. */
async function listen(): Promise<string> {
  const host = createServer((socket) => {
    calls++;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.resume();
  });
  hosts.push(host);
  await once(host.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
}

/** The p99 of posts and pings of one project in milliseconds, while the other project posts twice a second. */
async function measure(other: Service, queue: Queue): Promise<{ readonly post: number; readonly ping: number }> {
  const quiet = other.queue();
  const [post, ping] = await Promise.all([
    repeat(PACE, () => quiet.post("quiet")),
    repeat(PACE, () => other.ask("GET", "/ping")),
    repeat(500, () => queue.post("news")),
  ]);
  return { post, ping };
}

async function repeat(pace: number, ask: () => Promise<unknown>): Promise<number> {
  const latencies: number[] = [];
  for (const end = performance.now() + PART_MS; performance.now() < end;) {
    const next = sleep(pace);
    const begun = performance.now();
    await ask();
    latencies.push(performance.now() - begun);
    await next;
  }
  return latencies.toSorted((a, b) => a - b)[Math.ceil(0.99 * latencies.length) - 1] ?? Number.NaN;
}
