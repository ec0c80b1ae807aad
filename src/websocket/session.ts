/**
 * A session: who a connection's client has proven to be, and the answers to its frames. Frames are checked in upstream's order:
 * format, action, schema, credential. What an action then may do is decided by the admission that HTTP has too.
 */
import { admitsRequest } from "../auth/access-rules.ts";
import type { Access } from "../auth/access.ts";
import type { AuthenticatorDeps, Identity } from "../auth/authenticator.ts";
import { isSigned } from "../auth/credential.ts";
import { wayToKeystone } from "../auth/keystone.ts";
import type { Principal } from "../auth/principal.ts";
import { readProjectHeader } from "../auth/project-header.ts";
import type { Config } from "../config/config.ts";
import type { ProjectId } from "../domain/id.ts";
import { membersOf, toText, typeOf, type Members } from "../domain/json.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../domain/time.ts";
import { TokenBucket } from "../mechanisms/token-bucket.ts";
import { toCaller, type Caller, type ObjectBindings } from "../operations/admission.ts";
import type { Capacity } from "../operations/capacity.ts";
import { findKey, isKeyLive, signingGeneration } from "../operations/credentials.ts";
import { checkPlace, readClientId } from "../operations/names.ts";
import { logFault, logRequest, newEvent, type RequestEvent } from "../telemetry/event.ts";
import { fits, textOf, type Action, type HttpRequest, type Visit } from "./actions/action.ts";
import { actionNamed } from "./actions/table.ts";
import { toHeaders } from "./credentials.ts";
import { decodeFrame, encodeReply, NO_FRAME, type Frame, type Payload } from "./frame.ts";
import { fault, NOT_AUTHENTICATED, refused, reply, SCHEMA_VIOLATED, type Reply } from "./reply.ts";

/** What survives the hibernation of a connection. */
export interface SessionState {
  /** null: the client has proven nothing. Neither token nor key is kept. */
  readonly identity: Identity | null;
  /** When the identity was last known to be good. */
  readonly checkedAt: EpochMs;
  /** When an action was last performed, or the connection began. */
  readonly activeAt: EpochMs;
}

export interface SessionDeps {
  readonly config: Config;
  readonly bindings: ObjectBindings;
  readonly access: Access;
  readonly capacity: Capacity;
  readonly clock: () => EpochMs;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Whether the project may have one more connection. */
  readonly admitsConnection: (project: ProjectId) => boolean;
  /** Keeps the state. */
  readonly save: (state: SessionState) => void;
  /** Ends the connection, because its credential is over. */
  readonly expire: () => void;
}

/** Seconds for which a key that was looked up counts as not revoked. */
const KEY_TTL = toSeconds(30);
/** Milliseconds by which the kept time of the last action may be late: keeping it has a cost. */
const ACTIVE_RESOLUTION = 5000;

const AUTHENTICATED = reply(200, '{"message":"Authentified."}');
const AUTHENTICATION_FAILED = fault(401, "Authentication failed.");
const OTHER_PROJECT = fault(403, "X-Project-ID names another project than that of the credential.");
const NOT_ADMITTED = refused({ kind: "not-authorized" }, null);

/** A frame whose envelope has been read. */
interface Asked {
  readonly headers: Headers;
  readonly body: Members;
  readonly frame: Frame;
  readonly event: RequestEvent;
}

export class Session {
  private readonly deps: SessionDeps;
  private state: SessionState;
  private savedAt: EpochMs;
  private readonly bucket: TokenBucket;

  constructor(deps: SessionDeps, state: SessionState) {
    this.deps = deps;
    this.state = state;
    this.savedAt = state.activeAt;
    this.bucket = new TokenBucket(deps.config.websocketActionsPerSecond, deps.clock());
  }

  get project(): ProjectId | null {
    return this.state.identity?.principal.project ?? null;
  }

  /** Whether clients need no credential. */
  private get isTrusting(): boolean {
    return this.deps.config.authStrategy.includes("none");
  }

  /** Whether the client has proven who it is, if it has to. */
  get isProven(): boolean {
    return this.isTrusting || this.state.identity !== null;
  }

