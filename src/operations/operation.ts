/**
 * Operations: the verbs of the service, independent of the transport. HTTP decodes a request into an operation's input and
 * encodes its output. Another transport can do so with the same operations.
 */
import { coversQueue, isAllowed, type Principal, type Rule } from "../auth/policy.ts";
import type { UrlSigner } from "../auth/signed-url.ts";
import type { Config } from "../config/config.ts";
import type { ProjectId, QueueName, TrustId } from "../domain/id.ts";
import type { Quotas } from "../domain/quota.ts";
import { randomFraction } from "../domain/random.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Result } from "../domain/result.ts";
import type { EpochMs } from "../domain/time.ts";
import { toObjects, type ObjectBindings, type Objects, type WakeGate } from "../objects/rpc/stubs.ts";
import { logFault, type RequestEvent } from "../telemetry/event.ts";
import type { ProjectLimits } from "./project-limits.ts";

export type { ObjectBindings, WakeGate } from "../objects/rpc/stubs.ts";

export interface Operation<Input, Output> {
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
  /** Throws a Refusal for an expected failure. */
  run(context: Context, input: Input): Promise<Output>;
}

/** The dependencies of an operation. One per request. */
export interface Context {
  readonly principal: Principal;
  readonly config: Config;
  readonly objects: Objects;
  readonly projectLimits: ProjectLimits;
  readonly signer: UrlSigner;
  /**
   * Makes a trust of Keystone, by which the service acts for the caller until then; null where that is impossible. Failure:
   * `not-authorized`. Throws when Keystone cannot be asked.
   */
  readonly entrust: ((until: EpochMs) => Promise<Result<TrustId>>) | null;
  readonly event: RequestEvent;
  readonly clock: () => EpochMs;
  /** Lets work outlive the request. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Transports build contexts through here, so that they never see a stub. */
export function toContext(
  parts: Omit<Context, "objects"> & { readonly bindings: ObjectBindings; readonly gate: WakeGate },
): Context {
  const { bindings, gate, ...rest } = parts;
  return { ...rest, objects: toObjects(bindings, gate) };
}

export const always = (): boolean => true;
export const never = (): boolean => false;

/** Seconds, as Retry-After, when the disk is full. */
const DISK_RETRY_AFTER = 10;

/** Admits or refuses a request before its body is read: policy, queue prefix, disk room and rate, for every transport. */
export async function admit(
  context: Context,
  operation: Pick<Operation<never, unknown>, "name" | "policy" | "takesIn">,
  queue: QueueName | null,
): Promise<void> {
  context.event.operation = operation.name;
  authorise(context, operation.policy);
  if (queue !== null && !coversQueue(context.principal, queue)) throw new Refusal({ kind: "not-authorized" });
  if (operation.takesIn === true && (await context.objects.isDiskLow())) {
    throw new Refusal({ kind: "disk-full", retryAfter: DISK_RETRY_AFTER });
  }
  const { project } = context.principal;
  if (project === null) return;
  const quotas = await quotasOf(context, project);
  const retryAfter = context.projectLimits.take(project, quotas, context.clock());
  const limit = quotas.requests_per_second;
  if (retryAfter > 0) throw new Refusal({ kind: "requests-too-many", limit, retryAfter });
}

/** The quotas of the request's project. */
export function quotasOf(context: Context, project: ProjectId): Promise<Quotas> {
  const { objects, projectLimits, waitUntil, clock } = context;
  return projectLimits.quotasOf(project, async () => objects.project(project).quotas(), { now: clock, waitUntil });
}

/** The project of the request. Refuses a principal without a project. */
export function projectOf({ principal }: Context): ProjectId {
  if (principal.project === null) throw new Refusal({ kind: "not-authorized" });
  return principal.project;
}

/** Refuses a principal that does not pass the rule: for an operation that needs a second rule beside its own. */
export function authorise({ principal, config }: Context, rule: Rule | null): void {
  if (rule === null || isAllowed(principal, rule, config.policyRules)) return;
  throw new Refusal({ kind: "not-authorized" });
}

/** Authorises and runs an operation. Throws only Refusals: any other error is logged and becomes `unavailable`. */
export async function perform<Input, Output>(
  context: Context,
  operation: Operation<Input, Output>,
  input: Input,
): Promise<Output> {
  context.event.operation = operation.name;
  authorise(context, operation.policy);
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
