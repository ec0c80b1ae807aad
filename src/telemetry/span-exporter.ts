/**
 * Sends spans to a collector, in batches, in the background of the requests that they are about. No request waits for it or
 * fails by it. While the collector does not answer, at most SPANS_MAX wait and the rest is dropped. A batch that is not accepted
 * is dropped too, and not repeated: traces are samples.
 */
import type { TraceConfig } from "../config/traces.ts";
import { logSpansDropped } from "./event.ts";
import { encodeSpans, type TraceSpan } from "./span.ts";

/** Spans in memory, about 1 KB each. */
export const SPANS_MAX = 2048;
export const BATCH_MAX = 512;
/** Milliseconds for which spans are collected. */
const COLLECT_MS = 1000;
/** Milliseconds for the collector's answer. */
const ANSWER_MS_MAX = 5000;
/** Milliseconds between two lines of the log about dropped spans. */
const WINDOW_MS = 10_000;

/** What a request provides for work after its answer. */
export interface Background {
  readonly now: () => number;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** The network with the collector; undefined: the internet. */
  readonly collector: Fetcher | undefined;
}

/** Why spans were dropped. */
type Reason = "full" | "refused" | "timeout" | "unreachable";

export class SpanExporter {
  private readonly config: TraceConfig;
  private waiting: TraceSpan[] = [];
  /**
   * Until when a batch is on its way at the latest; 0: none is. An instant, because the request that sends it may end without a
   * word, and others must not wait for its promise.
   */
  private sendingUntil = 0;
  /** Until when somebody sends what waits at the latest; 0: nobody does. An instant for the same reason. */
  private plannedUntil = 0;
  /** Those that the log has not told of, and why the last of them were. */
  private dropped = 0;
  private reason: Reason = "full";
  private loggedAt = -Infinity;

  constructor(config: TraceConfig) {
    this.config = config;
  }

  add(span: TraceSpan, background: Background): void {
    if (this.waiting.length >= SPANS_MAX) return this.drop(1, "full", background.now());
    this.waiting.push(span);
    const isPlanned = this.waiting.length > 1 && background.now() < this.plannedUntil;
    if (!isPlanned) background.waitUntil(this.sendLater(background));
    if (this.waiting.length % BATCH_MAX === 0) background.waitUntil(this.send(background));
  }

  private async sendLater(background: Background): Promise<void> {
    this.plannedUntil = background.now() + 2 * (COLLECT_MS + ANSWER_MS_MAX);
    do await new Promise((resolve) => setTimeout(resolve, COLLECT_MS));
    while (background.now() < this.sendingUntil);
    this.plannedUntil = 0;
    await this.send(background);
  }

  /** Sends what waits, in one batch after the other, unless another request is doing so. Never rejects. */
  private async send(background: Background): Promise<void> {
    const { now } = background;
    if (this.waiting.length === 0 || now() < this.sendingUntil) return;
    do {
      const batch = this.waiting.splice(0, BATCH_MAX);
      this.sendingUntil = now() + 2 * ANSWER_MS_MAX;
      const outcome = await this.post(batch, background.collector);
      this.sendingUntil = 0;
      if (outcome !== "accepted") this.drop(batch.length, outcome, now());
      this.reportDrops(now());
    } while (this.waiting.length >= BATCH_MAX);
  }

  private async post(batch: readonly TraceSpan[], collector: Fetcher | undefined): Promise<Reason | "accepted"> {
    const { url, headers: given, serviceName } = this.config;
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    try {
      const headers = { "Content-Type": "application/json", ...given };
      const init = {
        method: "POST",
        headers,
        body: encodeSpans(serviceName, batch),
        redirect: "manual",
        signal,
      } as const;
      const answer = await (collector ?? globalThis).fetch(url, init);
      await answer.body?.cancel();
      return answer.ok ? "accepted" : "refused";
    } catch {
      return signal.aborted ? "timeout" : "unreachable";
    }
  }

  private drop(count: number, reason: Reason, now: number): void {
    this.dropped += count;
    this.reason = reason;
    this.reportDrops(now);
  }

  private reportDrops(now: number): void {
    // The clock may have been set back.
    if (this.dropped === 0 || Math.abs(now - this.loggedAt) < WINDOW_MS) return;
    logSpansDropped(this.dropped, this.reason);
    this.dropped = 0;
    this.loggedAt = now;
  }
}
