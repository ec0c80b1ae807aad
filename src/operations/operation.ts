/**
 * Operations: the verbs of the service, free of any transport. HTTP decodes a request into an operation's input and
 * encodes its output; another transport can do the same with the same operations.
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
  /** Upstream's action name; ours where upstream has none. */
  readonly name: string;
  /** Upstream's policy rule; null where upstream asks for none. */
  readonly policy: Rule | null;
  /** The sentence of a 503, which says what could not be done. */
  readonly attempted: string;
  /** Whether it stores something new, which a disk must have room for. */
  readonly takesIn?: true;
  /** Whether running it twice does no more than running it once. */
  readonly isIdempotent: (input: Input) => boolean;
  /**
   * Goes on when its caller has gone. The runtime ends the others then, between two steps, which is no harm where there is
   * one step, or where the rest is nobody's but the caller's.
   */
  readonly outlivesCaller?: true;
  /** Throws a Refusal for an expected failure. */
  run(context: Context, input: Input): Promise<Output>;
}

/** What an operation may use. One per request. */
export interface Context {
  readonly principal: Principal;
  readonly config: Config;
  readonly objects: Objects;
  readonly projectLimits: ProjectLimits;
  readonly signer: UrlSigner;
  /**
   * Lets the service act for the caller until then, by a trust of Keystone; null where that cannot be. Failure:
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

/** Seconds after which there may be room on the disk. */
const DISK_RETRY_AFTER = 10;

/** Lets a request in, or refuses it: before its body is read, whatever the transport. */
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

/** What the project may hold and ask for. */
export function quotasOf(context: Context, project: ProjectId): Promise<Quotas> {
  const { objects, projectLimits, waitUntil, clock } = context;
  return projectLimits.quotasOf(project, async () => objects.project(project).quotas(), { now: clock, waitUntil });
}

/** The project of the request. Refuses whoever belongs to none. */
export function projectOf({ principal }: Context): ProjectId {
  if (principal.project === null) throw new Refusal({ kind: "not-authorized" });
  return principal.project;
}

/** Refuses whoever does not pass the rule: for an operation that needs another beside its own. */
export function authorise({ principal, config }: Context, rule: Rule | null): void {
  if (rule === null || isAllowed(principal, rule, config.policyRules)) return;
  throw new Refusal({ kind: "not-authorized" });
}

/** Authorises and runs an operation. Throws nothing but Refusals: a fault is logged and becomes `unavailable`. */
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
/** Milliseconds before the first retry; doubles, and half to all of it is waited. */
const RETRY_DELAY = 40;

/**
 * Runs a repeatable step again when the runtime says that its failure is one of the moment. An overloaded object is left
 * alone. Each attempt has to make its own stub: one that failed once may be broken for good.
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
