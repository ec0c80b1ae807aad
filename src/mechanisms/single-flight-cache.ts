/**
 * Remembers answers that are dear to get: each until its own time, at most so many, and one question at a time for one
 * key. For the Worker's side of the hop, where one isolate serves many requests.
 *
 * Requests share answers, never promises: code that awaits another request's promise goes on as a part of that request,
 * where the runtime refuses it its own body (measured: one cold start in five under 64 connections). So whoever comes
 * while a question is open looks again and again, by timers of his own.
 */
import type { EpochMs } from "../domain/time.ts";

export interface CachedAnswer<T> {
  readonly value: T;
  /** From then on the answer is asked for again. */
  readonly until: EpochMs;
  /** Whoever asks for what does not exist gets as many of these as he likes, so they drive out only each other. */
  readonly isRefusal?: boolean;
}

/** What the request brings that asks. */
export interface CacheDeps {
  readonly now: () => EpochMs;
  /** Lets work outlive the request that began it: others may be waiting for its outcome. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

interface Kept<T> extends CachedAnswer<T> {
  readonly at: EpochMs;
}

interface Question<T> {
  readonly askedAt: EpochMs;
  outcome: { readonly answer: T } | { readonly failure: unknown } | null;
}

/** Milliseconds between two looks at a question that another request has asked. */
const LOOK_INTERVAL = 4;
/** When that request must be gone, milliseconds: whatever is asked gives up sooner. */
const TIMEOUT = 12_000;

/** Milliseconds by which an answer may seem to come from the future: one of later was got when the clock was ahead. */
const AHEAD_MAX = 60_000;

/** Refusals that are remembered, as a part of all answers that may be. */
const REFUSALS = 1 / 10;

export class SingleFlightCache<T> {
  private readonly capacity: number;
  private readonly answers = new Map<string, Kept<T>>();
  private readonly refusals = new Map<string, Kept<T>>();
  private readonly questions = new Map<string, Question<T>>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** The remembered answer, or the one that `ask` gets. What it throws is thrown to everybody who waits, and forgotten. */
  async get(key: string, ask: () => Promise<CachedAnswer<T>>, asker: CacheDeps): Promise<T> {
    for (;;) {
      const known = this.answers.get(key) ?? this.refusals.get(key);
      if (known !== undefined && isGood(known, asker.now())) return known.value;
      const question = this.openQuestion(key, asker);
      if (question === null) return this.ask(key, ask, asker);
      const outcome = await settle(question);
      if (outcome === null) this.questions.delete(key);
      else if ("answer" in outcome) return outcome.answer;
      else throw outcome.failure;
    }
  }

  /** As `get`, but an answer whose time is over is still given, while a new one is asked for beside the request. */
  async getRecent(key: string, ask: () => Promise<CachedAnswer<T>>, asker: CacheDeps): Promise<T> {
    const known = this.answers.get(key);
    if (known === undefined) return this.get(key, ask, asker);
    if (!isGood(known, asker.now()) && this.openQuestion(key, asker) === null) {
      // Its failure is the log's of whoever finds nothing to go by.
      void this.ask(key, ask, asker).catch(() => undefined);
    }
    return known.value;
  }

  /** The answer that was no refusal, also one whose time is over. */
  lastAnswer(key: string): T | null {
    return this.answers.get(key)?.value ?? null;
  }

  forget(key: string): void {
    this.answers.delete(key);
    this.refusals.delete(key);
  }

  private openQuestion(key: string, { now }: CacheDeps): Question<T> | null {
    const question = this.questions.get(key);
    return question === undefined || Math.abs(now() - question.askedAt) >= TIMEOUT ? null : question;
  }

  private ask(key: string, ask: () => Promise<CachedAnswer<T>>, asker: CacheDeps): Promise<T> {
    const question: Question<T> = { askedAt: asker.now(), outcome: null };
    this.questions.set(key, question);
    const asking = ask()
      .then((fresh) => {
        this.remember(key, fresh, asker.now());
        question.outcome = { answer: fresh.value };
        return fresh.value;
      })
      .catch((failure: unknown) => {
        question.outcome = { failure };
        throw failure;
      })
      .finally(() => {
        if (this.questions.get(key) === question) this.questions.delete(key);
      });
    asker.waitUntil(asking.catch(() => undefined));
    return asking;
  }

  private remember(key: string, answer: CachedAnswer<T>, now: EpochMs): void {
    // Re-entered at the end, so that the first is the one remembered longest ago.
    this.forget(key);
    const kept = { ...answer, at: now };
    if (answer.isRefusal !== true) keep(this.answers, key, kept, this.capacity);
    else if (answer.until > now) keep(this.refusals, key, kept, this.capacity * REFUSALS);
  }
}

function isGood({ at, until }: Kept<unknown>, now: EpochMs): boolean {
  return until > now && at <= now + AHEAD_MAX;
}

function keep<T>(answers: Map<string, T>, key: string, answer: T, capacity: number): void {
  answers.set(key, answer);
  for (const oldest of answers.keys()) {
    if (answers.size <= capacity) break;
    answers.delete(oldest);
  }
}

/** The outcome of another request's question; null when that request must be gone. */
async function settle<T>(question: Question<T>): Promise<Question<T>["outcome"]> {
  for (let waited = 0; question.outcome === null && waited < TIMEOUT; waited += LOOK_INTERVAL) {
    await scheduler.wait(LOOK_INTERVAL);
  }
  return question.outcome;
}