  /** When the credential ends; null: never, or there is none. */
  get expiresAt(): EpochMs | null {
    return this.state.identity?.expiresAt ?? null;
  }

  get activeAt(): EpochMs {
    return this.state.activeAt;
  }

  /** The reply to a frame, in the frame's format. Never throws. */
  async answer(payload: Payload): Promise<string | Uint8Array> {
    const isBinary = typeof payload !== "string";
    const frame = decodeFrame(payload);
    if ("status" in frame) return encodeReply(NO_FRAME, frame, isBinary);
    const start = this.deps.clock();
    const event = newEvent(`req-${crypto.randomUUID()}`, () => this.deps.clock() - start);
    const answer = await this.answerFrame(frame, event);
    if (this.deps.config.accessLog || answer.status >= 500) logRequest(event, answer.status);
    // Upstream repeats nothing of a frame with a credential in it.
    const echoed = event.operation === AUTHENTICATE ? { ...NO_FRAME, action: frame.action } : frame;
    return encodeReply(echoed, answer, isBinary);
  }

  private async answerFrame(frame: Frame, event: RequestEvent): Promise<Reply> {
    const name = toText(frame.action);
    const action = name === null ? null : actionNamed(name);
    if (action === null && name !== AUTHENTICATE) return fault(400, `${nameOf(frame)} is not a valid action`);
    if (typeOf(frame.headers) !== "object" || typeOf(frame.body) !== "object") return SCHEMA_VIOLATED;
    const headers = toHeaders(membersOf(frame.headers));
    if (headers === null) return SCHEMA_VIOLATED;
    const asked = { headers, body: membersOf(frame.body), frame, event };
    const limit = this.deps.config.websocketActionsPerSecond;
    const retryAfter = this.bucket.take(limit, this.deps.clock());
    if (retryAfter > 0) return refused({ kind: "actions-too-many", limit, retryAfter }, null);
    try {
      return await (action === null ? this.authenticate(asked) : this.act(action, asked));
    } catch (failure) {
      if (failure instanceof Refusal) return refused(failure.failure, action?.attempted ?? null);
      logFault(event, failure);
      return { status: 500, body: UNEXPECTED };
    }
  }

  private async authenticate({ headers, event }: Asked): Promise<Reply> {
    if (!headers.has("X-Auth-Token") && !headers.has("Authorization")) return SCHEMA_VIOLATED;
    event.operation = AUTHENTICATE;
    if (this.isTrusting) return AUTHENTICATED;
    const identity = await this.identify(headers, event);
    if (identity === null) return AUTHENTICATION_FAILED;
    const { project } = identity.principal;
    event.project = project;
    const named = headers.get("X-Project-ID") ?? "";
    if (named !== "" && named !== project) return OTHER_PROJECT;
    if (project !== null && project !== this.project && !this.deps.admitsConnection(project)) return TOO_MANY;
    const now = this.deps.clock();
    this.keep({ identity, checkedAt: now, activeAt: now });
    return AUTHENTICATED;
  }

  /** Who the credential belongs to; null: it is not accepted. */
  private async identify(headers: Headers, event: RequestEvent): Promise<Identity | null> {
    try {
      const identity = await this.deps.access.authenticator.identify(headers, this.authenticatorDeps());
      return identity.ok ? identity.value : null;
    } catch (failure) {
      if (failure instanceof Refusal) return null;
      logFault(event, failure);
      throw new Refusal({ kind: "unavailable", attempted: "The credentials could not be checked." });
    }
  }

  private async act(action: Action, asked: Asked): Promise<Reply> {
    const { headers, body, event } = asked;
    if (!headers.has("Client-ID") || !headers.has("X-Project-ID") || !fits(body, action.fields)) return SCHEMA_VIOLATED;
    const principal = await this.principalOf(action, asked);
    if ("status" in principal) return principal;
    event.project = principal.project;
    this.noteActivity();
    const { config } = this.deps;
    const client = () => unwrap(readClientId(headers.get("Client-ID"), config));
    const visit: Visit = { config, body, document: asked.frame.body, client };
    const caller = this.callerOf(principal, event);
    if (action.scope === "project") return action.perform(caller, visit);
    const place = checkPlace("queue", textOf(body, "queue_name"), principal);
    event.place = place;
    return action.perform(caller, { ...visit, place });
  }

