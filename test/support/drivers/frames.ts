/**
 * Requests as frames: sends the corresponding action of each HTTP request, and converts the reply to the form of an HTTP answer,
 * so that the same scenarios run over both transports. A request without an action is sent over HTTP. A test of HTTP itself
 * (headers, query strings, documents that are not JSON) is skipped, with the reason.
 */
import { expect } from "vitest";
import type { JsonText } from "../../../src/domain/json.ts";
import { encodeMessagePack } from "../../../src/wire/message-pack-encoding.ts";
import { skip, skipIfHttpOnly } from "./http-only.ts";
import { send, type Answer, type Send, type SendOptions } from "./request.ts";
import { toAction, UNTITLED, type Mapped } from "./request-actions.ts";
import { Connection, toText, type Reply } from "./web-socket.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The transport of `project()`: the vitest project `frames` runs the scenarios a second time over frames. */
    readonly transport?: "frames";
    /** Queues are spread: the vitest project `spread` runs scenarios again with such queues. */
    readonly isSpread?: true;
  }
}

/** The headers of requests that frames have too. */
const FRAME_HEADERS: ReadonlySet<string> = new Set(["X-Project-ID", "Client-ID", "traceparent"]);

/** Sends requests as frames of one connection, which is opened for the first one. */
export function byFrames(): Send {
  let opened: Promise<Connection> | null = null;
  return async (method, path, options = {}) => {
    skipIfHttpOnly();
    opened ??= Connection.open();
    return sendByFrame({ connection: await opened, isBinary: false }, method, path, options);
  };
}

/**
 * Sends a request as a frame of this connection. The frame is sent before the first await, so that several requests can be sent
 * at once.
 */
export async function sendByFrame(
  { connection, isBinary }: { readonly connection: Connection; readonly isBinary: boolean },
  method: string,
  path: string,
  options: SendOptions = {},
): Promise<Answer> {
  const mapped = toAction(method, path, options);
  if (mapped === null) return send(method, path, options);
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (!FRAME_HEADERS.has(name)) skip(`frames have no header ${name}`);
    if (value === null) skip(`a frame without ${name} is a defect of its schema`);
  }
  const headers = headersOf(options);
  const body = JSON.stringify(mapped.body);
  const document = mapped.raw === undefined ? body : join(body, mapped.raw);
  const frame = `{"action":"${mapped.action}","headers":${JSON.stringify(headers)},"body":${document}}`;
  connection.transmit(isBinary ? encodeMessagePack(frame as JsonText) : frame);
  const data = await connection.receive();
  expect(typeof data !== "string", `whether a reply to ${mapped.action} is binary`).toBe(isBinary);
  return toAnswer(toText(data), mapped);
}

/** Merges two objects, given as texts. */
function join(first: string, second: string): string {
  const rest = second.trim().slice(1).trim();
  return rest === "}" ? first : `${first.slice(0, -1)},${rest}`;
}

function headersOf({ project, client, headers = {} }: SendOptions): Readonly<Record<string, unknown>> {
  const named = { "X-Project-ID": project, "Client-ID": client, ...headers };
  if (named["X-Project-ID"] == null || named["Client-ID"] == null)
    skip("a frame without both is a defect of its schema");
  return named;
}

function toAnswer(text: string, { action, toAnswer: convert, special }: Mapped): Answer {
  const reply = JSON.parse(text) as Reply;
  // Nothing is repeated of a frame that could not be read.
  if (reply.request.action !== null) expect(reply.request.action, "the action that is answered").toBe(action);
  const { status, notice } = reply.headers;
  if (status >= 400 && special !== status) return refusal(reply);
  const converted = convert?.(reply.body, status) ?? {};
  const shown = answer(converted.status ?? status, converted.json, converted.location);
  if (notice !== undefined) shown.headers.set("Sukkal-Notice", notice);
  return shown;
}

/** Refusals in frames have no title. */
function refusal({ body, headers }: Reply): Answer {
  const { exception, error, code } = body as { exception?: string; error?: string | null; code?: string };
  return answer(headers.status, { title: UNTITLED, description: exception ?? error ?? "", code });
}

function answer(status: number, json: unknown, location?: string): Answer {
  const headers = new Headers();
  if (status !== 204) headers.set("Content-Type", "application/json");
  if (location !== undefined) headers.set("Location", location);
  const text = status === 204 || json === undefined ? "" : JSON.stringify(json);
  return { status, headers, text, json };
}
