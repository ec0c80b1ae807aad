/**
 * The courier of http and https subscribers: a POST per attempt, with the headers of Standard Webhooks, which upstream lacks.
 * Only the status of the answer and its `Retry-After` count. Of a refusal the beginning is kept for the owner of the
 * subscription.
 */
import { ANSWER_BYTES_MAX, type AttemptReason, type Target } from "../domain/delivery.ts";
import { HOPS_HEADER, HOPS_MAX } from "../domain/hops.ts";
import type { ProjectId } from "../domain/id.ts";
import { membersOf, toText, typeOf, type JsonText, type Members } from "../domain/json.ts";
import { parseSubscriber } from "../domain/subscriber.ts";
import type { EpochMs } from "../domain/time.ts";
import { TRACEPARENT_HEADER, withSpan } from "../domain/traceparent.ts";
import { applyPostData } from "../wire/notifications.ts";
import { checkDestination, isAddress, type AddressRules, type DestinationDefect } from "./address.ts";
import {
  blocked,
  invalid,
  skipped,
  toResult,
  type AttemptRequest,
  type AttemptResult,
  type AttemptTrace,
  type Courier,
} from "./courier.ts";
import { settlesWithin } from "../mechanisms/timeout.ts";
import { HOST_BREAKERS } from "./circuit-breaker.ts";
import { toOwnUrl, type OwnApi } from "./own-api.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { signatureHeader } from "./signature.ts";

/** The dependencies of the courier. */
export interface WebhookDeps {
  readonly rules: AddressRules;
  /** The subscription's project. */
  readonly project: ProjectId;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** null: no `PUBLIC_URL` is set. */
  readonly own: OwnApi | null;
  /** Lets work continue in the background. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly now: () => EpochMs;
  /** Makes a span of a request that is in a trace; null: no spans are made. */
  readonly recordSpan: ((attempt: TracedAttempt) => void) | null;
}

/** A request that was sent, with its result. */
export interface TracedAttempt extends AttemptTrace {
  /** `webhook-id`. */
  readonly id: string;
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly result: AttemptResult;
}

/** A fetch by the binding of a network service, where there is one, else the global one. */
export function fetchBy(binding: Fetcher | undefined): WebhookDeps["fetch"] {
  return (url, init) => (binding ?? globalThis).fetch(url, init);
}

/** The timeout of a receiver's status, in milliseconds. */
export const ANSWER_MS_MAX = 10_000;
/** Milliseconds and bytes for which an answer's body is read and discarded, so that its connection can be used again. */
const BODY_MS_MAX = 1000;
const BODY_BYTES_MAX = 65_536;
/** Milliseconds for which the result of a refused attempt waits for the beginning of its answer. */
const BEGINNING_MS_MAX = 500;

/**
 * The names that `post_headers` may not set: those of the connection (RFC 9110, 7.6.1, and `Expect`), and those that identify the
 * sender. An `Upgrade` would make the runtime open a WebSocket instead of sending the POST, and nothing would close it.
 */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "connection",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const OWN_PREFIX = "webhook-";

const GONE = 410;
/** The temporary refusals below 500: 15.5.9 of RFC 9110, RFC 8470, RFC 6585. */
const TEMPORARY: ReadonlySet<number> = new Set([408, 425, 429]);
/** The statuses whose `Retry-After` is used. */
const WITH_RETRY_AFTER: ReadonlySet<number> = new Set([429, 503]);

export class WebhookCourier implements Courier {
  private readonly deps: WebhookDeps;

  constructor(deps: WebhookDeps) {
    this.deps = deps;
  }

