/**
 * Fake receivers of notifications, each at its own host, with scripted answers. They record their requests. They replace `fetch`,
 * which the Worker, its objects and the test share.
 */
import { afterEach, beforeAll, vi } from "vitest";

export interface Received {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly url: string;
  readonly method: string;
  /** The headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly redirect: string | undefined;
}

/** A status, a whole answer, a failed connection, or no answer while `held` is true. */
export type Answer = number | (() => Response) | "unreachable" | "silent";

const receivers = new Map<string, Receiver>();

export class Receiver {
  readonly host = `receiver-${crypto.randomUUID()}.example`;
  readonly url = `https://${this.host}/hook`;
  readonly received: Received[] = [];
  /** The answers in their order. The last one is repeated. */
  answers: readonly Answer[];
  /** The number of attempts without an answer, and its maximum. */
  waiting = 0;
  waitingMax = 0;

  constructor(...answers: readonly Answer[]) {
    this.answers = answers.length === 0 ? [200] : answers;
    receivers.set(this.host, this);
  }

  /** The bodies of the received messages, in their order. */
  get bodies(): unknown[] {
    return this.received.map(({ body }) => (JSON.parse(body) as { body: unknown }).body);
  }

  /** The times of its calls, in seconds since the first. */
  get seconds(): number[] {
    return this.received.map(({ at }) => (at - (this.received[0]?.at ?? 0)) / 1000);
  }

  async answer(url: string, init: RequestInit): Promise<Response> {
    const answer = this.answers[Math.min(this.received.length, this.answers.length - 1)] ?? 200;
    this.received.push({
      at: Date.now(),
      url,
      method: init.method ?? "",
      headers: Object.fromEntries(new Headers(init.headers)),
      body: typeof init.body === "string" ? init.body : "",
      redirect: init.redirect,
    });
    if (answer === "unreachable") throw new TypeError("Network connection lost.");
    if (answer === "silent") return this.answerLate(init.signal ?? undefined);
    return typeof answer === "function" ? answer() : new Response(null, { status: answer });
  }

  /** Answers all waiting attempts. */
  speak(status = 200): void {
    this.answers = [status];
  }

  private async answerLate(signal: AbortSignal | undefined): Promise<Response> {
    this.waitingMax = Math.max(this.waitingMax, ++this.waiting);
    try {
      while (this.answers.includes("silent")) {
        signal?.throwIfAborted();
        await scheduler.wait(2);
      }
    } finally {
      this.waiting--;
    }
    const [status] = this.answers;
    return new Response(null, { status: typeof status === "number" ? status : 200 });
  }
}

/**
 * Directs every outgoing call of the service to the receivers, for the whole file that calls this, because pending deliveries of
 * a test may be attempted after it.
 */
export function interceptCalls(): void {
  beforeAll(() => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      const receiver = receivers.get(new URL(url).host);
      if (receiver === undefined) throw new TypeError(`Nobody is at ${url}.`);
      return receiver.answer(url, init ?? {});
    });
  });
  afterEach(() => {
    for (const receiver of receivers.values()) receiver.speak();
    receivers.clear();
  });
}
