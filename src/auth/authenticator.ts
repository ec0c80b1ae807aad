/**
 * Authentication: turns the headers of a request into a Principal, for every transport. Denies by default: an invalid
 * credential is refused, and never tried with another scheme.
 */
import type { Config } from "../config/config.ts";
import { KEY_ROLES, KeyChecks, parseApiKey, type KeyGrant, type PresentedKey } from "../domain/api-key.ts";
import type { ProjectId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import { SingleFlightCache, type CachedAnswer } from "../mechanisms/single-flight-cache.ts";
import { Refusal } from "../domain/refusal.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../domain/time.ts";
import { admitsRequest, type AccessRule } from "./keystone-access-rules.ts";
import { isSigned, readCredential, type Credential } from "./credential.ts";
import { digestOf, equalsInConstantTime } from "../domain/digest.ts";
import { LookupBudget } from "./lookup-budget.ts";
import type { Keystone, KeystoneDeps } from "./keystone.ts";
import { MONITOR, type Principal } from "./principal.ts";
import { RecentDigests } from "./recent-digests.ts";
import type { SignedRequest, UrlSigner } from "./signed-url.ts";
import type { Token } from "./token.ts";

/** What authentication needs from the objects and from the request. */
export interface AuthenticatorDeps extends KeystoneDeps {
  /** The grant of a key whose secret has this digest, or null. Records the use of the key. */
  findKey(key: PresentedKey, digest: string): Promise<KeyGrant | null>;
  /** The signing generation of a queue or topic, or null. */
  signingGeneration(project: ProjectId, place: Place): Promise<string | null>;
}

/** The identity that a token or an API key proves. */
export interface Identity {
  readonly principal: Principal;
  /** null: it does not expire. */
  readonly expiresAt: EpochMs | null;
  /** The requests that it may be used for; null: all. */
  readonly accessRules: readonly AccessRule[] | null;
}

type TokenOrKey = Exclude<Credential, { readonly kind: "signature" }>;

/**
 * Seconds for which answers are remembered. A revocation holds everywhere once they have passed: 30 s for keys and signed
 * URLs, 300 s for tokens of Keystone, as in keystonemiddleware.
 */
const TOKEN_TTL = toSeconds(300);
const REFUSAL_TTL = toSeconds(30);
export const KEY_TTL = toSeconds(30);
const GENERATION_TTL = toSeconds(30);
/** Answers of each kind that are remembered: a few hundred bytes each. */
const CAPACITY = 10_000;
/** The beginning of the key for the metrics. Others need not be compared with it. */
const METRICS_KEY = /^sk_metrics_/;
/** As in wire/paths.ts, which authentication does not know. */
const METRICS_PATH = "/metrics";

export class Authenticator {
  private readonly config: Config;
  private readonly keystone: Keystone | null;
  private readonly signer: UrlSigner;
  private readonly challenges: readonly string[];
  private readonly tokens = new SingleFlightCache<Token | null>(CAPACITY);
  private readonly keys = new SingleFlightCache<Identity | null>(CAPACITY);
  private readonly generations = new SingleFlightCache<string | null>(CAPACITY);
  private readonly recentDigests = new RecentDigests();
  private readonly adminDigest: string | null;
  private readonly metricsDigest: string | null;
  private readonly keyChecks: KeyChecks;
  private readonly lookupBudget = new LookupBudget();

  /** `keystone`: null where its tokens are not accepted. */
  constructor(config: Config, signer: UrlSigner, keystone: Keystone | null) {
    this.config = config;
    this.signer = signer;
    this.keystone = keystone;
    this.adminDigest = config.adminApiKey === null ? null : digestOf(config.adminApiKey);
    this.metricsDigest = config.metricsApiKey === null ? null : digestOf(config.metricsApiKey);
    this.keyChecks = new KeyChecks(config.keyCheckSecrets);
    this.challenges = [
      ...(config.keystone === null ? [] : [`Keystone uri="${config.keystone.url}"`]),
      ...(config.authStrategy.includes("keys") ? ['Bearer realm="sukkal"'] : []),
    ];
  }

  /**
   * The principal of the request; null with `AUTH_STRATEGY=none`, where project and roles are read from headers later.
   * An invalid signature is `route-unknown`. Throws when Keystone or an object does not answer, and throws the Refusal
   * `key-unchecked` for a key that may be valid but is not looked up now.
   */
  async authenticate(
    request: SignedRequest,
    deps: AuthenticatorDeps,
  ): Promise<Result<Principal | null, "unauthenticated" | "route-unknown">> {
    const { headers } = request;
    if (this.config.authStrategy.includes("none")) {
      return isSigned(headers) ? this.checkSignature(request, deps) : ok(null);
    }
    const credential = readCredential(headers);
    if (typeof credential === "string") return this.refuse();
    if (credential.kind === "signature") return this.checkSignature(request, deps);
    if (credential.kind === "key" && this.isMetricsKey(credential.key)) {
      // By this key nobody learns which other paths exist.
      return request.method === "GET" && request.path === METRICS_PATH ? ok(MONITOR) : this.refuse();
    }
    const identity = await this.identityOf(credential, deps);
    if (!identity.ok) return identity;
    const { accessRules, principal } = identity.value;
    return admitsRequest(accessRules, request) ? ok(principal) : this.refuse();
  }

  /**
   * The identity that the token or key in the headers proves, for a connection with many requests. The caller of this method
   * has to check each request against the access rules. Throws as `authenticate` does.
   */
  async identify(headers: Headers, deps: AuthenticatorDeps): Promise<Result<Identity, "unauthenticated">> {
    const credential = readCredential(headers);
    if (typeof credential === "string" || credential.kind === "signature") return this.refuse();
    return this.identityOf(credential, deps);
  }

  /** The principal of a request whose URL is signed. An invalid signature is `route-unknown`. */
  async checkSignature(request: SignedRequest, deps: AuthenticatorDeps): Promise<Result<Principal, "route-unknown">> {
    const signature = await this.signer.verify(request, deps.now());
    if (signature === null) return err({ kind: "route-unknown" });
    const { project, place } = signature;
    const ask = async (): Promise<CachedAnswer<string | null>> => ({
      value: await deps.signingGeneration(project, place),
      until: after(deps.now(), GENERATION_TTL),
    });
    const name = `${project}/${place.kind}/${place.name}`;
    const isCurrent = async (): Promise<boolean> =>
      signature.coversGeneration(await this.generations.get(name, ask, deps));
    if (!(await isCurrent())) {
      // The signature may cover a generation that is newer than the remembered one.
      this.generations.forget(name);
      if (!(await isCurrent())) return err({ kind: "route-unknown" });
    }
    return ok({ project, user: null, roles: [], proof: "signed-url", queuePrefix: "" });
  }

  private isMetricsKey(text: string): boolean {
    if (this.metricsDigest === null || !METRICS_KEY.test(text)) return false;
    return equalsInConstantTime(digestOf(text), this.metricsDigest);
  }

  private identityOf(credential: TokenOrKey, deps: AuthenticatorDeps): Promise<Result<Identity, "unauthenticated">> {
    return credential.kind === "key" ? this.checkKey(credential.key, deps) : this.checkToken(credential.token, deps);
  }

  private async checkToken(text: string, deps: AuthenticatorDeps): Promise<Result<Identity, "unauthenticated">> {
    const { keystone } = this;
    if (keystone === null) return this.refuse();
    const ask = async (): Promise<CachedAnswer<Token | null>> => {
      const token = await keystone.validate(text, deps);
      const now = deps.now();
      if (token === null) return { value: null, until: after(now, REFUSAL_TTL), isRefusal: true };
      return { value: token, until: earlier(after(now, TOKEN_TTL), token.expiresAt) };
    };
    const token = await this.lookUp(this.tokens, text, ask, deps);
    return token === null || token.expiresAt <= deps.now() ? this.refuse() : ok(token);
  }

  private async checkKey(text: string, deps: AuthenticatorDeps): Promise<Result<Identity, "unauthenticated">> {
    if (!this.config.authStrategy.includes("keys")) return this.refuse();
    const ask = async (digest: string): Promise<CachedAnswer<Identity | null>> => {
      if (this.adminDigest !== null && equalsInConstantTime(digest, this.adminDigest)) {
        return { value: OPERATOR, until: after(deps.now(), KEY_TTL) };
      }
      const key = parseApiKey(text);
      const isKnown = key !== null && (this.keyChecks.verify(key) || this.keys.lastAnswer(digest) !== null);
      // A key that anybody could have made up is refused without a look-up, and the refusal is not remembered.
      if (key === null || (!isKnown && !this.config.allowUncheckedApiKeys)) {
        return { value: null, until: deps.now(), isRefusal: true };
      }
      const find = (): Promise<KeyGrant | null> => deps.findKey(key, digestOf(key.secret));
      const grant = await (isKnown ? find() : this.findUnchecked(find, deps));
      const until = after(deps.now(), KEY_TTL);
      if (grant === null) return { value: null, until, isRefusal: true };
      // An answer is not remembered beyond the expiry of its key.
      return { value: toIdentity(key, grant), until: earlier(until, grant.expiresAt ?? until) };
    };
    const identity = await this.lookUp(this.keys, text, ask, deps);
    return identity === null ? this.refuse() : ok(identity);
  }

  /** The remembered answer about a credential, or that of `ask`. */
  private async lookUp<T>(
    cache: SingleFlightCache<T | null>,
    text: string,
    ask: (digest: string) => Promise<CachedAnswer<T | null>>,
    deps: AuthenticatorDeps,
  ): Promise<T | null> {
    const recent = this.recentDigests.find(text, deps.now());
    const digest = recent ?? digestOf(text);
    const answer = await cache.get(digest, () => ask(digest), deps);
    if (recent === null && answer !== null) this.recentDigests.add(text, digest);
    return answer;
  }

  /** Looks up a key without a check. Throws a Refusal when too many such look-ups have failed. */
  private async findUnchecked(
    find: () => Promise<KeyGrant | null>,
    { now }: Pick<AuthenticatorDeps, "now">,
  ): Promise<KeyGrant | null> {
    const retryAfter = this.lookupBudget.begin(now());
    if (retryAfter > 0) throw new Refusal({ kind: "key-unchecked", challenges: this.challenges, retryAfter });
    let hasFailed = false;
    try {
      const grant = await find();
      hasFailed = grant === null;
      return grant;
    } finally {
      this.lookupBudget.end(hasFailed);
    }
  }

  private refuse(): Result<never, "unauthenticated"> {
    return err({ kind: "unauthenticated", challenges: this.challenges });
  }
}

/** The operator's key: an admin of the service, of no project. */
const OPERATOR: Identity = {
  principal: { project: null, user: "admin", roles: ["admin"], proof: "key", queuePrefix: "" },
  expiresAt: null,
  accessRules: null,
};

function toIdentity({ id, project }: PresentedKey, { roles: granted, queuePrefix, expiresAt }: KeyGrant): Identity {
  // Each role includes the roles before it.
  const roles = KEY_ROLES.slice(0, Math.max(...granted.map((role) => KEY_ROLES.indexOf(role))) + 1);
  const ends = expiresAt === null ? {} : { expiresAt };
  const principal: Principal = { project, user: id, roles, proof: "key", queuePrefix, ...ends };
  return { principal, expiresAt, accessRules: null };
}

function earlier(a: EpochMs, b: EpochMs): EpochMs {
  return toEpochMs(Math.min(a, b));
}
