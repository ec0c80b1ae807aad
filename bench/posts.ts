/** Posts, and what arrives because of them: notifications of subscribers, pushes to connections, claims of waiting consumers. */
import type { ArrivalProcess } from "./arrival-process.ts";
import type { Client } from "./client.ts";
import { now, until } from "./instant.ts";
import { cpuSeconds } from "./process-facts.ts";
import { median, percentile, sum } from "./statistics.ts";

export interface Posting {
  readonly client: Client;
  readonly queue: string;
  readonly arrivals: ArrivalProcess;
  /** What arrives for each message. */
  readonly perMessage: number;
}

export interface Paced {
  readonly postP50Ms: number;
  readonly postP99Ms: number;
  /** From the start of the post to the arrival. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Posts single messages at a constant rate. */
export async function postAtPace(
  { client, queue, arrivals, perMessage }: Posting,
  { postsPerSecond, seconds }: { readonly postsPerSecond: number; readonly seconds: number },
): Promise<Paced> {
  await arrivals.begin();
  const count = Math.max(2, Math.round(seconds * postsPerSecond));
  const posts: number[] = [];
  for (const start = now(); posts.length < count;) {
    await until(start + (posts.length * 1000) / postsPerSecond);
    posts.push(await client.post(queue, 1));
  }
  const { p50Ms, p99Ms } = await arrivals.until(perMessage * count);
  const sorted = posts.toSorted((a, b) => a - b);
  return { postP50Ms: percentile(sorted, 0.5), postP99Ms: percentile(sorted, 0.99), p50Ms, p99Ms };
}

export function medianOf(rounds: readonly Paced[], figure: keyof Paced): number {
  return median(rounds.map((round) => round[figure]));
}

/** Messages per post: the maximum with the default settings. */
const BATCH = 100;

export interface Burst {
  readonly arrivals: number;
  /** From the first post to the last arrival. */
  readonly milliseconds: number;
  /** CPU time of the server; null: not known on this system. */
  readonly serverCpuSeconds: number | null;
}

/** Posts messages in batches, as fast as possible. */
export async function postAtOnce(
  { client, queue, arrivals, perMessage }: Posting,
  { messages, serverPid }: { readonly messages: number; readonly serverPid: number },
): Promise<Burst> {
  await arrivals.begin();
  const cpuBefore = cpuSeconds(serverPid);
  const start = now();
  for (let left = messages; left > 0; left -= BATCH) await client.post(queue, Math.min(left, BATCH));
  const { lastAt } = await arrivals.until(perMessage * messages);
  const cpuAfter = cpuSeconds(serverPid);
  const serverCpuSeconds = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore;
  return { arrivals: perMessage * messages, milliseconds: lastAt - start, serverCpuSeconds };
}

export interface BurstSummary {
  readonly arrivalsPerSecond: number;
  /** Per arrival. */
  readonly serverCpuMicroseconds: number | null;
  /** Arrivals/s of each round, in order. */
  readonly rounds: readonly number[];
}

export function summarizeBursts(bursts: readonly Burst[]): BurstSummary {
  const rounds = bursts.map(({ arrivals, milliseconds }) => (1000 * arrivals) / milliseconds);
  const cpu = bursts.map(({ serverCpuSeconds }) => serverCpuSeconds);
  const arrivals = sum(bursts.map((burst) => burst.arrivals));
  const serverCpuMicroseconds = cpu.includes(null) ? null : (1e6 * sum(cpu.map(Number))) / arrivals;
  return { arrivalsPerSecond: median(rounds), serverCpuMicroseconds, rounds };
}

/** Repeats a measurement. The result of the first round, which only warms up, is left out. */
export async function inRounds<T>(rounds: number, measure: (round: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (let round = 0; round <= rounds; round++) results.push(await measure(round));
  return results.slice(1);
}
