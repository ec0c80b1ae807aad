/** A constant load: what the queue carries, and how long posts and messages take. */
import { mean, percentile, sum } from "../statistics.ts";
import type { ScaleSettings } from "./settings.ts";
import { Simulation, START_MS } from "./simulation.ts";

export interface SteadyOutcome {
  /** Messages per second. */
  readonly offered: number;
  readonly post: Latency;
  /** From the post to the consumer. */
  readonly claim: Latency;
  /** Posts of the busiest object, divided by the mean of those that take posts. */
  readonly imbalance: number;
  /** The share of its time that an object works, the home and the busiest one. */
  readonly homeBusy: number;
  readonly maxBusy: number;
  readonly messagesPerClaim: number;
  /** Calls to objects by requests until one has messages: claims and `find`. */
  readonly callsPerClaim: number;
  /** All calls to objects, those of the home to its shards included. */
  readonly callsPerMessage: number;
}

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

const SPREADING_MS = 1_000;
const WARM_UP_MS = 2_000;
/** A window has so many messages, but is neither shorter nor longer than these. */
const WINDOW_MESSAGES = 20_000;
const WINDOW_MS_MIN = 5_000;
const WINDOW_MS_MAX = 20_000;

export async function runSteady(settings: ScaleSettings, load: number): Promise<SteadyOutcome> {
  const simulation = new Simulation(settings);
  const { timeline, figures, home, shards, servers } = simulation;
  if (settings.objects > 1) home.grow(settings.objects);
  // Isolates that asked earlier would post to the home for a minute.
  await timeline.run(SPREADING_MS);
  simulation.start();
  await timeline.run(SPREADING_MS + START_MS);
  simulation.load = load;
  await timeline.run(SPREADING_MS + START_MS + WARM_UP_MS);
  const from = timeline.now;
  const windowMs = Math.min(WINDOW_MS_MAX, Math.max(WINDOW_MS_MIN, (1_000 * WINDOW_MESSAGES) / load));
  const before = figures.counts;
  const callsBefore = sum(servers.map(({ calls }) => calls));
  const busyBefore = servers.map(({ workedMs }) => workedMs);
  await timeline.run(from + windowMs);
  const busy = servers.map(({ workedMs }, index) => (workedMs - (busyBefore[index] ?? 0)) / windowMs);
  const taken = (shards.length === 0 ? [home] : shards).map(({ log }) => log.taken);
  const claims = figures.claims - before.claims;
  return {
    offered: load,
    post: latency(figures.postMs(from, timeline.now)),
    claim: latency(figures.claimMs(from, timeline.now)),
    imbalance: Math.max(...taken) / mean(taken),
    homeBusy: busy[0] ?? 0,
    maxBusy: Math.max(...busy),
    messagesPerClaim: (figures.claimed - before.claimed) / claims,
    callsPerClaim: (figures.claimCalls - before.claimCalls + figures.finds - before.finds) / claims,
    callsPerMessage: (sum(servers.map(({ calls }) => calls)) - callsBefore) / (figures.deleted - before.deleted),
  };
}

function latency(sorted: Float64Array): Latency {
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

/** Milliseconds within which 99 % of the posts are answered, and 99 % of the messages claimed, at a load that is carried. */
const CARRIED_MS = 500;
/** Each halves the range in which the largest load is, on a logarithmic scale. */
const STEPS = 6;
const LOAD_MIN = 20;

/** The largest load that the queue carries, in messages per second. */
export async function largestLoad(settings: ScaleSettings): Promise<number> {
  let low = LOAD_MIN;
  // A message costs an object more than a request: a post, and its part of a claim and of a deletion.
  let high = settings.objects * settings.rate;
  for (let step = 0; step < STEPS; step++) {
    const middle = Math.sqrt(low * high);
    const { post, claim } = await runSteady(settings, middle);
    if (Math.max(post.p99, claim.p99) <= CARRIED_MS) low = middle;
    else high = middle;
  }
  return low;
}
