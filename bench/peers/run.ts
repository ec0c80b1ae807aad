/**
 * `npm run bench:peers [-- --rounds 5] [--seconds 2]`: Sukkal beside the services that a user would pick instead, on this machine
 * and disk, in turns. Those that are not installed are skipped. Each is started by this program, on loopback, and stopped at its end.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { milliseconds, spread, whole } from "../figures.ts";
import { describeMachine } from "../machine.ts";
import { numberOf, report, runProgram } from "../program.ts";
import { makeScratch } from "../scratch.ts";
import { median, sum } from "../statistics.ts";
import { table } from "../table.ts";
import type { PeerJob, PeerSample } from "./job.ts";
import type { Peer, RunningPeer } from "./peer.ts";
import { PEERS } from "./peers.ts";

const USAGE = "Usage: npm run bench:peers -- [--rounds 5] [--seconds 2]";
const CONNECTIONS = [1, 16, 64];
const WARM_UP_S = 0.5;

interface Cell {
  readonly peer: Peer;
  readonly connections: number;
  readonly samples: PeerSample[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, seconds: { type: "string", default: "2" } },
  });
  const [rounds, seconds] = [numberOf("rounds", values.rounds), numberOf("seconds", values.seconds)];
  const scratch = makeScratch("peers");
  // One of the services may run as another user.
  chmodSync(scratch.path, 0o755);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => scratch.remove());
  const load = stack.adopt(fork(join(import.meta.dirname, "process.ts")), (each) => each.disconnect());
  const running: { peer: Peer; service: RunningPeer }[] = [];
  for (const [index, peer] of PEERS.entries()) {
    if (peer.version() === null) {
      report(`skipped, because it is not installed: ${peer.name}`);
      continue;
    }
    report(`starting ${peer.name} ${peer.version()}`);
    const folder = join(scratch.path, String(index));
    mkdirSync(folder);
    running.push({ peer, service: stack.adopt(await peer.start(folder), async (each) => await each.stop()) });
  }
  const cells = CONNECTIONS.flatMap((connections) =>
    running.map(({ peer, service }) => ({ peer, service, connections, samples: [] as PeerSample[] })),
  );
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    report(`round ${round} of ${rounds}`);
    for (const { peer, service, connections, samples } of cells) {
      const { port, pid } = service;
      const job = { peer: peer.name, port, pid, connections, warmupSeconds: WARM_UP_S, seconds };
      const sample = await measure(load, job);
      if (round > 0) samples.push(sample);
    }
  }
  process.stdout.write(`${render(cells, { rounds, seconds, folder: scratch.path })}\n`);
}

async function measure(load: ChildProcess, job: PeerJob): Promise<PeerSample> {
  load.send(job);
  const [reply] = (await once(load, "message")) as [{ readonly sample?: PeerSample; readonly error?: string }];
  if (reply.sample === undefined) throw new Error(`${job.peer}, ${job.connections} connections: ${reply.error}`);
  return reply.sample;
}

interface Circumstances {
  readonly rounds: number;
  readonly seconds: number;
  readonly folder: string;
}

function render(cells: readonly Cell[], { rounds, seconds, folder }: Circumstances): string {
  const { cores, processor, system, fileSystem, date } = describeMachine(folder);
  const rates = ({ samples }: Cell): number[] => samples.map((sample) => sample.messages / sample.seconds);
  const peers = [...new Set(cells.map(({ peer }) => peer))];
  return [
    `Sukkal beside other services, ${date}: ${cores} cores (${processor}), ${system}, data on ${fileSystem}`,
    `Each connection posts 10 messages of 1 KiB, takes 10 and deletes them. Medians of ${rounds} rounds of ${seconds} s.`,
    "",
    table(cells, {
      service: ({ peer }) => peer.name,
      connections: ({ connections }) => String(connections),
      "messages/s": (cell) => whole(median(rates(cell))),
      spread: (cell) => spread(rates(cell), median(rates(cell))),
      "messages/CPU s": ({ samples }) => whole(perCpuSecond(samples)),
      "post p50 ms": ({ samples }) => milliseconds(median(samples.map(({ postP50Ms }) => postP50Ms))),
    }),
    "",
    "What an acknowledged message is in:",
    ...peers.map((peer) => `- ${peer.name} ${peer.version() ?? ""}: ${peer.durability}`),
  ].join("\n");
}

/** Messages per CPU second of the service, over all rounds, because Linux counts in steps of 10 ms. */
function perCpuSecond(samples: readonly PeerSample[]): number | null {
  const cpu = samples.map(({ serverCpuSeconds }) => serverCpuSeconds);
  return cpu.includes(null) ? null : sum(samples.map(({ messages }) => messages)) / sum(cpu.map(Number));
}

await runProgram(USAGE, main);
