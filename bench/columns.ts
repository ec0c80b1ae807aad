/** Columns that several tables have. */
import { milliseconds, spread, whole } from "./figures.ts";
import type { BurstSummary } from "./posts.ts";
import type { Summary } from "./summary.ts";
import type { Columns } from "./table.ts";

export const REQUESTS: Columns<Summary> = {
  "requests/s": (each) => whole(each.requestsPerSecond),
  spread: (each) => spread(each.rounds, each.requestsPerSecond),
};

export const LATENCIES: Columns<Pick<Summary, "p50Ms" | "p99Ms">> = {
  "p50 ms": (each) => milliseconds(each.p50Ms),
  "p99 ms": (each) => milliseconds(each.p99Ms),
};

export const SERVER_TIME: Columns<Pick<Summary, "serverCpuMicroseconds">> = {
  "server us/request": (each) => whole(each.serverCpuMicroseconds),
};

/** Of bursts, in which something arrives: deliveries, pushes, claims. */
export function burstColumns(one: string, many: string): Columns<BurstSummary> {
  return {
    [`${many}/s`]: (each) => whole(each.arrivalsPerSecond),
    spread: (each) => spread(each.rounds, each.arrivalsPerSecond),
    [`server us/${one}`]: (each) => whole(each.serverCpuMicroseconds),
  };
}
