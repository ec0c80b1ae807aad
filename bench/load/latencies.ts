/** Stores every latency of a run, because samples or buckets would give inexact high percentiles. */
import { percentile } from "../statistics.ts";
import type { Latency } from "./job.ts";

export class Latencies {
  private values = new Float64Array(4096);
  private count = 0;

  add(milliseconds: number): void {
    if (this.count === this.values.length) {
      const grown = new Float64Array(this.values.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.count++] = milliseconds;
  }

  summary(): Latency {
    const sorted = this.values.subarray(0, this.count).toSorted();
    return {
      count: this.count,
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      max: percentile(sorted, 1),
    };
  }

  /** The latencies of several operations together. */
  static all(parts: Iterable<Latencies>): Latency {
    const together = new Latencies();
    for (const part of parts) for (let i = 0; i < part.count; i++) together.add(part.values[i] ?? 0);
    return together.summary();
  }
}
