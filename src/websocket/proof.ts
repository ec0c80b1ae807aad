/**
 * Proof: who the client of a connection has proven to be, by which every frame is admitted. A credential is checked once, so what
 * can end it is checked with each frame: its expiry, and the revocation of an API key. Neither token nor key is kept.
 */
import { admitsRequest } from "../auth/keystone-access-rules.ts";
import type { AuthServices } from "../auth/auth-services.ts";
import { KEY_TTL, type AuthenticatorDeps, type Identity } from "../auth/authenticator.ts";
import { isSigned, readCredential } from "../auth/credential.ts";
import { keystoneFetch } from "../auth/keystone.ts";
import { coversQueue } from "../auth/policy.ts";
import type { Principal } from "../auth/principal.ts";
import { readProjectHeader } from "../auth/project-header.ts";
import type { Config } from "../config/config.ts";
import type { ProjectId } from "../domain/id.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { err } from "../domain/result.ts";
import { after, type EpochMs } from "../domain/time.ts";
import type { ObjectBindings } from "../operations/admission.ts";
import type { Capacity } from "../operations/capacity.ts";
import type { Context } from "../operations/context.ts";
import { checkCredential, credentialLookups, isKeyLive } from "../operations/credentials.ts";
import type { RequestEvent } from "../telemetry/event.ts";
import { IDENTITY_BYTES_MAX, keptSize } from "./kept.ts";
import { fault, NOT_AUTHENTICATED, refused, reply, type Reply } from "./reply.ts";

/** What has been proven; it survives the hibernation of the connection. */
export interface Proven {
  /** null: nothing. */
  readonly identity: Identity | null;
  /** When the identity was last known to be good. */
  readonly checkedAt: EpochMs;
}

export interface ProofDeps {
  readonly config: Config;
  readonly bindings: ObjectBindings;
  readonly auth: AuthServices;
  readonly capacity: Capacity;
  readonly clock: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Whether the project may have one more connection. */
  readonly admitsConnection: (project: ProjectId) => boolean;
  /** Keeps what has been proven. */
  readonly keep: (proven: Proven) => void;
  /** Called before an action is performed, and when the client has authenticated. */
  readonly noteActivity: () => void;
  /** Ends the connection, because its credential is over. */
  readonly expire: () => void;
}

/** The HTTP request that does what the frame asks for, with the frame's headers. */
interface Equivalent {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  /** Whether the signature of a URL may stand for a credential. */
  readonly isSignable: boolean;
}

const AUTHENTICATED = reply(200, '{"message":"Authentified."}');
const AUTHENTICATION_FAILED = fault(401, "unauthenticated", "Authentication failed.");
const OTHER_PROJECT = fault(
  403,
  "project-mismatched",
  "X-Project-ID names another project than that of the credential.",
);
const TOO_MUCH = fault(
  403,
  "credential-too-large",
  "The credential has more roles and access rules than a connection can keep.",
);
const TOO_MANY = fault(403, "connections-too-many", "The project has as many connections as it may.");
const NOT_ADMITTED = refused({ kind: "not-authorized" }, null);

export class Proof {
  private readonly deps: ProofDeps;
  private proven: Proven;

  constructor(deps: ProofDeps, proven: Proven) {
    this.deps = deps;
    this.proven = proven;
  }

  get project(): ProjectId | null {
    return this.proven.identity?.principal.project ?? null;
  }

  /** Whether the client has proven who it is, or need not. */
  get isGiven(): boolean {
    return this.isNeedless || this.proven.identity !== null;
  }

  /** When the credential ends; null: never, or there is none. */
  get expiresAt(): EpochMs | null {
    return this.proven.identity?.expiresAt ?? null;
  }

  private get isNeedless(): boolean {
    return this.deps.config.authStrategy.includes("none");
  }

  /** Replaces the identity by that of the token or key in the headers. If that fails, the former one stays. */
  async authenticate(headers: Headers, event: RequestEvent): Promise<Reply> {
    if (this.isNeedless) return AUTHENTICATED;
    const identity = await checkCredential(event, () => this.identify(headers));
    if (identity === null) return AUTHENTICATION_FAILED;
    const { project } = identity.principal;
    event.project = project;
    if (isOfAnother(headers, project)) return OTHER_PROJECT;
    if (project !== null && project !== this.project && !this.deps.admitsConnection(project)) return TOO_MANY;
    if (keptSize(identity) > IDENTITY_BYTES_MAX) return TOO_MUCH;
    this.keep({ identity, checkedAt: this.deps.clock() });
    this.deps.noteActivity();
    return AUTHENTICATED;
  }

