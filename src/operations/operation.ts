/**
 * Operations: the verbs of the service, independent of the transport. HTTP decodes a request into an operation's input and
 * encodes its output. Another transport can do so with the same operations. `admission.ts` decides who may perform one.
 */
import type { Rule } from "../auth/policy.ts";
import { randomFraction } from "../domain/random.ts";
import { Refusal } from "../domain/refusal.ts";
import { logFault } from "../telemetry/event.ts";
import type { Context } from "./context.ts";

/**
 * `Scope`: the context of what it concerns. One of a narrower scope will do as well, so messages of topics and of queues have the
 * same operations, but claims are of queues alone.
 */
export interface Operation<Scope extends Context, Input, Output> {
  /** Upstream's action name, or our own where upstream has none. */
  readonly name: string;
  /** Upstream's policy rule; null where upstream checks none. */
  readonly policy: Rule | null;
  /** The sentence in a 503 answer: what could not be done. */
  readonly attempted: string;
  /** Whether it stores something new, so that it is refused on a full disk. */
  readonly takesIn?: true;
  /** Whether running it twice has the same effect as running it once. */
  readonly isIdempotent: (input: Input) => boolean;
  /**
   * Whether it continues after its client has disconnected. The runtime ends the others then between two steps. That does no harm
   * to an operation of one step, or one whose remaining steps concern only its client.
   */
  readonly outlivesCaller?: true;
  /** Throws a Refusal for an expected failure. Not a method, whose scope the compiler would not check. */
  readonly run: (context: Scope, input: Input) => Promise<Output>;
}

export const always = (): boolean => true;
export const never = (): boolean => false;

/** Runs an operation that was admitted. Throws only Refusals: any other error is logged and becomes `unavailable`. */
export async function perform<Scope extends Context, Input, Output>(
  context: Scope,
  operation: Operation<Scope, Input, Output>,
  input: Input,
): Promise<Output> {
  const run = (): Promise<Output> => operation.run(context, input);
  try {
    const outcome = operation.isIdempotent(input) ? withRetries(run) : run();
    if (operation.outlivesCaller === true) context.waitUntil(outcome.catch(() => undefined));
    return await outcome;
  } catch (fault) {
    if (fault instanceof Refusal) throw fault;
    logFault(context.event, fault);
    throw new Refusal({ kind: "unavailable", attempted: operation.attempted });
  }
}

const RETRIES_MAX = 2;
/** Milliseconds before the first retry. It doubles with each retry; the wait is a random half to all of it. */
const RETRY_DELAY = 40;

/**
 * Repeats an idempotent step when the runtime marks its failure as retryable, unless the object is overloaded. Each attempt has
 * to make its own stub, because a stub that has failed may be broken permanently.
 */
export async function withRetries<T>(attempt: () => Promise<T>): Promise<T> {
  for (let retry = 0; ; retry++) {
    try {
      return await attempt();
    } catch (fault) {
      if (retry === RETRIES_MAX || !isMomentary(fault)) throw fault;
    }
    await scheduler.wait(RETRY_DELAY * 2 ** retry * (0.5 + randomFraction() / 2));
  }
}

/** Cloudflare documents both flags on the exceptions of Durable Object stubs. */
function isMomentary(fault: unknown): boolean {
  if (!(fault instanceof Error) || fault instanceof Refusal) return false;
  const isSet = (flag: string): boolean => Reflect.get(fault, flag) === true;
  return isSet("retryable") && !isSet("overloaded");
}
