/**
 * Claims that wait for messages, over both transports: the latency from post to claim, and a queue with many waiting consumers:
 * their memory, and the time until each has a message.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Transport } from "../load/transports.ts";
import {
  inRounds,
  medianOf,
  postAtOnce,
  postAtPace,
  summarizeBursts,
  type Burst,
  type BurstSummary,
  type Paced,
  type Posting,
} from "../posts.ts";
import { memory } from "../process-facts.ts";
import type { Bench } from "../rounds.ts";
import { median } from "../statistics.ts";
import { SLEEP_SECONDS } from "./idle.ts";
import { startConsumers, type Parts } from "./parts.ts";

/** Single posts at a constant rate to a queue with waiting consumers, each of which deletes its message and waits again. */
export interface WaitSummary {
  readonly transport: Transport;
  readonly consumers: number;
  readonly postsPerSecond: number;
  readonly postP50Ms: number;
  /** From the start of the post to the arrival of the claimed message. */
  readonly claimP50Ms: number;
  readonly claimP99Ms: number;
}

/** A message for each of many consumers, all of which wait. */
export interface CrowdSummary extends BurstSummary {
  readonly transport: Transport;
  readonly consumers: number;
  /** From the first post to the claim of the last consumer. */
  readonly milliseconds: number;
  /** Bytes of the server process for each waiting consumer; null: not known on this system. */
  readonly perConsumer: number | null;
}

const POSTS_PER_SECOND = 20;
const COUNTS = [1, 100];
/** As many as may wait at one queue with the default settings. */
const CROWD = 1000;
/** For the claims of a crowd to be sent and noted. HTTP does not tell that a claim waits. */
const SETTLE_MS = 1000;

const TRANSPORTS: readonly Transport[] = ["http", "websocket"];

export async function measureWaits(parts: Parts): Promise<readonly WaitSummary[]> {
  const { rounds: count, seconds } = parts.bench.mode;
  const pace = { postsPerSecond: POSTS_PER_SECOND, seconds: 2 * seconds };
  const summaries: WaitSummary[] = [];
  for (const consumers of COUNTS) {
    parts.bench.report(`sockets: ${consumers} waiting`);
    using http = await consume(parts, { transport: "http", consumers });
    using websocket = await consume(parts, { transport: "websocket", consumers });
    const postings = { http, websocket };
    const rounds = await inRounds(count, async (round) => {
      const paced = new Map<Transport, Paced>();
      for (const transport of inTurns(round)) {
        paced.set(transport, await postAtPace(postings[transport], pace));
      }
      return paced;
    });
    for (const transport of TRANSPORTS) {
      const paced = rounds.flatMap((round) => round.get(transport) ?? []);
      summaries.push({
        transport,
        consumers,
        postsPerSecond: POSTS_PER_SECOND,
        postP50Ms: medianOf(paced, "postP50Ms"),
        claimP50Ms: medianOf(paced, "p50Ms"),
        claimP99Ms: medianOf(paced, "p99Ms"),
      });
    }
  }
  return summaries;
}

/** In turns, too. The servers have had no connections before. */
export async function measureCrowds(
  { mode, report }: Bench,
  servers: Readonly<Record<Transport, Parts>>,
): Promise<readonly CrowdSummary[]> {
  const memories = new Map<Transport, number | null>();
  const rounds = await inRounds(mode.rounds, async (round) => {
    report(`sockets: ${CROWD} waiting, round ${round} of ${mode.rounds}`);
    const bursts = new Map<Transport, Burst>();
    for (const transport of inTurns(round)) {
      const parts = servers[transport];
      const before = residentOf(parts);
      using crowd = await consume(parts, { transport, consumers: CROWD, areDoneAfterOne: true });
      await sleep(round === 0 ? 1000 * SLEEP_SECONDS : SETTLE_MS);
      const after = residentOf(parts);
      if (round === 0) memories.set(transport, before === null || after === null ? null : (after - before) / CROWD);
      bursts.set(transport, await postAtOnce(crowd, { messages: CROWD, serverPid: parts.server.pid }));
    }
    return bursts;
  });
  return TRANSPORTS.map((transport) => {
    const bursts = rounds.flatMap((round) => round.get(transport) ?? []);
    return {
      transport,
      consumers: CROWD,
      milliseconds: median(bursts.map(({ milliseconds }) => milliseconds)),
      perConsumer: memories.get(transport) ?? null,
      ...summarizeBursts(bursts),
    };
  });
}

function residentOf({ server }: Parts): number | null {
  return memory(server.pid)?.resident ?? null;
}

/** The transports, beginning with another one in each round, so that a slow phase of the machine affects both. */
function inTurns(round: number): readonly Transport[] {
  return round % 2 === 0 ? TRANSPORTS : TRANSPORTS.toReversed();
}

interface Consumers {
  readonly transport: Transport;
  readonly consumers: number;
  readonly areDoneAfterOne?: boolean;
}

interface Consuming extends Posting, Disposable {}

let queues = 0;

/** Consumers of a queue of their own. */
async function consume(
  { client, server }: Parts,
  { transport, consumers: count, areDoneAfterOne = false }: Consumers,
): Promise<Consuming> {
  const queue = `waits-${queues++}`;
  await client.createQueue(queue);
  const arrivals = await startConsumers({ port: server.port, count, queue, transport, areDoneAfterOne });
  return { client, queue, arrivals, perMessage: 1, [Symbol.dispose]: () => arrivals[Symbol.dispose]() };
}
