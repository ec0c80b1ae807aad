/**
 * The courier of http and https subscribers: a POST per attempt (extended contract 1.10), with the headers of Standard
 * Webhooks, which upstream lacks. The status alone decides; of what else a receiver says nothing is kept.
 */
import type { AttemptReason, Target } from "../domain/delivery.ts";
import { HOPS_HEADER, HOPS_MAX } from "../domain/hops.ts";
import type { ProjectId } from "../domain/id.ts";
import { membersOf, toText, typeOf, type JsonText, type Members } from "../domain/json.ts";
import { parseSubscriber } from "../domain/subscriber.ts";
import type { EpochMs } from "../domain/time.ts";
import { applyPostData } from "../wire/notifications.ts";
import { checkDestination, isAddress, type AddressRules, type DestinationDefect } from "./address.ts";
import { blocked, invalid, skipped, unanswered, type AttemptResult, type Courier, type Shipment } from "./courier.ts";
import { HOST_BREAKERS } from "./circuit-breaker.ts";
import { toOwnUrl, type OwnApi } from "./own-api.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { signatureHeader } from "./signature.ts";

/** What the courier needs of its surroundings. */
export interface WebhookDeps {
  readonly rules: AddressRules;
  /** Of the subscription. */
  readonly project: ProjectId;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** null: the service does not know where it is. */
  readonly own: OwnApi | null;
  /** Lets work go on that nobody waits for. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly now: () => EpochMs;
}

/** By a binding that leads where subscribers may be, or else by the way that everything goes. */
export function wayToSubscribers(binding: Fetcher | undefined): WebhookDeps["fetch"] {
  return (url, init) => (binding ?? globalThis).fetch(url, init);
}

/** Milliseconds that a receiver may take for its status. */
export const ANSWER_MS_MAX = 10_000;
/** Milliseconds and bytes of an answer that are read so that its connection can serve again; nobody looks at them. */
const BODY_MS_MAX = 1000;
const BODY_BYTES_MAX = 65_536;

/**
 * The names that `post_headers` may not set: the connection's (RFC 9110, 7.6.1, and `Expect`), and those that say who
 * speaks. An `Upgrade` would make the runtime open a WebSocket instead of sending the POST, and nobody would close it.
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
/** The refusals below 500 that are about the moment: 15.5.9 of RFC 9110, RFC 8470, RFC 6585. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
/** The statuses whose `Retry-After` is heeded. */
const BUSY: ReadonlySet<number> = new Set([429, 503]);

export class WebhookCourier implements Courier {
  private readonly deps: WebhookDeps;

  constructor(deps: WebhookDeps) {
    this.deps = deps;
  }

  async send(target: Target, shipment: Shipment, now: EpochMs): Promise<AttemptResult> {
    const subscriber = parseSubscriber(target.subscriber);
    if (subscriber === null || subscriber.kind === "mailto") return invalid("subscriber");
    const { own } = this.deps;
    const ownUrl = own === null ? null : toOwnUrl(subscriber.url, own.publicUrl);
    if (own !== null && ownUrl !== null) return this.sendInside(own, ownUrl, target, shipment, now);
    const destination = checkDestination(subscriber.url, this.deps.rules);
    if (!destination.ok) return refusal(subscriber.url, destination.defect);
    const { origin, href } = destination.value;
    // For each project apart: a URL that never answers is quickly found at a host that others need.
    const host = `${origin} ${this.deps.project}`;
    // Before the work of making a request.
    if (HOST_BREAKERS.isResting(host, now)) return skipped("dead", host, now);
    const post = await toPost(target, shipment, now);
    if (post === null) return invalid("options");
    const place = await HOST_BREAKERS.enterSoon(host, ANSWER_MS_MAX, this.deps.now);
    if (typeof place === "string") return skipped(place, host, this.deps.now());
    const result = await this.post(this.deps.fetch, href, post);
    HOST_BREAKERS.leave(host, place, result.status !== null, this.deps.now());
    return result;
  }

  /** To the service itself: no host that would have to be spared, or could be dead. */
  private async sendInside(
    own: OwnApi,
    url: string,
    target: Target,
    shipment: Shipment,
    now: EpochMs,
  ): Promise<AttemptResult> {
    const hops = shipment.hops + 1;
    // Queues that notify each other would go on for ever.
    if (hops > HOPS_MAX) return blocked("hops");
    const post = await toPost(target, shipment, now);
    return post === null ? invalid("options") : this.post((to, init) => own.fetch(hops, to, init), url, post);
  }

