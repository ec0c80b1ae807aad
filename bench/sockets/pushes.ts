/**
 * Pushes to connections that are subscribed to a queue: the latency from post to push, the highest rate, and what clients that
 * read nothing do to the others of their hub. Listeners, load process and server share the machine.
 */
import { now, until } from "../instant.ts";
import {
  inRounds,
  medianOf,
  postAtOnce,
  postAtPace,
  summarizeBursts,
  type BurstSummary,
  type Paced,
  type Posting,
} from "../posts.ts";
import { startListeners, type Parts } from "./parts.ts";

/** Single posts at a constant rate to a queue with `sockets` subscribed connections. */
export interface PushSummary {
  readonly sockets: number;
  readonly postsPerSecond: number;
  readonly postP50Ms: number;
  /** From the start of the post to the arrival of the push. */
  readonly pushP50Ms: number;
  readonly pushP99Ms: number;
}

export interface PushRateSummary extends BurstSummary {
  readonly sockets: number;
}

/** The latency of pushes to connections that share a hub with others. */
export interface NeighbourSummary {
  readonly others: "none" | "read" | "read nothing";
  readonly pushP50Ms: number;
  readonly pushP99Ms: number;
}

/** Rates at which every message is pushed before the next post. */
const PACES = [
  { sockets: 1, postsPerSecond: 20 },
  { sockets: 1000, postsPerSecond: 2 },
] as const;

/** Fewer bytes than a connection may be sent at once, so that its pace is not what is measured. */
const RATES = [
  { sockets: 1, messages: 1000 },
  { sockets: 1000, messages: 20 },
] as const;

export async function measurePushes(parts: Parts): Promise<readonly PushSummary[]> {
  const summaries: PushSummary[] = [];
  for (const pace of PACES) {
    parts.bench.report(`sockets: pushes to ${pace.sockets}`);
    using listening = await listen(parts, `pushes-${pace.sockets}`, pace.sockets);
    const rounds = await measurePaced(parts, listening, pace.postsPerSecond);
    summaries.push({ ...pace, postP50Ms: medianOf(rounds, "postP50Ms"), ...pushLatency(rounds) });
  }
  return summaries;
}

export async function measurePushRates(parts: Parts): Promise<readonly PushRateSummary[]> {
  const { bench, server } = parts;
  const summaries: PushRateSummary[] = [];
  for (const { sockets, messages } of RATES) {
    bench.report(`sockets: pushes to ${sockets}, as fast as possible`);
    const bursts = await inRounds(bench.mode.rounds, async (round) => {
      // New connections, which have not been sent anything yet.
      using listening = await listen(parts, `push-rates-${sockets}-${round}`, sockets);
      return await postAtOnce(listening, { messages, serverPid: server.pid });
    });
    summaries.push({ sockets, ...summarizeBursts(bursts) });
  }
  return summaries;
}

/** Connections whose pushes are measured, and as many others, which are sent more than they may be sent for long. */
const NEIGHBOURS = 20;
const OTHERS_BYTES = 50_000;

export async function measureNeighbours(parts: Parts): Promise<readonly NeighbourSummary[]> {
  const summaries: NeighbourSummary[] = [];
  for (const others of ["none", "read", "read nothing"] as const) {
    parts.bench.report(`sockets: neighbours of connections, of which others: ${others}`);
    const name = `neighbours-${others.replace(" ", "-")}`;
    using good = await listen(parts, name, NEIGHBOURS);
    await using stack = new AsyncDisposableStack();
    if (others !== "none") {
      const busy = stack.use(await listen(parts, `${name}-others`, NEIGHBOURS, others === "read nothing"));
      const posting = postUntil(parts, busy.queue);
      stack.defer(async () => await posting.stop());
    }
    summaries.push({ others, ...pushLatency(await measurePaced(parts, good, 20)) });
  }
  return summaries;
}

/** Posts to the others, ten times a second, until it is stopped. */
function postUntil({ client }: Parts, queue: string): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const post = async (): Promise<void> => {
    for (let at = now(); !stopping.signal.aborted; at += 100) {
      await client.post(queue, 1, OTHERS_BYTES);
      await until(at + 100);
    }
  };
  const posting = post();
  return {
    stop: async () => {
      stopping.abort();
      await posting;
    },
  };
}

interface Listening extends Posting, Disposable {}

async function listen({ client, server }: Parts, queue: string, count: number, areSilent = false): Promise<Listening> {
  await client.createQueue(queue);
  const arrivals = await startListeners({ port: server.port, count, queue, areSilent });
  return { client, queue, arrivals, perMessage: count, [Symbol.dispose]: () => arrivals[Symbol.dispose]() };
}

async function measurePaced({ bench }: Parts, listening: Listening, postsPerSecond: number): Promise<readonly Paced[]> {
  const { rounds, seconds } = bench.mode;
  return await inRounds(rounds, () => postAtPace(listening, { postsPerSecond, seconds: 2 * seconds }));
}

function pushLatency(rounds: readonly Paced[]): Pick<PushSummary, "pushP50Ms" | "pushP99Ms"> {
  return { pushP50Ms: medianOf(rounds, "p50Ms"), pushP99Ms: medianOf(rounds, "p99Ms") };
}
