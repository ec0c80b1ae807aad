/** The load process: runs one job of its parent at a time and returns a sample for each. */
import { Latencies } from "../load/latencies.ts";
import type { PeerJob, PeerSample } from "./job.ts";
import { BATCH, type PeerClient } from "./peer.ts";
import { PEERS } from "./peers.ts";
import { cpuSecondsOfTree } from "./processes.ts";

async function run(job: PeerJob): Promise<PeerSample> {
  const peer = PEERS.find(({ name }) => name === job.peer);
  if (peer === undefined) throw new Error(`There is no peer ${job.peer}.`);
  const clients = await Promise.all(Array.from({ length: job.connections }, () => peer.connect(job.port)));
  const count = { messages: 0, isCounting: false, isOver: false, posts: new Latencies() };
  const working = clients.map((client) => work(client, count));
  await pause(job.warmupSeconds);
  const [beganAt, cpuBefore] = [performance.now(), cpuSecondsOfTree(job.pid)];
  count.isCounting = true;
  await Promise.race([pause(job.seconds), Promise.all(working)]);
  count.isCounting = false;
  const [endedAt, cpuAfter] = [performance.now(), cpuSecondsOfTree(job.pid)];
  count.isOver = true;
  // Connections that wait for messages that others hold are closed as they are.
  await Promise.race([Promise.all(working), pause(1)]);
  await Promise.all(clients.map((client) => client.close()));
  return {
    seconds: (endedAt - beganAt) / 1000,
    messages: count.messages,
    postP50Ms: count.posts.summary().p50,
    serverCpuSeconds: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
  };
}

interface Count {
  messages: number;
  isCounting: boolean;
  isOver: boolean;
  readonly posts: Latencies;
}

async function work(client: PeerClient, count: Count): Promise<void> {
  while (!count.isOver) {
    const postedAt = performance.now();
    await client.post();
    if (count.isCounting) {
      count.posts.add(performance.now() - postedAt);
      count.messages += BATCH / 3;
    }
    const claimed = await client.claim();
    if (count.isCounting) count.messages += claimed / 3;
    await client.remove();
    if (count.isCounting) count.messages += claimed / 3;
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

process.on("message", (job: PeerJob) => {
  run(job).then(
    (sample) => process.send?.({ sample }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
// The parent has ended.
process.on("disconnect", () => process.exit());
