/** Consumes a queue: claims messages, calls a handler for each, and deletes or releases them. */
import type { Claim, ClaimAnswer, ClaimOptions } from "./claim.ts";
import { SukkalError } from "./error.ts";
import { HeldClaim, UNTRIED } from "./held-claim.ts";
import type { Message } from "./message.ts";
import { tell, withDefaults } from "./options.ts";
import { parseBody, type Parser } from "./parser.ts";
import { backOff, ENDED, now, pause } from "./time.ts";
import type { Signal } from "./transport.ts";

export interface HandlerContext {
  /** Aborts when the lease is lost (`LeaseLost`) or the consumer is stopped by force: another consumer may have the message. */
  readonly signal: AbortSignal;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
}

/** Handles a message. The message is deleted when it returns, and released when it throws. */
export type Handler<T> = (message: Message<T>, context: HandlerContext) => unknown;

export interface ConsumeOptions<T = unknown> {
  /** Handlers at a time, and the most messages that are claimed. Default: 10. */
  readonly concurrency?: number | undefined;
  /** The most messages of one claim. Default: 20, the most that a service of default settings allows. */
  readonly batch?: number | undefined;
  /**
   * Seconds, at least 60. Claims are renewed at a third of it, so it bounds only how long the messages of a crashed consumer stay
   * claimed. Default: 60.
   */
  readonly lease?: number | undefined;
  /** Seconds that a request waits for messages. Default: 20. */
  readonly wait?: number | undefined;
  /** Seconds until a message whose handler has thrown can be claimed again. Default: 2, 4, 8 … 900. */
  readonly retry?: ((failure: FailedAttempt<T>) => number) | undefined;
  /** Default: prints failures by `console.error`, at most one of each type a minute, but not what `stopped` rejects with. */
  readonly onEvent?: ((event: ConsumerEvent<T>) => void) | undefined;
}

export interface FailedAttempt<T> {
  readonly message: Message<T>;
  readonly attempt: number;
  readonly error: unknown;
}

export type ConsumerEvent<T> =
  /**
   * A handler has thrown, or the body was refused by `parse`. The message is released, to be claimed again after
   * `retryIn` seconds.
   */
  | (FailedAttempt<T> & { readonly type: "failed"; readonly retryIn: number })
  /** Messages were deleted or released. */
  | { readonly type: "settled"; readonly ids: readonly string[] }
  /** The claim ended before the outcomes of these messages arrived. They will be delivered again. */
  | { readonly type: "lost"; readonly ids: readonly string[] }
  /**
   * A request has failed. It is repeated, except a claim that the service refuses: then the consumer stops, and
   * `stopped` rejects.
   */
  | { readonly type: "error"; readonly error: unknown };

export interface StopOptions {
  /** Milliseconds for handlers to return. Then their signals abort and their messages are released. Default: no limit. */
  readonly timeout?: number | undefined;
  /** Whether signals abort at once. */
  readonly force?: boolean | undefined;
}

export interface ConsumerSettings<T> extends ConsumeOptions<T> {
  readonly parse: Parser<T, unknown> | null;
  /** Stops when no message can be claimed. If no claim is answered until it is stopped, `stopped` rejects. */
  readonly untilEmpty?: boolean | undefined;
}

/** The part of a queue that a consumer uses. */
interface ClaimSource<T> {
  claimOrWait: (options: ClaimOptions) => Promise<ClaimAnswer<T>>;
  endWaits: (options: Signal) => Promise<void>;
}

const DEFAULTS = { concurrency: 10, batch: 20, lease: 60, wait: 20 };
const MINIMA = [
  ["concurrency", 1],
  ["batch", 1],
  ["lease", 60],
] as const;
const GRACE = 60;
/** Milliseconds between two prints of one type of event. */
const PRINT_MS = 60_000;
/** Milliseconds before the next request when the service did not wait. */
const IDLE_MS = 1000;
/** Milliseconds after which the end of a wait is asked for again, doubled each time: the first may have come before the wait. */
const END_WAITS_FIRST_MS = 50;
const END_WAITS_MAX_MS = 1000;
/** Seconds. */
const RETRY_MAX = 900;
const RETRY_LIMIT = 2 ** 31;

