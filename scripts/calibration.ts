/** Sends requests at a constant rate to queues of its own, and measures whether the service keeps up. */
import { setTimeout as sleep } from "node:timers/promises";
import { type CalibrationOptions, GRACE_SECONDS, REQUESTS_PER_LIFE, type Step } from "./calibration-plan.ts";

export interface StepOutcome {
  readonly rate: number;
  /** Requests per second with a successful answer. */
  readonly answered: number;
  /** Milliseconds of a request. */
  readonly p50: number;
  readonly p99: number;
  /** How many requests failed, by status or error. */
  readonly failures: Readonly<Record<string, number>>;
  readonly isCarried: boolean;
}

/** A load is carried if so many of its requests are answered, */
const ANSWERED_SHARE = 0.97;
/** 99 % of them within so many milliseconds. */
const P99_MS = 1_000;
/** Lives under way. What cannot be sent because of it counts as not answered. */
const UNDER_WAY_MAX = 1_000;
const ANSWER_MS_MAX = 10_000;
const BODY = JSON.stringify({ messages: [{ ttl: 300, body: "sukkal ".repeat(140) }] });

export interface CalibrationDeps extends Pick<CalibrationOptions, "url" | "seconds"> {
  readonly headers: Readonly<Record<string, string>>;
  /** Names of queues. */
  readonly queues: readonly string[];
  readonly signal: AbortSignal;
}

export class Calibration {
  private readonly deps: CalibrationDeps;
  /** They may exist. */
  private readonly created: string[] = [];

  constructor(deps: CalibrationDeps) {
    this.deps = deps;
  }

  /** With `_order`, so that a queue stays on one object whatever its load is. */
  async create(): Promise<void> {
    // Where nothing answers, there is nothing to delete.
    await (await this.send("GET", "/")).text();
    for (const queue of this.deps.queues) {
      this.created.push(queue);
      await this.expect("PUT", `/v2/queues/${queue}`, JSON.stringify({ _order: "fifo" }));
    }
  }

  /** Returns the queues that could not be deleted. */
  async cleanUp(): Promise<readonly string[]> {
    const left = this.created.map(async (queue) => {
      try {
        const response = await this.send("DELETE", `/v2/queues/${queue}`);
        return response.ok || response.status === 404 ? [] : [queue];
      } catch {
        return [queue];
      }
    });
    return (await Promise.all(left)).flat();
  }

  /** Lives of messages in some of the queues. */
  measure({ queues, rate }: Step): Promise<StepOutcome> {
    const names = this.deps.queues.slice(0, queues);
    return this.run(rate, REQUESTS_PER_LIFE, (tally, index) => this.live(names[index % queues] ?? "", tally));
  }

  /** Requests that reach no object: whether this machine, the network and the Worker manage the rate. */
  measureSender(rate: number): Promise<StepOutcome> {
    return this.run(rate, 1, async (tally) => void (await this.tallied(tally, "GET", "/")));
  }

  /** Begins works at a constant rate, whether or not earlier ones are done. Each makes so many requests. */
  private async run(
    rate: number,
    requests: number,
    work: (tally: Tally, index: number) => Promise<void>,
  ): Promise<StepOutcome> {
    const { seconds, signal } = this.deps;
    const tally: Tally = { ms: [], failures: {} };
    const underWay = new Set<Promise<void>>();
    const count = Math.round((rate / requests) * seconds);
    const startedAt = performance.now();
    const wait = (ms: number): Promise<void> => sleep(ms, undefined, { signal });
    try {
      for (let index = 0; index < count; index++) {
        const early = startedAt + (1_000 * requests * index) / rate - performance.now();
        if (early > 0) await wait(early);
        signal.throwIfAborted();
        if (underWay.size >= UNDER_WAY_MAX) continue;
        const life = work(tally, index).finally(() => underWay.delete(life));
        underWay.add(life);
      }
      await Promise.race([Promise.all(underWay), wait(1_000 * GRACE_SECONDS)]);
      return outcomeOf(tally, { rate, expected: count * requests, seconds });
    } finally {
      // What is still under way belongs to no later step, and a post would create a deleted queue again.
      await Promise.all(underWay);
    }
  }

  /** Post, claim, delete. Which message is claimed does not matter. Never rejects. */
  private async live(queue: string, tally: Tally): Promise<void> {
    const path = `/v2/queues/${queue}`;
    await this.tallied(tally, "POST", `${path}/messages`, BODY);
    const claim = await this.tallied(tally, "POST", `${path}/claims?limit=1`, JSON.stringify({ ttl: 300, grace: 60 }));
    const [message] = (claim as { readonly messages?: readonly { readonly href: string }[] } | null)?.messages ?? [];
    if (message !== undefined) await this.tallied(tally, "DELETE", message.href);
  }

  /** The document of the answer; null: it failed, or is empty. */
  private async tallied(tally: Tally, method: string, path: string, body?: string): Promise<unknown> {
    if (this.deps.signal.aborted) return null;
    const from = performance.now();
    try {
      const response = await this.send(method, path, body);
      const text = await response.text();
      if (response.ok || response.status === 300) {
        tally.ms.push(performance.now() - from);
        return text === "" ? null : JSON.parse(text);
      }
      note(tally, `${response.status} ${titleOf(text)}`.trim());
    } catch (error) {
      note(tally, error instanceof Error ? error.name : "error");
    }
    return null;
  }

  private async expect(method: string, path: string, body: string): Promise<void> {
    const response = await this.send(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${titleOf(text)}`);
  }

  private send(method: string, path: string, body?: string): Promise<Response> {
    const { url, headers } = this.deps;
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    if (body === undefined) return fetch(new URL(path, url), { method, headers, signal });
    const ofJson = { ...headers, "Content-Type": "application/json" };
    return fetch(new URL(path, url), { method, headers: ofJson, body, signal });
  }
}

interface Tally {
  /** Of successful requests. */
  readonly ms: number[];
  readonly failures: Record<string, number>;
}

interface Expectation {
  readonly rate: number;
  /** Requests that should have been answered. */
  readonly expected: number;
  readonly seconds: number;
}

function outcomeOf({ ms, failures }: Tally, { rate, expected, seconds }: Expectation): StepOutcome {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.POSITIVE_INFINITY;
  const p99 = at(0.99);
  const isCarried = sorted.length >= ANSWERED_SHARE * expected && p99 <= P99_MS;
  return { rate, answered: sorted.length / seconds, p50: at(0.5), p99, failures: { ...failures }, isCarried };
}

function note({ failures }: Tally, reason: string): void {
  failures[reason] = (failures[reason] ?? 0) + 1;
}

/** Of an error of the API. */
function titleOf(text: string): string {
  try {
    const { title } = JSON.parse(text) as { readonly title?: unknown };
    return typeof title === "string" ? title : "";
  } catch {
    return "";
  }
}
