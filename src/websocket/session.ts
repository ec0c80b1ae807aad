/**
 * A session: the answers to the frames of a connection. Frames are checked in upstream's order: format, action, schema,
 * credential. What an action may then do is decided by the admission that HTTP has too.
 */
import { membersOf, toText, typeOf, type JsonText, type Members } from "../domain/json.ts";
import type { ProjectId } from "../domain/id.ts";
import { noticesOfUnknown } from "../domain/notice.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { TokenBucket } from "../mechanisms/token-bucket.ts";
import { toCaller } from "../operations/admission.ts";
import type { FigureTurn, SharedStubs } from "../operations/connections.ts";
import { projectOf } from "../operations/context.ts";
import { checkPlace, readClientId } from "../operations/names.ts";
import { logFault, logRequest, newEvent, type RequestEvent } from "../telemetry/event.ts";
import { tracerOf } from "../telemetry/tracer.ts";
import { fits, textOf, type Action, type OwnConnection } from "./actions/action.ts";
import { CLAIM_AFTER_WAIT } from "./actions/claims.ts";
import { actionNamed } from "./actions/table.ts";
import { codeOf } from "../wire/failure-codes.ts";
import { toHeaders, traceparentIn } from "./frame-headers.ts";
import { decodeFrame, encodeReply, NO_FRAME, type Frame, type Payload } from "./frame.ts";
import { Proof, type ProofDeps, type Proven } from "./proof.ts";
import { fault, refused, SCHEMA_VIOLATED, schemaViolated, withNotices, type Reply } from "./reply.ts";
import type { Wait } from "./waits.ts";

export interface SessionDeps extends ProofDeps {
  /** Reports the figures that calls of this project have brought. */
  readonly reportAt: (project: ProjectId, turn: FigureTurn) => void;
  readonly connection: OwnConnection;
  /** The stubs that the calls of the hub share. */
  readonly shared: SharedStubs;
  /** Makes the hub report the counted frames soon. */
  readonly planReport: () => void;
}

interface Named {
  readonly frame: Frame;
  /** Of its action; null: it is no text. */
  readonly name: string | null;
  readonly isBinary: boolean;
}

/** A frame whose envelope has been read. */
interface Asked {
  /** null: the frame authenticates. */
  readonly action: Action | null;
  readonly headers: Headers;
  readonly body: Members;
  /** The body as one text. */
  readonly document: JsonText;
  readonly isBinary: boolean;
}

const AUTHENTICATE = "authenticate";
const CODE = codeOf("unavailable");
const UNEXPECTED: Reply = {
  status: 500,
  body: JSON.stringify({ exception: "The request could not be completed.", error: "Unexpected error.", code: CODE }),
  code: CODE,
};

export class Session {
  readonly proof: Proof;
  private readonly deps: SessionDeps;
  private readonly bucket: TokenBucket;

  constructor(deps: SessionDeps, proven: Proven) {
    this.deps = deps;
    this.proof = new Proof(deps, proven);
    this.bucket = new TokenBucket(deps.config.websocketActionsPerSecond, deps.clock());
  }

  /** The reply to a frame, in the frame's format. Never throws. */
  async answer(payload: Payload): Promise<string | Uint8Array> {
    const isBinary = typeof payload !== "string";
    const event = this.newEvent();
    const frame = decodeFrame(payload);
    if ("status" in frame) return encodeReply(NO_FRAME, this.record(event, frame), isBinary);
    const name = toText(frame.action);
    // Upstream repeats nothing of a frame with a credential in it.
    const echoed = name === AUTHENTICATE ? { ...NO_FRAME, action: frame.action } : frame;
    const answer = await this.answerFrame({ frame, name, isBinary }, event);
    return encodeReply(echoed, this.record(event, answer), isBinary);
  }

  /** The reply to the claim of a wait, which is made now. Never throws. */
  async answerWait({ headers, body: document, isBinary }: Wait): Promise<Reply> {
    const body = membersOf(document);
    const event = this.newEvent();
    const asked = { action: CLAIM_AFTER_WAIT, headers: new Headers(headers), body, document, isBinary };
    return this.record(event, await this.perform(asked, event));
  }

  private newEvent(): RequestEvent {
    const { clock } = this.deps;
    const start = clock();
    return newEvent(`req-${crypto.randomUUID()}`, () => clock() - start);
  }

