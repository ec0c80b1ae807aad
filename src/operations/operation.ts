/**
 * Operations: what the service can do, independent of the transport. A transport decodes a request into the input of an operation
 * and encodes its output. `admission.ts` decides who may perform an operation.
 */
import type { Rule } from "../auth/policy.ts";
import { randomFraction } from "../domain/random.ts";
import { Refusal } from "../domain/refusal.ts";
import { logEvent, logFault } from "../telemetry/event.ts";
import type { Context } from "./context.ts";

/**
 * `Scope`: the context of the service, a project, a place or a queue. The context of a queue is also one of a place. So
 * operations on messages serve queues and topics, and operations on claims serve queues alone.
 */
export interface Operation<Scope extends Context, Input, Output> {
  /** The name of upstream's action, or ours if upstream has none. */
  readonly name: string;
  /** Upstream's policy rule; null: upstream checks none. */
  readonly policy: Rule | null;
  /** The sentence in a 503 answer, such as "Claim could not be created." */
  readonly whatFailed: string;
  /** It stores new data, so it is refused on a full disk. */
  readonly needsDiskSpace?: true;
  /** Whether running it twice has the same effect as running it once. */
  readonly isIdempotent: (input: Input) => boolean;
  /**
   * It continues after its client has disconnected. The runtime ends other operations then, between two steps. That does no harm
   * if there is only one step, or if the remaining steps matter only to the client. A line of the log is a step too.
   */
  readonly survivesDisconnect?: true;
  /** Throws a Refusal for an expected failure. A property and not a method, because the compiler checks the scope only then. */
  readonly run: (context: Scope, input: Input) => Promise<Output>;
}

export const always = (): boolean => true;
export const never = (): boolean => false;

/** Runs an admitted operation. Throws only Refusals: any other error is logged and becomes `unavailable`. */
export async function perform<Scope extends Context, Input, Output>(
  context: Scope,
  operation: Operation<Scope, Input, Output>,
  input: Input,
): Promise<Output> {
  const run = (): Promise<Output> => operation.run(context, input);
  try {
    const outcome = operation.isIdempotent(input) ? withRetries(run) : run();
    if (operation.survivesDisconnect === true) context.waitUntil(outcome.catch(() => undefined));
    return await outcome;
  } catch (fault) {
    if (fault instanceof Refusal) {
      const { failure } = fault;
      if (failure.kind === "quota-exceeded") {
        const { quota, limit } = failure;
        logEvent("quota.exceeded", context.event, { quota, limit });
      }
      throw fault;
    }
    logFault(context.event, fault);
    const wait = isSet(fault, "overloaded") ? { retryAfter: OVERLOADED_RETRY_AFTER } : {};
    throw new Refusal({ kind: "unavailable", whatFailed: operation.whatFailed, ...wait });
  }
}

/** Retry-After in seconds, when an object has more requests than it can carry. */
const OVERLOADED_RETRY_AFTER = 2;

const RETRIES_MAX = 2;
/** Milliseconds before the first retry, doubled for each further one. The actual delay is a random 50 to 100 % of it. */
const RETRY_DELAY = 40;

/**
 * Repeats an idempotent step if the runtime marks its failure as retryable and the object is not overloaded. Each attempt has to
 * make its own stub, because a stub that has failed may stay broken.
 */
export async function withRetries<T>(attempt: () => Promise<T>): Promise<T> {
  for (let retry = 0; ; retry++) {
    try {
      return await attempt();
    } catch (fault) {
      if (retry === RETRIES_MAX || !isTemporary(fault)) throw fault;
    }
    await scheduler.wait(RETRY_DELAY * 2 ** retry * (0.5 + randomFraction() / 2));
  }
}

/** Both flags are documented properties of the exceptions of Durable Object stubs. */
function isTemporary(fault: unknown): boolean {
  return isSet(fault, "retryable") && !isSet(fault, "overloaded");
}

/** Whether the object has crashed or could not be reached. The call may have had its effect. workerd sets the flag of crashes. */
export function isOutage(fault: unknown): boolean {
  return isTemporary(fault) || (isSet(fault, "durableObjectReset") && !isSet(fault, "overloaded"));
}

function isSet(fault: unknown, flag: string): boolean {
  return fault instanceof Error && Reflect.get(fault, flag) === true;
}