/**
 * A consumer, which `queue.consume` has started.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const jobs = new Sukkal({ url, project: "demo" }).queue("jobs");
 * const consumer = jobs.consume(({ body }, { attempt }) => console.log(body, attempt), { concurrency: 5 });
 * setTimeout(() => void consumer.stop({ timeout: 25_000 }), 100);
 * await consumer.stopped;
 * ```
 */
export class Consumer<T> {
  /**
   * Resolves when it has stopped and all outcomes are settled. Rejects then if it has stopped by itself, because the
   * service refuses its claims and always will, for example for a wrong key. Who does not await it gets an unhandled
   * rejection.
   */
  readonly stopped: Promise<void>;
  readonly #queue: ClaimSource<T>;
  readonly #handler: Handler<T>;
  readonly #settings: ConsumerSettings<T> & typeof DEFAULTS;
  readonly #held = new Set<HeldClaim<T>>();
  /** Aborts when it is to stop. */
  readonly #stopping = new AbortController();
  readonly #print = printer();
  /** Whether handlers are to stop. */
  #isForced = false;
  #busy = 0;
  /** Aborts when the request for messages is answered. */
  #polling: AbortController | null = null;
  #onFree: (() => void) | null = null;

  /** @internal `queue`: with a Client-ID of its own, because `stop` ends the waits of the Client-ID. */
  constructor(queue: ClaimSource<T>, handler: Handler<T>, settings: ConsumerSettings<T>) {
    this.#queue = queue;
    this.#handler = handler;
    this.#settings = withDefaults(DEFAULTS, settings);
    for (const [name, least] of MINIMA) {
      const value = this.#settings[name];
      if (!(value >= least)) throw new RangeError(`${name} must be at least ${least}, not ${value}`);
    }
    this.stopped = this.#run();
  }

