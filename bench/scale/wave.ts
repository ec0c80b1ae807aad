/** A load that grows until the queue has to be spread, and goes again: how often the phase changes, and what clients see. */
import type { Phase } from "../../src/domain/spread.ts";
import { percentile } from "../statistics.ts";
import { LoadRule } from "./load-rule.ts";
import type { ScaleSettings } from "./settings.ts";
import { Simulation } from "./simulation.ts";

export interface WaveOutcome {
  readonly peak: number;
  readonly changes: readonly { readonly phase: Phase; readonly at: number }[];
  /** Milliseconds, of the worst minute before the queue was spread, and from the minute after that on. */
  readonly postP99: WorstMinutes;
  readonly claimP99: WorstMinutes;
}

export interface WorstMinutes {
  readonly before: number;
  readonly after: number;
}

const MINUTE_MS = 60_000;
/** Messages per second. */
const BASE = 2;
const DOUBLING_MINUTES = 2;
const PEAK_MINUTES = 3;
/** Long enough for the queue to be brought back to one object. */
const QUIET_MINUTES = 13;

export async function runWave(settings: ScaleSettings, peak: number): Promise<WaveOutcome> {
  const simulation = new Simulation(settings);
  const { timeline, figures, home, phases } = simulation;
  const rule = new LoadRule(settings.consumers);
  const riseMinutes = Math.ceil(DOUBLING_MINUTES * Math.log2(peak / BASE));
  const minutes: { readonly at: number; readonly post: number; readonly claim: number }[] = [];
  let busy = simulation.servers.map(() => 0);
  simulation.load = BASE;
  simulation.start();
  for (let minute = 0; minute < riseMinutes + PEAK_MINUTES + QUIET_MINUTES; minute++) {
    const from = timeline.now;
    for (let second = 1; second <= 60; second++) {
      const isQuiet = minute >= riseMinutes + PEAK_MINUTES;
      simulation.load = isQuiet ? BASE : Math.min(peak, BASE * 2 ** ((minute + second / 60) / DOUBLING_MINUTES));
      await timeline.run(timeline.now + 1_000);
      const now = simulation.servers.map(({ workedMs }) => workedMs);
      const advice = rule.judge(
        home.phases.row.phase,
        now.map((ms, index) => (ms - (busy[index] ?? 0)) / 1_000),
      );
      busy = now;
      if (advice === "grow") home.grow(settings.objects);
      if (advice === "shrink") home.shrink();
    }
    const [post, claim] = [figures.postMs(from, timeline.now), figures.claimMs(from, timeline.now)];
    minutes.push({ at: timeline.now, post: percentile(post, 0.99), claim: percentile(claim, 0.99) });
  }
  const spreadAt = phases.find(({ phase }) => phase === "spread")?.at ?? Number.POSITIVE_INFINITY;
  const worst = (value: (minute: (typeof minutes)[number]) => number): WorstMinutes => ({
    before: Math.max(...minutes.filter(({ at }) => at <= spreadAt).map(value)),
    after: Math.max(...minutes.filter(({ at }) => at > spreadAt + MINUTE_MS).map(value)),
  });
  return { peak, changes: phases, postP99: worst(({ post }) => post), claimP99: worst(({ claim }) => claim) };
}