  async send(target: Target, request: AttemptRequest, now: EpochMs): Promise<AttemptResult> {
    const subscriber = parseSubscriber(target.subscriber);
    if (subscriber === null || subscriber.kind === "mailto") return invalid("subscriber");
    const { own } = this.deps;
    const ownUrl = own === null ? null : toOwnUrl(subscriber.url, own.publicUrl);
    if (own !== null && ownUrl !== null) return this.sendToOwnApi(own, ownUrl, target, request, now);
    const destination = checkDestination(subscriber.url, this.deps.rules);
    if (!destination.ok) return destinationResult(subscriber.url, destination.defect);
    const { origin, href } = destination.value;
    // Per project: otherwise one project could open the circuit for all projects by a URL that never answers.
    const host = `${origin} ${this.deps.project}`;
    // Checked before the request is made, to save that work.
    if (HOST_BREAKERS.isOpenForLonger(host, now)) return skipped("open", host, now);
    const post = await toPost(target, request, now);
    if (post === null) return invalid("options");
    const slot = await HOST_BREAKERS.enterSoon(host, ANSWER_MS_MAX, this.deps.now);
    if (typeof slot === "string") return skipped(slot, host, this.deps.now());
    const result = await this.exchange(this.deps.fetch, href, post, request);
    HOST_BREAKERS.leave(host, slot, result.status !== null, this.deps.now());
    return result;
  }

  /** Sends to the service itself, without the circuit breaker. */
  private async sendToOwnApi(
    own: OwnApi,
    url: string,
    target: Target,
    request: AttemptRequest,
    now: EpochMs,
  ): Promise<AttemptResult> {
    const hops = request.hops + 1;
    // Otherwise queues that notify each other would pass a message on for ever.
    if (hops > HOPS_MAX) return blocked("hops");
    const post = await toPost(target, request, now);
    if (post === null) return invalid("options");
    return this.exchange((to, init) => own.fetch(hops, to, init), url, post, request);
  }

  private async exchange(
    fetch: WebhookDeps["fetch"],
    url: string,
    post: RequestInit,
    { id, trace }: AttemptRequest,
  ): Promise<AttemptResult> {
    const { now, recordSpan } = this.deps;
    const start = now();
    const result = await this.post(fetch, url, post);
    if (trace !== undefined) recordSpan?.({ ...trace, id, start, end: now(), result });
    return result;
  }

