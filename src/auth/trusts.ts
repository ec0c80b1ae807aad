/**
 * Trusts of Keystone (Identity API v3, OS-TRUST): the user who subscribes a `trust+` subscriber lets the service act in this
 * user's name as long as the subscription lives. Upstream: zaqar/common/auth.py.
 */
import * as v from "valibot";
import type { KeystoneConfig, KeystoneCredentials } from "../config/keystone.ts";
import type { ProjectId, TrustId } from "../domain/id.ts";
import { LAST_INSTANT } from "../domain/instant.ts";
import { SingleFlightCache, type CachedAnswer } from "../mechanisms/single-flight-cache.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../domain/time.ts";
import { CREDENTIALS_REFUSED, readJson, renewalTime, type Keystone, type KeystoneDeps } from "./keystone.ts";

/** The service's own user. An application credential cannot be the trustee, because Keystone binds it to its project. */
type Account = Extract<KeystoneCredentials, { readonly kind: "password" }>;

/** A token by which the service acts for a user. */
export interface TrustToken {
  readonly value: string;
  /** The project of the trust. */
  readonly project: ProjectId | null;
}

/** The number of trusts whose tokens are remembered. */
const CAPACITY = 1000;
/** After a refusal by Keystone the same request is not tried again for this time. */
const REFUSAL_TTL = toSeconds(30);

/** Null for a service without its own user in Keystone, because a trust needs one. */
export function toTrusts(config: KeystoneConfig | null, keystone: Keystone | null): Trusts | null {
  return keystone !== null && config?.credentials?.kind === "password"
    ? new Trusts(keystone, config.credentials)
    : null;
}

export class Trusts {
  private readonly keystone: Keystone;
  private readonly account: Account;
  private readonly tokens = new SingleFlightCache<TrustToken | "trust-refused" | "account-refused">(CAPACITY);

  /** The service's own password is not tried before this time. */
  private refusedUntil = toEpochMs(0);

  constructor(keystone: Keystone, account: Account) {
    this.keystone = keystone;
    this.account = account;
  }

  /**
   * Creates a trust: until the given instant the service may act for the caller, in the project of the caller's token and
   * with its roles. `not-authorized`: Keystone does not allow the caller to create one, for example with an
   * application credential. Throws when Keystone cannot answer.
   */
  async create(
    { token, until }: { readonly token: string; readonly until: EpochMs },
    deps: KeystoneDeps,
  ): Promise<Result<TrustId, "not-authorized">> {
    const trustor = await this.trustorOf(token, deps);
    if (trustor === null) return err({ kind: "not-authorized" });
    const trustee = await this.keystone.ownToken(this.account, deps);
    const trust = {
      trustor_user_id: trustor.user,
      trustee_user_id: trustee.principal.user,
      project_id: trustor.project,
      roles: trustor.roles,
      impersonation: true,
      // The last date that Keystone can store; a later trust ends when it is revoked.
      ...(until <= LAST_INSTANT ? { expires_at: new Date(until).toISOString() } : {}),
    };
    const headers = { "Content-Type": "application/json", "X-Auth-Token": token };
    const init = { method: "POST", headers, body: JSON.stringify({ trust }) };
    return this.keystone.send("/OS-TRUST/trusts", init, deps, async (response) => {
      if (response.status === 201) return ok(v.parse(CREATED, await readJson(response)).trust.id as TrustId);
      await response.body?.cancel();
      if (response.status === 401 || response.status === 403) return err({ kind: "not-authorized" });
      throw new Error(`Keystone answered ${response.status} to the creation of a trust.`);
    });
  }

  /** A token of the trust; null when Keystone does not accept the trust (any more). Throws when Keystone cannot answer. */
  async tokenOf(trust: TrustId, deps: KeystoneDeps): Promise<TrustToken | null> {
    const token = await this.tokens.get(trust, () => this.issue(trust, deps), deps);
    if (token === "account-refused") throw new Error(CREDENTIALS_REFUSED);
    return token === "trust-refused" ? null : token;
  }

  /** Forgets the token of the trust, after a subscriber has refused it. The next delivery gets a new one. */
  forget(trust: TrustId): void {
    this.tokens.forget(trust);
  }

  private async issue(
    trust: TrustId,
    deps: KeystoneDeps,
  ): Promise<CachedAnswer<TrustToken | "trust-refused" | "account-refused">> {
    // For all trusts, because Keystone locks accounts whose password is tried too often.
    if (deps.now() < this.refusedUntil) return { value: "account-refused", until: this.refusedUntil };
    const issued = await this.keystone.issue(toTrustRequest(this.account, trust), deps);
    const later = after(deps.now(), REFUSAL_TTL);
    if (issued === 401) {
      this.refusedUntil = later;
      return { value: "account-refused", until: later };
    }
    // 404: the trust is over or never existed. 403: the trustor has lost the roles that the trust delegates.
    if (issued === 403 || issued === 404) return { value: "trust-refused", until: later };
    if (typeof issued === "number") throw new Error(`Keystone answered ${issued} to a request for a token of a trust.`);
    return { value: { value: issued.value, project: issued.principal.project }, until: renewalTime(issued) };
  }

  /**
   * User, project and roles of the token; null if it has no project or is invalid. Roles are given by id, because names may
   * differ in case.
   */
  private async trustorOf(token: string, deps: KeystoneDeps): Promise<Trustor | null> {
    const headers = { "X-Auth-Token": token, "X-Subject-Token": token };
    return this.keystone.send("/auth/tokens?nocatalog", { headers }, deps, async (response) => {
      if (response.status === 200) {
        const { user, project, roles } = v.parse(TOKEN, await readJson(response)).token;
        return project === undefined || roles.length === 0 ? null : { user: user.id, project: project.id, roles };
      }
      await response.body?.cancel();
      if (response.status === 401 || response.status === 404) return null;
      throw new Error(`Keystone answered ${response.status} to the validation of a caller's token.`);
    });
  }
}

interface Trustor {
  readonly user: string;
  readonly project: string;
  readonly roles: readonly { readonly id: string }[];
}

const ID = v.object({ id: v.pipe(v.string(), v.minLength(1)) });
const TOKEN = v.object({ token: v.object({ user: ID, project: v.optional(ID), roles: v.optional(v.array(ID), []) }) });
const CREATED = v.object({ trust: ID });

function toTrustRequest({ username, password, domain }: Account, trust: TrustId): object {
  const user = { name: username, password, domain: { name: domain } };
  return {
    auth: {
      identity: { methods: ["password"], password: { user } },
      scope: { "OS-TRUST:trust": { id: trust } },
    },
  };
}
