/** A claim: a lease over messages, during which no other consumer gets them. */
import { unlessMissing } from "./error.ts";
import { toJson } from "./json-text.ts";
import { toMessages, type Message } from "./message.ts";
import { withDefaults } from "./options.ts";
import { now } from "./time.ts";
import { nameOf, type Answer, type Signal, type Transport } from "./transport.ts";

export interface ClaimOptions extends Signal {
  /** The most messages. Default: 10. */
  readonly limit?: number | undefined;
  /** Seconds until the claim ends by itself. Default: 300. */
  readonly lease?: number | undefined;
  /** Seconds by which the lives of its messages outlast the claim, if they would end before. Default: 60. */
  readonly grace?: number | undefined;
  /** Seconds to wait for a message. Default: 0. */
  readonly wait?: number | undefined;
}

/** What becomes of messages of a claim. Those that are not named stay claimed. */
export interface Settlement {
  /** The ids of those that are done. */
  readonly delete?: readonly string[] | undefined;
  readonly release?: readonly Release[] | undefined;
}

export interface Release {
  readonly ids: readonly string[];
  /** Seconds until they can be claimed again. Default: 0. */
  readonly delay?: number | undefined;
  /** Whether this claim counts as an attempt (`_max_claim_count`). Default: true. */
  readonly count?: boolean | undefined;
}

/** The outcome of a request for a claim. */
export interface ClaimAnswer<T> {
  readonly claim: Claim<T> | null;
  /** Whether the service has waited, so that the next request may follow at once. */
  readonly waited: boolean;
}

const CLAIM_DEFAULTS = { limit: 10, lease: 300, grace: 60, wait: 0 } as const;

/**
 * A claim, which `queue.claim` has made.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const jobs = new Sukkal({ url, project: "demo" }).queue("jobs");
 * await jobs.postMany(["first", "second", "third"]);
 * const claim = await jobs.claim({ limit: 3, lease: 300 });
 * if (claim !== null) {
 *   const [done = "", later = ""] = claim.messages.map(({ id }) => id);
 *   await claim.settle({ delete: [done], release: [{ ids: [later], delay: 30, count: false }] });
 *   await claim.renew();
 *   const same = await jobs.getClaim(claim.id); // In another process, which knows the id.
 *   await same?.release();
 *   await jobs.endWaits(); // Of other `claim` requests of this client.
 * }
 * ```
 */
export class Claim<T> {
  readonly id: string;
  readonly messages: readonly Message<T>[];
  readonly #transport: Transport;
  readonly #path: string;
  readonly #lease: { readonly ttl: number; readonly grace: number };
  #end: number;

  constructor(
    transport: Transport,
    claim: {
      readonly path: string;
      readonly answer: Answer;
      readonly lease: number;
      readonly grace: number;
      readonly sentAt: number;
    },
  ) {
    const { path, answer, lease, grace, sentAt } = claim;
    this.#transport = transport;
    this.#path = path;
    this.id = nameOf(path);
    this.messages = toMessages(answer);
    this.#lease = { ttl: lease, grace };
    this.#end = sentAt + lease * 1000;
  }

  /** When the claim ends, unless it is renewed, on the clock of `performance.now()`. Never later than the service ends it. */
  get endsAt(): number {
    return this.#end;
  }

  /** Milliseconds. */
  get leaseMs(): number {
    return this.#lease.ttl * 1000;
  }

  /** Restarts the lease. Throws a SukkalError of status 404 if the claim is over. */
  async renew(options?: Signal): Promise<void> {
    const sentAt = now();
    await this.#transport.call("PATCH", this.#path, options, { body: this.#lease, isRepeatable: false });
    this.#end = sentAt + this.#lease.ttl * 1000;
  }

  /**
   * Deletes and releases messages in one step: all or none. It can be repeated. Throws a SukkalError of status 404 if
   * the claim is over and a message that is to be deleted still exists: then nothing is deleted.
   */
  settle(settlement: Settlement, options?: Signal): Promise<void> {
    return this.#transport.call("POST", `${this.#path}/settle`, options, { body: settlement, isRepeatable: true });
  }

  /** Releases all its messages, which counts as an attempt. */
  release(options?: Signal): Promise<void> {
    return this.#transport.call("DELETE", this.#path, options);
  }
}

/** `path`: of the claims of a queue. */
export async function requestClaim<T>(
  transport: Transport,
  path: string,
  options: ClaimOptions,
): Promise<ClaimAnswer<T>> {
  const { limit, lease, grace, wait, signal } = withDefaults(CLAIM_DEFAULTS, options);
  const sentAt = now();
  const made: { path: string | null } = { path: null };
  try {
    // It is not repeated: it would get other messages, and those of the first claim would be leased to nobody.
    const answer = await transport.send({
      method: "POST",
      path,
      query: { limit, details: true },
      headers: wait > 0 ? { Prefer: `wait=${Math.ceil(wait)}` } : {},
      body: toJson({ ttl: lease, grace }),
      signal,
      wait,
      onHead: ({ ok, headers }) => (made.path = ok ? headers.get("Location") : null),
    });
    const claim =
      made.path === null ? null : new Claim<T>(transport, { path: made.path, answer, lease, grace, sentAt });
    return { claim, waited: answer.headers.has("Preference-Applied") };
  } catch (error) {
    if (made.path !== null) await releaseUnread(transport, made.path, signal);
    throw error;
  }
}

/** `path`: of the claim. */
export async function findClaim<T>(
  transport: Transport,
  path: string,
  { grace = CLAIM_DEFAULTS.grace, signal }: Pick<ClaimOptions, "grace" | "signal">,
): Promise<Claim<T> | null> {
  const sentAt = now();
  const answer = await unlessMissing(transport.send({ method: "GET", path, query: { details: true }, signal }));
  if (answer === null) return null;
  const { age, ttl } = answer.document as { readonly age: number; readonly ttl: number };
  // Its age is in whole seconds, rounded down.
  return new Claim<T>(transport, { path, answer, lease: ttl, grace, sentAt: sentAt - (age + 1) * 1000 });
}

/** Releases a claim whose answer ended in the middle or cannot be read, because its messages are leased to nobody. */
async function releaseUnread(transport: Transport, path: string, signal: AbortSignal | undefined): Promise<void> {
  const isAborted = signal?.aborted === true;
  // If the service stays away, the lease ends by itself.
  const released = transport.call("DELETE", path, isAborted ? {} : { signal }).catch(() => {});
  if (!isAborted) await released;
  signal?.throwIfAborted();
}
