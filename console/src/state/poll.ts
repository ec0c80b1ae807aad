/**
 * Asks again and again while the page is visible: every 2 s, more and more slowly while nothing changes or nobody answers, and
 * at once when the page is shown again. While answers take long, being large or from far away, it asks less often. What was heard
 * stays when the service is silent.
 */
import { effect, signal, untracked } from "@preact/signals-core";
import { SukkalError } from "sukkal/client";
import { isVisible } from "./visibility.ts";

/** Milliseconds. */
const PERIOD_MIN = 2000;
const PERIOD_MAX = 15_000;
/** How much longer each period is than the one before. */
const GROWTH = 1.5;
/** How much longer a period is than the wait for the answer before, at least. */
const WAITS = 10;

export interface Asking {
  readonly signal: AbortSignal;
  /** Whether the reader wants figures of now, not of the last report. */
  readonly fresh: boolean;
}

export interface PollOptions<T> {
  readonly ask: (asking: Asking) => Promise<T>;
  /** What has to differ for an answer to be news. Default: everything. */
  readonly newsOf?: (answer: T) => unknown;
  /** The shortest time between two requests, in milliseconds. Default: 2 s. */
  readonly period?: number;
}

const running = new Set<Poll<unknown>>();

/** Asks for everything on the page, for figures of now. */
export function askAgain(): void {
  for (const poll of running) poll.askNow({ fresh: true });
}

export class Poll<T> {
  /** The last answer; null: none yet. */
  readonly answer = signal<T | null>(null);
  /** When it came, by the clock of the browser. */
  readonly heardAt = signal<number | null>(null);
  /** What failed since; null: nothing. */
  readonly failure = signal<unknown>(null);
  /** When the service is asked next, by the clock of the browser. */
  readonly nextAt = signal<number | null>(null);

  readonly #options: PollOptions<T>;
  #period: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: AbortController | null = null;
  #news: string | null = null;

  constructor(options: PollOptions<T>) {
    this.#options = options;
    this.#period = this.#periodMin;
  }

  /** Asks from now on, while the page is visible. Returns the function that ends it. */
  start(): () => void {
    running.add(this as Poll<unknown>);
    this.failure.value = null;
    const stop = effect(() => {
      if (!isVisible.value) return;
      untracked(() => this.askNow());
      return () => this.#rest();
    });
    return () => {
      running.delete(this as Poll<unknown>);
      stop();
    };
  }

  /** Asks at once, and then often again: after a change by the reader, for example. */
  askNow({ fresh = false }: { readonly fresh?: boolean } = {}): void {
    this.#rest();
    this.#period = this.#periodMin;
    void this.#ask(fresh);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#asked?.abort();
    this.#asked = null;
    this.nextAt.value = null;
  }

  async #ask(fresh: boolean): Promise<void> {
    const asked = new AbortController();
    this.#asked = asked;
    this.nextAt.value = null;
    const askedAt = performance.now();
    let pause = 0;
    try {
      this.#take(await this.#options.ask({ signal: asked.signal, fresh }), asked.signal);
    } catch (error) {
      if (asked.signal.aborted) return;
      this.failure.value = error;
      this.#slowDown();
      pause = error instanceof SukkalError ? (error.retryAfter ?? 0) * 1000 : 0;
    }
    if (asked.signal.aborted) return;
    const waited = performance.now() - askedAt;
    const period = Math.max(this.#period, pause, Math.min(PERIOD_MAX, waited * WAITS));
    this.nextAt.value = Date.now() + period;
    this.#timer = setTimeout(() => void this.#ask(false), period);
  }

  #take(answer: T, { aborted }: AbortSignal): void {
    if (aborted) return;
    const news = JSON.stringify(this.#options.newsOf?.(answer) ?? answer);
    if (news === this.#news) this.#slowDown();
    else this.#period = this.#periodMin;
    this.#news = news;
    this.answer.value = answer;
    this.heardAt.value = Date.now();
    this.failure.value = null;
  }

  #slowDown(): void {
    this.#period = Math.min(Math.max(PERIOD_MAX, this.#periodMin), this.#period * GROWTH);
  }

  get #periodMin(): number {
    return this.#options.period ?? PERIOD_MIN;
  }
}