  /**
   * Stops claiming, ends the wait, and resolves when handlers have returned and everything is settled. Messages that
   * come meanwhile are released and do not count as attempted.
   */
  async stop({ timeout, force = false }: StopOptions = {}): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort();
      this.#onFree?.();
      void this.#endWait();
    }
    const over = new AbortController();
    if (timeout !== undefined) void pause(timeout, over.signal).then(() => this.#force());
    if (force) this.#force();
    // Why it has stopped by itself is told by `stopped`.
    await this.stopped.catch(() => {});
    over.abort(ENDED);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #force(): void {
    this.#isForced = true;
    this.#onFree?.();
    for (const held of this.#held) held.abort();
  }

  async #run(): Promise<void> {
    const failure = await this.#claimAll();
    while (this.#held.size > 0) await Promise.all([...this.#held].map(({ done }) => done));
    // Handlers of lost claims.
    while (this.#busy > 0 && !this.#isForced) await this.#slot();
    if (failure !== null) throw failure;
  }

  /** Claims until it is to stop. Returns why that was in vain, if so. */
  async #claimAll(): Promise<Error | null> {
    const { batch, concurrency, untilEmpty } = this.#settings;
    const { signal } = this.#stopping;
    let isAnswered = untilEmpty !== true;
    let failure: Error | null = null;
    for (let failures = 0; !signal.aborted;) {
      const limit = Math.floor(Math.min(batch, concurrency - this.#busy));
      if (limit <= 0) {
        await this.#slot();
        continue;
      }
      try {
        const { claim, waited } = await this.#poll(limit);
        failures = 0;
        isAnswered = true;
        if (claim !== null) this.#hold(claim);
        else if (untilEmpty === true) break;
        else if (!waited) await pause(IDLE_MS * (1 + Math.random()), signal);
      } catch (error) {
        const event = { type: "error", error } as const;
        // What `fetch` and `token` throw are errors.
        failure = error as Error;
        if (isFinal(error)) {
          // Not printed: `stopped` rejects with it.
          tell(this.#settings.onEvent, event);
          return failure;
        }
        this.#report(event);
        await pause(backOff(failures++, error), signal);
      }
    }
    return isAnswered ? null : failure;
  }

  async #poll(limit: number): Promise<ClaimAnswer<T>> {
    const { lease, wait } = this.#settings;
    const polling = new AbortController();
    this.#polling = polling;
    try {
      // The end of a lease is known by when it was asked for, so a wait must be short against it.
      return await this.#queue.claimOrWait({ limit, lease, grace: GRACE, wait: Math.min(wait, lease / 3) });
    } finally {
      polling.abort(ENDED);
    }
  }

  #hold(claim: Claim<T>): void {
    const held = new HeldClaim(claim, {
      onSettled: (ids, outcome) => this.#report({ type: outcome, ids }),
      onError: (error) => this.#report({ type: "error", error }),
    });
    this.#held.add(held);
    void held.done.then(() => this.#held.delete(held));
    for (const [message, { signal }] of held.undecided) {
      if (this.#stopping.signal.aborted) held.decide(message, UNTRIED);
      else if (!signal.aborted) void this.#handle(held, message, signal);
    }
  }

  async #handle(held: HeldClaim<T>, message: Message<T>, signal: AbortSignal): Promise<void> {
    const attempt = message.claimCount + 1;
    this.#busy++;
    try {
      const body = await parseBody(this.#settings.parse, message.body);
      if (signal.aborted) return;
      await this.#handler(withBody(message, body), { signal, attempt });
      if (!signal.aborted) held.decide(message, "delete");
    } catch (error) {
      if (!signal.aborted) this.#fail(held, { message, attempt, error });
    } finally {
      this.#busy--;
      this.#onFree?.();
    }
  }

  #fail(held: HeldClaim<T>, failure: FailedAttempt<T>): void {
    const retryIn = this.#retryIn(failure);
    held.decide(failure.message, { delay: retryIn, count: true });
    this.#report({ type: "failed", ...failure, retryIn });
  }

  /** Whole seconds. A `retry` that throws or returns no number must not keep the message claimed: the default counts. */
  #retryIn(failure: FailedAttempt<T>): number {
    let seconds: number | undefined;
    try {
      seconds = this.#settings.retry?.(failure);
    } catch (error) {
      this.#report({ type: "error", error });
    }
    const rounded = Math.round(seconds ?? Number.NaN);
    if (Number.isNaN(rounded)) return Math.min(RETRY_MAX, 2 ** failure.attempt);
    return Math.min(RETRY_LIMIT, Math.max(0, rounded));
  }

  /** Ends the own wait, until the request has its answer. */
  async #endWait(): Promise<void> {
    const signal = this.#polling?.signal;
    for (let delay = END_WAITS_FIRST_MS; ; delay = Math.min(END_WAITS_MAX_MS, 2 * delay)) {
      if (signal === undefined || signal.aborted) return;
      try {
        await this.#queue.endWaits({ signal });
      } catch (error) {
        // Aborted: it is not needed any more.
        if (!signal.aborted) this.#report({ type: "error", error });
      }
      await pause(delay, signal);
    }
  }

  /** Resolves when a handler has returned, or it is to stop. */
  async #slot(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onFree = resolve;
    });
    this.#onFree = null;
  }

  #report(event: ConsumerEvent<T>): void {
    tell(this.#settings.onEvent ?? this.#print, event);
  }
}

/**
 * Whether repetitions are in vain: the service itself refuses the claim, not a proxy that has no service for the moment, or no
 * address has the name of the queue.
 */
function isFinal(error: unknown): boolean {
  return (
    error instanceof SukkalError &&
    (error.requestId !== null || error.code === "path-invalid") &&
    error.status < 500 &&
    !error.isRetryable
  );
}

/** Prints what a program that does not listen would never learn. */
function printer(): (event: ConsumerEvent<unknown>) => void {
  /** When the next event of a type is printed. */
  const nextAt = new Map<string, number>();
  return (event) => {
    if (event.type === "settled" || now() < (nextAt.get(event.type) ?? 0)) return;
    nextAt.set(event.type, now() + PRINT_MS);
    const told = "error" in event ? event.error : event.ids;
    // The stack of a failed request shows nothing of the program.
    console.error("sukkal:", event.type, told instanceof SukkalError ? String(told) : told);
  };
}

/** The same message with the body that the parser has returned. */
function withBody<T>(message: Message<T>, body: T): Message<T> {
  if (body === message.body) return message;
  const members = Object.getOwnPropertyDescriptors(message);
  return Object.create(Object.prototype, { ...members, body: { value: body, enumerable: true } }) as Message<T>;
}