  /** Who makes the request of a frame, or the reply when nobody does who may. */
  async principalOf(request: Equivalent, event: RequestEvent): Promise<Principal | Reply> {
    const { headers } = request;
    const { identity } = this.proven;
    if (identity === null) {
      if (isSigned(headers)) return checkCredential(event, () => this.signerOf(request));
      return this.isNeedless ? unwrap(readProjectHeader(headers)) : NOT_AUTHENTICATED;
    }
    if (!(await checkCredential(event, () => this.holds()))) return NOT_AUTHENTICATED;
    const { principal, accessRules } = identity;
    if (isOfAnother(headers, principal.project)) return OTHER_PROJECT;
    return admitsRequest(accessRules, request) ? principal : NOT_ADMITTED;
  }

  /** Whether queues of this project and name are those of the client, who may have authenticated again, for others. */
  covers(project: ProjectId, queue: string): boolean {
    const principal = this.proven.identity?.principal;
    return principal === undefined || (principal.project === project && coversQueue(principal, queue));
  }

  /** Whether what was proven is still so. If not, the connection is ended. */
  async holds(): Promise<boolean> {
    const { identity } = this.proven;
    if (identity === null || (await this.isGood(identity))) return true;
    this.deps.expire();
    return false;
  }

  /**
   * Makes trusts for the principal of a frame. A connection keeps no token, so it takes the frame's own, if that belongs to the
   * same user and project.
   */
  entrustBy(headers: Headers, { user, project, proof }: Principal): Context["createTrust"] {
    const { trusts, authenticator } = this.deps.auth;
    const token = headers.get("X-Auth-Token");
    if (trusts === null || token === null || proof !== "keystone") return null;
    return async (until) => {
      const deps = this.authenticatorDeps();
      const identity = await authenticator.identify(headers, deps);
      const { principal } = identity.ok ? identity.value : { principal: null };
      if (principal?.user !== user || principal.project !== project) return err({ kind: "not-authorized" });
      return trusts.create({ token, until }, deps);
    };
  }

  /** Who the credential belongs to; null: it is not accepted. */
  private async identify(headers: Headers): Promise<Identity | null> {
    try {
      const identity = await this.deps.auth.authenticator.identify(headers, this.authenticatorDeps());
      return identity.ok ? identity.value : null;
    } catch (failure) {
      // A key that may be good, but is not looked up now.
      if (failure instanceof Refusal) return null;
      throw failure;
    }
  }

  private async signerOf(request: Equivalent): Promise<Principal | Reply> {
    if (!request.isSignable || this.hasOther(request.headers)) return NOT_AUTHENTICATED;
    const principal = await this.deps.auth.authenticator.checkSignature(request, this.authenticatorDeps());
    return principal.ok ? principal.value : NOT_AUTHENTICATED;
  }

  /** Whether there is a credential beside the signature: as over HTTP, there has to be exactly one. */
  private hasOther(headers: Headers): boolean {
    return !this.isNeedless && readCredential(headers) === "several";
  }

  /** Whether the credential is not over, and the key not revoked. */
  private async isGood(identity: Identity): Promise<boolean> {
    const now = this.deps.clock();
    if (identity.expiresAt !== null && identity.expiresAt <= now) return false;
    const { proof, project, user } = identity.principal;
    // The operator's own key belongs to no project, and changes only with the settings.
    if (proof !== "key" || project === null || user === null) return true;
    if (after(this.proven.checkedAt, KEY_TTL) > now) return true;
    const { bindings, capacity } = this.deps;
    if (!(await isKeyLive({ bindings, gate: capacity.gate }, { id: user, project }, now))) return false;
    this.keep({ identity, checkedAt: now });
    return true;
  }

  private keep(proven: Proven): void {
    this.proven = proven;
    this.deps.keep(proven);
  }

  private authenticatorDeps(): AuthenticatorDeps {
    const { bindings, capacity, clock, waitUntil } = this.deps;
    const lookups = credentialLookups({ bindings, gate: capacity.gate });
    return { now: clock, waitUntil, fetch: keystoneFetch(bindings.KEYSTONE), ...lookups };
  }
}

/** Whether the headers name a project, and another than the credential's. */
function isOfAnother(headers: Headers, project: ProjectId | null): boolean {
  const named = headers.get("X-Project-ID") ?? "";
  return named !== "" && named !== project;
}