  /** Who makes the request of this frame, or the reply when nobody does who may. */
  private async principalOf(action: Action, asked: Asked): Promise<Principal | Reply> {
    const { headers } = asked;
    const { identity } = this.state;
    if (identity === null) {
      if (isSigned(headers)) return this.signerOf(action, asked);
      return this.isTrusting ? unwrap(readProjectHeader(headers)) : NOT_AUTHENTICATED;
    }
    if (!(await this.isGood(identity))) {
      this.deps.expire();
      return NOT_AUTHENTICATED;
    }
    const { principal, accessRules } = identity;
    const named = headers.get("X-Project-ID") ?? "";
    if (named !== "" && named !== principal.project) return OTHER_PROJECT;
    return admitsRequest(accessRules, requestOf(action, asked.body)) ? principal : NOT_ADMITTED;
  }

  private async signerOf(action: Action, { headers, body }: Asked): Promise<Principal | Reply> {
    if (!action.isSignable) return NOT_AUTHENTICATED;
    const request = { ...requestOf(action, body), headers };
    const principal = await this.deps.access.authenticator.checkSignature(request, this.authenticatorDeps());
    return principal.ok ? principal.value : NOT_AUTHENTICATED;
  }

  /** Whether the credential is not over, and the key not revoked. */
  private async isGood({ principal, expiresAt }: Identity): Promise<boolean> {
    const now = this.deps.clock();
    if (expiresAt !== null && expiresAt <= now) return false;
    const { proof, project, user } = principal;
    // The operator's own key belongs to no project, and changes only with the settings.
    if (proof !== "key" || project === null || user === null) return true;
    if (after(this.state.checkedAt, KEY_TTL) > now) return true;
    const { bindings, capacity } = this.deps;
    if (!(await isKeyLive({ bindings, gate: capacity.gate }, { id: user, project }, now))) return false;
    this.keep({ ...this.state, checkedAt: now });
    return true;
  }

  private callerOf(principal: Principal, event: RequestEvent): Caller {
    const { config, access, capacity, bindings, clock, waitUntil } = this.deps;
    const { projectLimits, gate } = capacity;
    const context = { principal, config, projectLimits, signer: access.signer, entrust: null, event, clock, waitUntil };
    return toCaller(context, { bindings, gate });
  }

  private authenticatorDeps(): AuthenticatorDeps {
    const { bindings, capacity, clock, waitUntil } = this.deps;
    const way = { bindings, gate: capacity.gate };
    return {
      now: clock,
      waitUntil,
      fetch: wayToKeystone(bindings.KEYSTONE),
      findKey: (key, digest) => findKey(way, key, digest),
      signingGeneration: (project, place) => signingGeneration(way, project, place),
    };
  }

  private noteActivity(): void {
    const activeAt = this.deps.clock();
    this.state = { ...this.state, activeAt };
    if (activeAt - this.savedAt >= ACTIVE_RESOLUTION) this.keep(this.state);
  }

  private keep(state: SessionState): void {
    this.state = state;
    this.savedAt = toEpochMs(Math.max(this.savedAt, state.activeAt));
    this.deps.save(state);
  }
}

const AUTHENTICATE = "authenticate";
const TOO_MANY = fault(403, "The project has as many connections as it may.");
const UNEXPECTED = JSON.stringify({ exception: "The request could not be completed.", error: "Unexpected error." });

/** The HTTP request that does the same. */
function requestOf(action: Action, body: Members): HttpRequest {
  if (action.scope === "project") return action.equivalent;
  const { method, path } = action.equivalent(body);
  return { method, path: `/v2/queues/${textOf(body, "queue_name")}${path}` };
}

function nameOf({ action }: Frame): string {
  if (action === "null") return "None";
  return toText(action) ?? action;
}
