/**
 * The progress of a long command, on standard error: one line that changes on a terminal, elsewhere a line every 10
 * seconds. A command that ends within 10 seconds prints none into a pipe, except the last one.
 */
import { cut } from "./display-text.ts";
import { widthOf, type Stream } from "./stream.ts";
import type { Paint } from "./style.ts";
import { counted, duration, number } from "./units.ts";

export interface ProgressOptions {
  /** What is counted, such as `message`. */
  readonly unit: string;
  /** What happens to it, such as `copied`. */
  readonly done: string;
  /** The number at which it is done; null: it is not known. */
  readonly total: number | null;
  /** What was done before, at another rate. Default: 0. */
  readonly from?: number;
  /** It was asked for, so it is shown at once. Default: false. */
  readonly isAsked?: boolean;
  readonly stream: Stream;
  readonly paint: Paint;
  readonly isQuiet: boolean;
}

/** Milliseconds. */
const REDRAW_TERMINAL = 100;
const REDRAW_PIPE = 10_000;
/** Milliseconds before the first line that nobody has asked for: one that comes and goes would only flicker. */
const SHOWN_AFTER = 1000;
/** Milliseconds of which the rate is the mean. A shorter time would make the time left jump. */
const RATE_WINDOW = 10_000;
const BAR_COLUMNS_MAX = 24;
const BAR_COLUMNS_MIN = 8;
const ERASE = "\r\u001B[K";

export class Progress implements Disposable {
  private readonly options: ProgressOptions;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly startedAt = performance.now();
  /** The counts of the last seconds, the oldest first. */
  private samples: (readonly [at: number, count: number])[];
  private count: number;
  private total: number | null;
  /** What is on the terminal; null: nothing. */
  private drawn: string | null = null;

  constructor(options: ProgressOptions) {
    this.options = options;
    this.total = options.total;
    this.count = options.from ?? 0;
    this.samples = [[this.startedAt, this.count]];
    this.timer = setInterval(() => this.draw(), this.isTerminal ? REDRAW_TERMINAL : REDRAW_PIPE);
    // It does not keep the process alive.
    this.timer.unref();
  }

  /** Sets how much is done, and of how much, if that has become known or has changed. */
  set(count: number, total: number | null = this.total): void {
    this.count = count;
    this.total = total;
  }

  add(count: number): void {
    this.count += count;
  }

  /** Removes the line before other text. The next change draws it again. */
  erase(): void {
    if (this.drawn !== null) this.options.stream.write(ERASE);
    this.drawn = null;
  }

  /**
   * Ends it with a line that stays: how much in which time. `done`: without what only had to be looked at, which `more`
   * tells.
   */
  finish({ done: count = this.count, more = "" }: { readonly done?: number; readonly more?: string } = {}): void {
    this[Symbol.dispose]();
    const { stream, paint, isQuiet, unit, done, from = 0 } = this.options;
    if (isQuiet) return;
    const seconds = (performance.now() - this.startedAt) / 1000;
    const rate = seconds < 1 ? "" : ` in ${duration(seconds)} (${perSecond((count - from) / seconds)})`;
    stream.write(`${paint("good", "✓")} ${counted(count, unit)} ${done}${rate}${more}\n`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
    this.erase();
  }

  private get isTerminal(): boolean {
    return this.options.stream.isTTY === true;
  }

  private draw(): void {
    const { stream, isQuiet, isAsked = false } = this.options;
    if (isQuiet) return;
    const now = performance.now();
    this.samples.push([now, this.count]);
    while ((this.samples[1]?.[0] ?? now) <= now - RATE_WINDOW) this.samples.shift();
    if (!isAsked && now - this.startedAt < SHOWN_AFTER) return;
    const text = this.text(now);
    if (!this.isTerminal) {
      stream.write(`${text}\n`);
      return;
    }
    const columns = widthOf(stream) - 1;
    const line = cut(`${this.bar(columns - text.length - 1)}${text}`, columns);
    if (line !== this.drawn) stream.write(`${ERASE}${line}`);
    this.drawn = line;
  }

  private text(now: number): string {
    const { count, total } = this;
    const { unit, done } = this.options;
    const [oldestAt, oldest] = this.samples[0] ?? [now, count];
    const rate = now === oldestAt ? 0 : ((count - oldest) * 1000) / (now - oldestAt);
    if (total === null) return `${counted(count, unit)} ${done}  ${perSecond(rate)}`;
    const left = rate > 0 && count < total ? `  ${duration((total - count) / rate)} left` : "";
    const percent = `${Math.floor(shareOf(count, total) * 100)} %`;
    return `${percent}  ${number(count)} of ${counted(total, unit)} ${done}  ${perSecond(rate)}${left}`;
  }

  /** As wide as the rest of the line allows. */
  private bar(room: number): string {
    if (this.total === null || room < BAR_COLUMNS_MIN) return "";
    const columns = Math.min(room, BAR_COLUMNS_MAX);
    const full = Math.floor(shareOf(this.count, this.total) * columns);
    return `${"█".repeat(full)}${"░".repeat(columns - full)} `;
  }
}

function shareOf(count: number, total: number): number {
  return total === 0 ? 1 : Math.min(1, count / total);
}

function perSecond(rate: number): string {
  return `${number(rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10)}/s`;
}
