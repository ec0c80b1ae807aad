/** A receiver to which `listen` sends messages. */
import { signWebhook } from "../../webhooks.ts";
import { EXIT, Failure } from "../exit-code.ts";
import type { Outcome } from "../subscriptions/outcomes.ts";

/** How an attempt went. */
export interface Attempted extends Outcome {
  readonly milliseconds: number;
  /** The beginning of a refusal; null: there is none. */
  readonly answer: string | null;
}

export interface Outgoing {
  /** The same in all attempts. */
  readonly id: string;
  readonly body: string;
}

interface TargetOptions {
  readonly url: URL;
  readonly secret: string;
  /** Milliseconds for an answer. */
  readonly timeout: number;
}

const GONE = 410;
/** Bytes of a refusal that are kept, and of an answer that are read, so that its connection can be used again. */
const ANSWER_BYTES_MAX = 1024;
const READ_BYTES_MAX = 65_536;
/** The refusals below 500 after which a repetition may help. */
const TEMPORARY: ReadonlySet<number> = new Set([408, 425, 429]);

export class Target {
  readonly url: string;
  private readonly options: TargetOptions;

  constructor(options: TargetOptions) {
    this.options = options;
    this.url = options.url.href;
  }

  /** Never rejects, unless the signal aborts. */
  async send({ id, body }: Outgoing, signal: AbortSignal): Promise<Attempted> {
    const startedAt = performance.now();
    const elapsed = (): number => performance.now() - startedAt;
    const { secret, timeout } = this.options;
    const headers = { "Content-Type": "application/json", "User-Agent": "Sukkal", "webhook-hops": "1" };
    const signed = await signWebhook(secret, { id, body });
    const init = { method: "POST", headers: { ...headers, ...signed }, body, redirect: "manual" } as const;
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, timeout);
    signal.addEventListener("abort", end);
    try {
      signal.throwIfAborted();
      const response = await fetch(this.url, { ...init, signal: ending.signal });
      const { status } = response;
      const outcome = outcomeOf(status);
      const milliseconds = elapsed();
      const text = await beginningOf(response.body);
      const answer = outcome === "delivered" || text === "" ? null : text;
      return { outcome, status, reason: null, milliseconds, answer };
    } catch (error) {
      signal.throwIfAborted();
      const nothing = { status: null, milliseconds: elapsed(), answer: null };
      if (ending.signal.aborted) return { ...nothing, outcome: "timeout", reason: null };
      return { ...nothing, outcome: "unreachable", reason: reasonOf(error) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    }
  }
}

/** Whether the receiver has understood the request and would refuse it again. */
export function isFinal({ status }: Pick<Attempted, "status">): boolean {
  return status !== null && status >= 300 && status <= 499 && !TEMPORARY.has(status);
}

/** The address of a receiver. */
export function targetUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (isWeb && url.username === "" && url.password === "") return url;
  throw new Failure(`"${text}" is no address of a receiver.`, {
    exitCode: EXIT.usage,
    hint: "Write it like http://127.0.0.1:3000/hook, without a user.",
  });
}

function outcomeOf(status: number): "delivered" | "refused" | "gone" {
  if (status === GONE) return "gone";
  return status >= 200 && status <= 299 ? "delivered" : "refused";
}

/** The status is known, so an answer that breaks off does not matter. */
async function beginningOf(body: Response["body"]): Promise<string> {
  const kept: Uint8Array[] = [];
  let size = 0;
  try {
    // Leaving the loop cancels the rest.
    for await (const chunk of body ?? []) {
      if (size < ANSWER_BYTES_MAX) kept.push(chunk);
      size += chunk.length;
      if (size >= READ_BYTES_MAX) break;
    }
  } catch {
    // As above.
  }
  return new TextDecoder().decode(Buffer.concat(kept).subarray(0, ANSWER_BYTES_MAX), { stream: true });
}

/** Node has the reason of a failed connection in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : null;
  if (!(cause instanceof Error)) return "connection";
  return "code" in cause ? String(cause.code) : cause.message;
}