  private record(event: RequestEvent, answer: Reply): Reply {
    event.code = answer.code ?? null;
    const { config, capacity, clock, planReport, waitUntil, bindings } = this.deps;
    logRequest(event, answer.status, config.accessLog);
    if (capacity.requests?.count("websocket", event, answer.status, clock()) === true) planReport();
    const tracer = tracerOf(config);
    if (tracer?.samples(event) === true)
      tracer.recordFrame(event, answer.status, { now: clock, waitUntil, collector: bindings.COLLECTOR });
    return answer;
  }

  private async answerFrame({ frame, name, isBinary }: Named, event: RequestEvent): Promise<Reply> {
    const action = name === null ? null : actionNamed(name, this.deps.config);
    if (action === null && name !== AUTHENTICATE)
      return fault(400, "action-unknown", `${nameOf(frame)} is not a valid action`);
    if (typeOf(frame.headers) !== "object" || typeOf(frame.body) !== "object") return SCHEMA_VIOLATED;
    const given = membersOf(frame.headers);
    event.traceparent = traceparentIn(given);
    const headers = toHeaders(given);
    const body = membersOf(frame.body);
    if (headers === null) return SCHEMA_VIOLATED;
    const missing = missingHeader(action, headers);
    if (missing !== null) return schemaViolated(missing);
    if (action !== null && !fits(body, action.fields)) return SCHEMA_VIOLATED;
    const { config, clock } = this.deps;
    const limit = config.websocketActionsPerSecond;
    const retryAfter = this.bucket.take(limit, clock());
    if (retryAfter > 0) return refused({ kind: "actions-too-many", limit, retryAfter }, null);
    const answer = await this.perform({ action, headers, body, document: frame.body, isBinary }, event);
    return action === null ? answer : withNotices(answer, noticesOfUnknown("action", body, action.members));
  }

  private async perform({ action, ...asked }: Asked, event: RequestEvent): Promise<Reply> {
    event.operation = action?.operation ?? AUTHENTICATE;
    try {
      return await (action === null ? this.proof.authenticate(asked.headers, event) : this.act(action, asked, event));
    } catch (failure) {
      if (failure instanceof Refusal) return refused(failure.failure, action?.whatFailed ?? null);
      logFault(event, failure, UNEXPECTED.status);
      return UNEXPECTED;
    }
  }

  private async act(
    action: Action,
    { headers, body, document, isBinary }: Omit<Asked, "action">,
    event: RequestEvent,
  ): Promise<Reply> {
    const { isSignable } = action;
    const principal = await this.proof.principalOf({ ...action.equivalent(body), headers, isSignable }, event);
    if ("status" in principal) return principal;
    event.project = principal.project;
    this.deps.noteActivity();
    const { config, auth, capacity, bindings, clock, waitUntil, connection, shared } = this.deps;
    const { projectLimits, gate, reporters } = capacity;
    const { signer } = auth;
    const createTrust = this.proof.entrustBy(headers, principal);
    const context = { principal, config, projectLimits, signer, createTrust, event, clock, waitUntil };
    const client = readClientId(headers.get("Client-ID"), config);
    const own = { shared, alarm: this.deps.reportAt };
    const access = { bindings, gate, reporters, client: client.ok ? client.value : null, ...own };
    const caller = toCaller(context, access);
    const request = { config, principal, body, headers, document, client: () => unwrap(client), connection, isBinary };
    if (action.scope !== "queue") return action.perform(caller, request);
    // Before the name: a principal without a project does not learn which names are valid.
    const project = projectOf(principal);
    const place = checkPlace("queue", textOf(body, "queue_name"), principal);
    event.place = place;
    return action.perform(caller, { ...request, place, project });
  }
}

/** Which header of a frame is missing, in a sentence; null: none. An API key may come as `Authorization` too. */
function missingHeader(action: Action | null, headers: Headers): string | null {
  if (action === null)
    return headers.has("X-Auth-Token") || headers.has("Authorization") ? null : needs("X-Auth-Token");
  if (!headers.has("Client-ID")) return needs("Client-ID");
  if (headers.has("X-Project-ID")) return null;
  return `${needs("X-Project-ID")} It may be empty on a connection that has authenticated.`;
}

function needs(name: string): string {
  return `A frame needs the header \`${name}\`, a text.`;
}

function nameOf({ action }: Frame): string {
  if (action === "null") return "None";
  return toText(action) ?? action;
}
