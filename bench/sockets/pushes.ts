/**
 * Pushes to connections that are subscribed to a queue: the latency from post to push, the highest rate, and what clients that
 * read nothing do to the others of their hub. Listeners, load process and server share the machine.
 */
import type { Client } from "../client.ts";
import { now, until } from "../instant.ts";
import { cpuSeconds } from "../process-facts.ts";
import type { Bench, Target } from "../rounds.ts";
import { median, percentile } from "../statistics.ts";
import { Listeners } from "./listeners.ts";

/** Single posts at a constant rate to a queue with `sockets` subscribed connections. */
export interface PushSummary {
  readonly sockets: number;
  readonly postsPerSecond: number;
  readonly postP50Ms: number;
  /** From the start of the post to the arrival of the push. */
  readonly pushP50Ms: number;
  readonly pushP99Ms: number;
}

export interface PushRateSummary {
  readonly sockets: number;
  readonly pushesPerSecond: number;
  readonly serverCpuMicroseconds: number | null;
  readonly rounds: readonly number[];
}

/** The latency of pushes to connections that share a hub with others. */
export interface NeighbourSummary {
  readonly others: "none" | "read" | "read nothing";
  readonly pushP50Ms: number;
  readonly pushP99Ms: number;
}

interface Parts {
  readonly bench: Bench;
  readonly client: Client;
  readonly server: Target;
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

/** Messages per post: the maximum with the default settings. */
const BATCH = 100;

export async function measurePushes(parts: Parts): Promise<readonly PushSummary[]> {
  const summaries: PushSummary[] = [];
  for (const pace of PACES) {
    parts.bench.report(`sockets: pushes to ${pace.sockets}`);
    await using listening = await listen(parts, `pushes-${pace.sockets}`, pace.sockets);
    const rounds: Paced[] = [];
    for (let round = 0; round <= parts.bench.mode.rounds; round++)
      rounds.push(await postAtPace(parts, listening, pace));
    // The first round only warms up.
    rounds.shift();
    summaries.push({
      ...pace,
      postP50Ms: median(rounds.map(({ postP50Ms }) => postP50Ms)),
      pushP50Ms: median(rounds.map(({ pushP50Ms }) => pushP50Ms)),
      pushP99Ms: median(rounds.map(({ pushP99Ms }) => pushP99Ms)),
    });
  }
  return summaries;
}

export async function measurePushRates(parts: Parts): Promise<readonly PushRateSummary[]> {
  const { bench, client, server } = parts;
  const summaries: PushRateSummary[] = [];
  for (const { sockets, messages } of RATES) {
    bench.report(`sockets: pushes to ${sockets}, as fast as possible`);
    const rounds: number[] = [];
    let cpu: number | null = 0;
    for (let round = 0; round <= bench.mode.rounds; round++) {
      // New connections, which have not been sent anything yet.
      await using listening = await listen(parts, `push-rates-${sockets}-${round}`, sockets);
      const cpuBefore = cpuSeconds(server.pid);
      const start = now();
      for (let left = messages; left > 0; left -= BATCH) await client.post(listening.queue, Math.min(left, BATCH));
      const { lastAt } = await listening.listeners.until(sockets * messages);
      const cpuAfter = cpuSeconds(server.pid);
      if (round === 0) continue;
      rounds.push((1000 * sockets * messages) / (lastAt - start));
      cpu = cpu === null || cpuBefore === null || cpuAfter === null ? null : cpu + cpuAfter - cpuBefore;
    }
    const serverCpuMicroseconds = cpu === null ? null : (1e6 * cpu) / (rounds.length * sockets * messages);
    summaries.push({ sockets, pushesPerSecond: median(rounds), serverCpuMicroseconds, rounds });
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
    await using good = await listen(parts, name, NEIGHBOURS);
    await using stack = new AsyncDisposableStack();
    if (others !== "none") {
      const busy = stack.use(await listen(parts, `${name}-others`, NEIGHBOURS, others === "read nothing"));
      const posting = postUntil(parts, busy.queue);
      stack.defer(async () => await posting.stop());
    }
    const rounds: Paced[] = [];
    const pace = { sockets: NEIGHBOURS, postsPerSecond: 20 };
    for (let round = 0; round <= parts.bench.mode.rounds; round++) rounds.push(await postAtPace(parts, good, pace));
    rounds.shift();
    const pushP50Ms = median(rounds.map((each) => each.pushP50Ms));
    summaries.push({ others, pushP50Ms, pushP99Ms: median(rounds.map((each) => each.pushP99Ms)) });
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

interface Paced {
  readonly postP50Ms: number;
  readonly pushP50Ms: number;
  readonly pushP99Ms: number;
}

interface Listening extends AsyncDisposable {
  readonly listeners: Listeners;
  readonly queue: string;
}

async function listen({ client, server }: Parts, queue: string, count: number, areSilent = false): Promise<Listening> {
  await client.createQueue(queue);
  const listeners = await Listeners.start({ port: server.port, count, queue, areSilent });
  const end = async (): Promise<void> => listeners.stop();
  return { listeners, queue, [Symbol.asyncDispose]: end };
}

/** One round: posts, and the pushes of all of them. */
async function postAtPace(
  { bench, client }: Parts,
  { listeners, queue }: Listening,
  { sockets, postsPerSecond }: { readonly sockets: number; readonly postsPerSecond: number },
): Promise<Paced> {
  await listeners.begin();
  const count = Math.max(2, Math.round(2 * bench.mode.seconds * postsPerSecond));
  const posts: number[] = [];
  for (const start = now(); posts.length < count;) {
    await until(start + (posts.length * 1000) / postsPerSecond);
    posts.push(await client.post(queue, 1));
  }
  const { p50Ms, p99Ms } = await listeners.until(sockets * count);
  return {
    postP50Ms: percentile(
      posts.toSorted((a, b) => a - b),
      0.5,
    ),
    pushP50Ms: p50Ms,
    pushP99Ms: p99Ms,
  };
}