  private async post(fetch: WebhookDeps["fetch"], url: string, post: RequestInit): Promise<AttemptResult> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), ANSWER_MS_MAX);
    try {
      const response = await fetch(url, { ...post, signal: abort.signal });
      this.deps.waitUntil(drain(response.body));
      return toResult(response, this.deps.now());
    } catch (error) {
      return abort.signal.aborted ? unanswered("timeout") : unanswered("unreachable", reasonOf(error, url));
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * What the runtime lets one tell: it says when a connection did not come about or broke off, and hides from us whether it was
 * a name or a certificate. Another connection would tell, and would be one more than the receiver has to take.
 */
function reasonOf(error: unknown, url: string): AttemptReason | null {
  const message = error instanceof Error ? error.message : "";
  if (message.startsWith("Network connection lost")) return "connection";
  if (!message.startsWith("internal error")) return null;
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:") return isAddress(hostname) ? null : "dns";
  return isAddress(hostname) ? "tls" : "dns-or-tls";
}

/** Statuses of a proxy before the receiver, by which Cloudflare's network also answers for receivers that it cannot reach. */
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

function toResult({ status, headers }: Response, now: EpochMs): AttemptResult {
  const retryAfter = BUSY.has(status) ? parseRetryAfter(headers.get("Retry-After"), now) : null;
  if (status === GONE) return { outcome: "gone", reason: null, status, retryAfter, isFinal: true };
  const isSuccess = status >= 200 && status <= 299;
  // A receiver that has understood the request and does not want it will not want it the next time (extended contract 1.9).
  const isFinal = status >= 300 && status <= 499 && !PASSING.has(status);
  const reason = PROXY_REASONS.get(status) ?? null;
  return { outcome: isSuccess ? "delivered" : "refused", reason, status, retryAfter, isFinal };
}

function refusal(url: string, defect: DestinationDefect): AttemptResult {
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
      // A name may come to mean another host, or the operator allow it; an address stays what it is.
      return blocked(reason, defect === "address");
    }
  }
}

/** The request of one attempt; null when the subscription's options make none. */
async function toPost(target: Target, { id, document, hops }: Shipment, now: EpochMs): Promise<RequestInit | null> {
  const options = membersOf(target.options);
  const body = toBody(options, document);
  if (body === null) return null;
  const timestamp = Math.floor(now / 1000);
  const headers = new Headers({ "Content-Type": "application/json", "User-Agent": "Sukkal" });
  if (!overlay(headers, given(options, "post_headers"))) return null;
  headers.set("webhook-id", id);
  headers.set("webhook-timestamp", String(timestamp));
  // The service may be at the end of any way: by another name, or behind somebody who only passes on.
  headers.set(HOPS_HEADER, String(hops + 1));
  if (target.secrets.length > 0) {
    headers.set("webhook-signature", await signatureHeader(target.secrets, { id, timestamp, body }));
  }
  // A redirect could lead where no subscriber may.
  return { method: "POST", headers, body, redirect: "manual" };
}

/** Null when `post_data` is no text, or makes one that is too long. */
function toBody(options: Members, document: string): string | null {
  const postData = given(options, "post_data");
  if (postData === null) return document;
  const template = toText(postData);
  return template === null ? null : applyPostData(template, document);
}

/** Sets the headers that the subscriber asks for. False when one of them is none. */
function overlay(headers: Headers, postHeaders: JsonText | null): boolean {
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

function given(options: Members, key: string): JsonText | null {
  const value = options.get(key);
  return value === undefined || value === "null" ? null : value;
}

/** Reads the rest of an answer, up to its bounds. Never rejects. */
async function drain(body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (body === null) return;
  const reader = body.getReader();
  const end = (): Promise<void> => reader.cancel().catch(() => undefined);
  const timer = setTimeout(() => void end(), BODY_MS_MAX);
  try {
    for (let left = BODY_BYTES_MAX; left > 0;) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.length;
    }
  } catch {
    // The receiver has hung up: it has said what counts.
  } finally {
    clearTimeout(timer);
    await end();
  }
}
