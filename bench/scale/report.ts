/** The result of a simulation as Markdown and as a chart, as docs/SCALING.md has them. */
import { table } from "../table.ts";
import { whole } from "../figures.ts";
import { type Chart, drawChart } from "./chart.ts";
import { costOf, costOfPattern, PATTERNS } from "./prices.ts";
import type { ScaleSettings } from "./settings.ts";
import type { SteadyOutcome } from "./steady.ts";
import type { WaveOutcome, WorstMinutes } from "./wave.ts";

export interface SteadyCell {
  readonly settings: ScaleSettings;
  /** The largest load that is carried. */
  readonly largest: number;
  /** At 0.7 of it. */
  readonly outcome: SteadyOutcome;
}

export interface WaveCell {
  readonly settings: ScaleSettings;
  readonly outcome: WaveOutcome;
}

export function steadyTable(cells: readonly SteadyCell[]): string {
  return table(cells, {
    objects: ({ settings }) => String(settings.objects),
    producers: ({ settings }) => settings.shares,
    consumers: ({ settings }) => whole(settings.consumers),
    "largest load": ({ largest }) => whole(largest),
    "post p50": ({ outcome }) => whole(outcome.post.p50),
    "post p99": ({ outcome }) => whole(outcome.post.p99),
    "claim p50": ({ outcome }) => whole(outcome.claim.p50),
    "claim p99": ({ outcome }) => whole(outcome.claim.p99),
    imbalance: ({ outcome }) => outcome.imbalance.toFixed(2),
    "home busy": ({ outcome }) => percentage(outcome.homeBusy),
    busiest: ({ outcome }) => percentage(outcome.maxBusy),
    "messages/claim": ({ outcome }) => outcome.messagesPerClaim.toFixed(1),
    "calls/claim": ({ outcome }) => outcome.callsPerClaim.toFixed(1),
  });
}

export function waveTable(cells: readonly WaveCell[]): string {
  const pair = ({ before, after }: WorstMinutes): string => `${whole(before)} / ${whole(after)}`;
  const minutes = ({ outcome }: WaveCell, wanted: string): string => {
    const change = outcome.changes.find(({ phase }) => phase === wanted);
    return change === undefined ? "-" : (change.at / 60_000).toFixed(1);
  };
  return table(cells, {
    objects: ({ settings }) => String(settings.objects),
    "peak, messages/s": ({ outcome }) => whole(outcome.peak),
    "phase changes": ({ outcome }) => String(outcome.changes.length),
    "spread after, min": (cell) => minutes(cell, "spread"),
    "one object again, min": (cell) => minutes(cell, "one"),
    "post p99, before / after": ({ outcome }) => pair(outcome.postP99),
    "claim p99, before / after": ({ outcome }) => pair(outcome.claimP99),
  });
}

/** Of the patterns that docs/PERFORMANCE.md measures, on one object that carries so many messages per second. */
export function costTable(rate: number): string {
  return table(
    PATTERNS.map((pattern) => costOfPattern(pattern, rate)),
    {
      pattern: ({ name }) => name,
      Sukkal: ({ sukkal }) => dollars(sukkal),
      "Cloudflare Queues": ({ queues }) => dollars(queues),
      "SQS standard": ({ standard }) => dollars(standard),
      "SQS FIFO": ({ fifo }) => dollars(fifo),
    },
  );
}

/** Of simulated queues: posts of one message, claims as they came, one bulk deletion for each. */
export function spreadCostTable(cells: readonly SteadyCell[]): string {
  const requests = ({ outcome }: SteadyCell): number => 1 + 2 / outcome.messagesPerClaim;
  return table(cells, {
    objects: ({ settings }) => String(settings.objects),
    "messages/s": ({ outcome }) => whole(outcome.offered),
    "requests/message": (cell) => requests(cell).toFixed(2),
    "calls to objects/message": ({ outcome }) => outcome.callsPerMessage.toFixed(2),
    "cost of a million": (cell) => {
      const { offered, callsPerMessage: objectRequests } = cell.outcome;
      const awakeSeconds = cell.settings.objects / offered;
      // Each request writes a row. What is read costs nearly nothing.
      const rows = { rowsWritten: requests(cell), rowsRead: 0 };
      return dollars(costOf({ ...rows, requests: requests(cell), objectRequests, awakeSeconds }));
    },
  });
}

export function steadyChart(cells: readonly SteadyCell[]): string {
  const objects = [...new Set(cells.map(({ settings }) => settings.objects))];
  const consumers = [...new Set(cells.map(({ settings }) => settings.consumers))];
  const panels = (["equal", "Zipf"] as const).map((shares) => ({
    title: shares === "equal" ? "1,000 equal producers" : "1,000 producers by Zipf's law",
    lines: consumers.map((count) => ({
      name: count === 1 ? "1 consumer" : `${whole(count)} consumers`,
      points: cells
        .filter(({ settings }) => settings.shares === shares && settings.consumers === count)
        .map(({ settings, largest }): [number, number] => [settings.objects, largest]),
    })),
  }));
  const chart: Chart = {
    title: "Simulated: messages per second that a queue carries, by its number of objects",
    x: { title: "objects", ticks: objects },
    y: { title: "messages per second", ticks: [10, 100, 1_000, 10_000, 100_000] },
    panels,
  };
  return drawChart(chart);
}

function percentage(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function dollars(value: number): string {
  return `$${value.toFixed(2)}`;
}