  private async post(fetch: WebhookDeps["fetch"], url: string, post: RequestInit): Promise<AttemptResult> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), ANSWER_MS_MAX);
    try {
      const response = await fetch(url, { ...post, signal: abort.signal });
      const result = answerResult(response, this.deps.now());
      const beginning = result.outcome === "delivered" ? null : new Beginning();
      const drained = drain(response.body, beginning);
      this.deps.waitUntil(drained);
      if (beginning === null) return result;
      await settlesWithin(Promise.race([beginning.isFull, drained]), BEGINNING_MS_MAX);
      return { ...result, ...beginning.asAnswer() };
    } catch (error) {
      return abort.signal.aborted ? toResult("timeout") : toResult("unreachable", reasonOf(error, url));
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * The reason of a failed fetch, as far as the runtime reports it. It reports failed and broken connections, but does not
 * distinguish a failed name look-up from a refused certificate. A second connection could, but would load the receiver more.
 */
function reasonOf(error: unknown, url: string): AttemptReason | null {
  const message = error instanceof Error ? error.message : "";
  if (message.startsWith("Network connection lost")) return "connection";
  if (!message.startsWith("internal error")) return null;
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:") return isAddress(hostname) ? null : "dns";
  return isAddress(hostname) ? "tls" : "dns-or-tls";
}

/** Statuses of a proxy in front of the receiver. Cloudflare's network sends them for receivers that it cannot reach. */
const PROXY_REASONS: ReadonlyMap<number, AttemptReason> = new Map([
  [520, "connection"],
  [521, "connection"],
  [522, "silence"],
  [523, "connection"],
  [524, "silence"],
  [525, "tls"],
  [526, "tls"],
  [530, "dns"],
]);

function answerResult({ status, headers }: Response, now: EpochMs): AttemptResult {
  const retryAfter = WITH_RETRY_AFTER.has(status) ? parseRetryAfter(headers.get("Retry-After"), now) : null;
  if (status === GONE) return { outcome: "gone", reason: null, status, retryAfter, isFinal: true };
  const isSuccess = status >= 200 && status <= 299;
  // A receiver that has understood and refused the request would refuse it again.
  const isFinal = status >= 300 && status <= 499 && !TEMPORARY.has(status);
  const reason = PROXY_REASONS.get(status) ?? null;
  return { outcome: isSuccess ? "delivered" : "refused", reason, status, retryAfter, isFinal };
}

function destinationResult(url: string, defect: DestinationDefect): AttemptResult {
  switch (defect) {
    case "malformed":
    case "scheme":
    case "credentials":
      return invalid("subscriber");
    case "port":
      return blocked("port");
    case "name":
    case "address": {
      const reason = checkDestination(url, { allowPrivate: true }).ok ? "private" : "closed";
      // A name may resolve to another host later, or be allowed by the operator, so a retry can help. An address stays the same.
      return blocked(reason, defect === "address");
    }
  }
}

/** The request of one attempt; null when the subscription's options are invalid. */
async function toPost(
  target: Target,
  { id, document, hops, trace }: AttemptRequest,
  now: EpochMs,
): Promise<RequestInit | null> {
  const options = membersOf(target.options);
  const body = toBody(options, document);
  if (body === null) return null;
  const timestamp = Math.floor(now / 1000);
  const headers = new Headers({ "Content-Type": "application/json", "User-Agent": "Sukkal" });
  // Before the subscription's own headers, which may replace it.
  if (trace !== undefined) headers.set(TRACEPARENT_HEADER, withSpan(trace.parent, trace.span));
  if (!setPostHeaders(headers, optionOf(options, "post_headers"))) return null;
  headers.set("webhook-id", id);
  headers.set("webhook-timestamp", String(timestamp));
  // Sent to every receiver: it may be this service under another name, or a relay that posts to it.
  headers.set(HOPS_HEADER, String(hops + 1));
  if (target.secrets.length > 0) {
    headers.set("webhook-signature", await signatureHeader(target.secrets, { id, timestamp, body }));
  }
  // A redirect could lead to a forbidden address.
  return { method: "POST", headers, body, redirect: "manual" };
}

/** The body; null if `post_data` is not text, or the body would be too long. */
function toBody(options: Members, document: string): string | null {
  const postData = optionOf(options, "post_data");
  if (postData === null) return document;
  const template = toText(postData);
  return template === null ? null : applyPostData(template, document);
}

/** Sets the subscription's `post_headers`. False when one is invalid. */
function setPostHeaders(headers: Headers, postHeaders: JsonText | null): boolean {
  if (postHeaders === null) return true;
  if (typeOf(postHeaders) !== "object") return false;
  for (const [name, value] of membersOf(postHeaders)) {
    const text = toText(value);
    if (text === null) return false;
    const key = name.toLowerCase();
    if (OWN_HEADERS.has(key) || key.startsWith(OWN_PREFIX)) continue;
    try {
      headers.set(name, text);
    } catch {
      return false;
    }
  }
  return true;
}

/** The option; null if it is absent or null. */
function optionOf(options: Members, key: string): JsonText | null {
  const value = options.get(key);
  return value === undefined || value === "null" ? null : value;
}

/** The beginning of an answer's body. */
class Beginning {
  private readonly bytes = new Uint8Array(ANSWER_BYTES_MAX);
  private size = 0;
  private readonly full = Promise.withResolvers<void>();

  get isFull(): Promise<void> {
    return this.full.promise;
  }

  add(part: Uint8Array): void {
    const fitting = part.subarray(0, ANSWER_BYTES_MAX - this.size);
    this.bytes.set(fitting, this.size);
    this.size += fitting.length;
    if (this.size === ANSWER_BYTES_MAX) this.full.resolve();
  }

  /** As a member of a result; none without a text. */
  asAnswer(): Pick<AttemptResult, "answer"> {
    // As of a stream: a character that is cut off at the end is left out. Bytes that are no text become U+FFFD.
    const text = new TextDecoder().decode(this.bytes.subarray(0, this.size), { stream: true });
    return text === "" ? {} : { answer: text };
  }
}

/** Reads and discards an answer's body, up to BODY_BYTES_MAX and BODY_MS_MAX. Never rejects. */
async function drain(body: ReadableStream<Uint8Array> | null, beginning: Beginning | null): Promise<void> {
  if (body === null) return;
  const reader = body.getReader();
  const end = (): Promise<void> => reader.cancel().catch(() => undefined);
  const timer = setTimeout(() => void end(), BODY_MS_MAX);
  try {
    for (let left = BODY_BYTES_MAX; left > 0;) {
      const { done, value } = await reader.read();
      if (done) return;
      beginning?.add(value);
      left -= value.length;
    }
  } catch {
    // The receiver has closed the connection. Its status is known.
  } finally {
    clearTimeout(timer);
    await end();
  }
}
