/**
 * The courier of trust+http and trust+https subscribers: a webhook with a Keystone token by which the service acts for the user
 * who subscribed. Upstream: zaqar/notification/tasks/trust.py.
 */
import type { Target } from "../domain/delivery.ts";
import type { ProjectId, TrustId } from "../domain/id.ts";
import { EMPTY_OBJECT, membersOf, toJsonText, toObjectText, toText, typeOf, type JsonText } from "../domain/json.ts";
import { parseSubscriber } from "../domain/subscriber.ts";
import type { EpochMs } from "../domain/time.ts";
import { parseWebUrl } from "../domain/web-url.ts";
import { blocked, invalid, toResult, type AttemptRequest, type AttemptResult, type Courier } from "./courier.ts";
import { toOwnUrl } from "./own-api.ts";
import { within } from "../mechanisms/timeout.ts";

export interface TrustDeps {
  /** Sends the request with its token. */
  readonly webhook: Courier;
  /** The hosts that may be sent a token: `host` or `host:port`, lower case. */
  readonly hosts: readonly string[];
  /** The URL of the service itself, which may be sent a token too; null: no `PUBLIC_URL` is set. */
  readonly publicUrl: string | null;
  /** The subscription's project. */
  readonly project: ProjectId;
  /** A token of a trust; null when Keystone gives none. Rejects when Keystone cannot answer. */
  readonly tokenOf: (trust: TrustId) => Promise<TrustToken | null>;
  /** Forgets the token of a trust, after a receiver has refused it. */
  readonly forget: (trust: TrustId) => void;
}

interface TrustToken {
  readonly value: string;
  /** The project in which the token is valid. */
  readonly project: ProjectId | null;
}

/** The timeout of getting a token, in milliseconds. The request has its own timeout. */
export const TOKEN_MS_MAX = 4000;
const UNAUTHORIZED = 401;
const NULL = toJsonText(null);

export class TrustCourier implements Courier {
  private readonly deps: TrustDeps;

  constructor(deps: TrustDeps) {
    this.deps = deps;
  }

  async send(target: Target, request: AttemptRequest, now: EpochMs): Promise<AttemptResult> {
    const url = urlOf(target.subscriber);
    const trust = toText(membersOf(target.options).get("trust_id") ?? NULL) as TrustId | null;
    if (url === null) return invalid("subscriber");
    if (trust === null) return invalid("options");
    // A receiver can use the token at every service of the cloud.
    if (!this.isTrusted(url)) return blocked("untrusted");
    const token = await within(TOKEN_MS_MAX, this.tokenOf(trust), "unknown");
    if (token === "unknown") return toResult("unreachable", "keystone");
    if (token === null) return invalid("options");
    // Knowing a trust's id does not prove that the trust belongs to the project.
    if (token.project !== this.deps.project) return blocked("trust");
    const options = withToken(target.options, token.value);
    // A refusal may repeat the request with its token.
    const { answer: _, ...result } = await this.deps.webhook.send({ ...target, options }, request, now);
    if (result.status !== UNAUTHORIZED) return result;
    this.deps.forget(trust);
    // With another token the request may be accepted.
    return { ...result, isFinal: false };
  }

  /** Only URLs below `PUBLIC_URL` are the service: other paths of its host may belong to other services. */
  private isTrusted(url: URL): boolean {
    const { hosts, publicUrl } = this.deps;
    return isAmong(hosts, url) || (publicUrl !== null && toOwnUrl(url.href, publicUrl) !== null);
  }

  /** Never rejects. */
  private tokenOf(trust: TrustId): Promise<TrustToken | null | "unknown"> {
    return this.deps.tokenOf(trust).catch((): "unknown" => "unknown");
  }
}

function urlOf(subscriber: string): URL | null {
  const parsed = parseSubscriber(subscriber);
  if (parsed?.kind !== "trust+http" && parsed?.kind !== "trust+https") return null;
  const url = parseWebUrl(parsed.url);
  return url.ok ? url.value : null;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

function isAmong(hosts: readonly string[], { protocol, hostname, host, port }: URL): boolean {
  const full = `${hostname}:${port === "" ? DEFAULT_PORTS[protocol] : port}`;
  return hosts.includes(host) || hosts.includes(full);
}

/** The options with the token's header before the subscriber's own headers, so that these may replace it, as in upstream. */
function withToken(options: JsonText, token: string): JsonText {
  const members = membersOf(options);
  const own = members.get("post_headers") ?? EMPTY_OBJECT;
  // A value that is not an object is refused later, when the headers are built.
  if (own !== NULL && typeOf(own) !== "object") return options;
  const headers = new Map([["X-Auth-Token", toJsonText(token)], ...(own === NULL ? [] : membersOf(own))]);
  return toObjectText(new Map([...members, ["post_headers", toObjectText(headers)]]));
}
