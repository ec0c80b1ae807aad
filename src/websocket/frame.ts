/**
 * Frames: text is JSON, binary is MessagePack, and a reply has the format of its request. Behind this file both are JSON
 * text. Upstream: zaqar/transport/websocket/protocol.py.
 */
import { checkDocument, EMPTY_OBJECT, membersOf, toJsonText, typeOf, type JsonText } from "../domain/json.ts";
import { decodeMessagePack } from "../wire/message-pack-decoding.ts";
import { encodeMessagePack } from "../wire/message-pack-encoding.ts";
import { encodeNotices } from "../wire/notices.ts";
import { fault, type Reply } from "./reply.ts";

/** A request, as raw texts: the reply repeats all three. */
export interface Frame {
  readonly action: JsonText;
  readonly headers: JsonText;
  readonly body: JsonText;
}

const NULL = toJsonText(null);
/** What a reply repeats of a frame that could not be read. */
export const NO_FRAME: Frame = { action: NULL, headers: EMPTY_OBJECT, body: EMPTY_OBJECT };

export type Payload = string | ArrayBuffer;

/** The request in a frame, or the reply to a frame that holds none. */
export function decodeFrame(payload: Payload): Frame | Reply {
  const document = typeof payload === "string" ? decodeText(payload) : decodeBinary(new Uint8Array(payload));
  if (typeof document !== "string") return document;
  if (typeOf(document) !== "object")
    return fault(400, "frame-type-unsupported", "Unexpected body type. Expected dict or dict like.");
  const members = membersOf(document);
  return {
    action: members.get("action") ?? NULL,
    headers: members.get("headers") ?? EMPTY_OBJECT,
    body: members.get("body") ?? EMPTY_OBJECT,
  };
}

function decodeText(text: string): JsonText | Reply {
  const document = checkDocument(text);
  if (document === "integer-too-large") return unreadable("text (JSON)", LONG_INTEGER);
  // Other values are JSON too, but no documents.
  if (document === "unparsable") return isScalar(text) ? NULL : unreadable("text (JSON)", "It is not JSON.");
  return document;
}

function decodeBinary(bytes: Uint8Array): JsonText | Reply {
  const document = decodeMessagePack(bytes);
  if (document.ok) return document.value;
  const reason = document.failure.kind === "integer-too-large" ? LONG_INTEGER : "It is not one value of JSON's types.";
  return unreadable("binary (MessagePack)", reason);
}

const LONG_INTEGER = "An integer does not fit into 64 bits with a sign.";

function unreadable(format: string, reason: string): Reply {
  return fault(400, "frame-unparsable", `Can't decode ${format} request. ${reason}`);
}

function isScalar(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value !== "object" || value === null;
  } catch {
    return false;
  }
}

/** The reply to a frame, in that frame's format. */
export function encodeReply({ action, headers, body }: Frame, answer: Reply, isBinary: boolean): string | Uint8Array {
  const request = `{"action":${action},"body":${body},"headers":${headers},"api":"v2"}`;
  const notice = answer.notices === undefined ? "" : `,"notice":${JSON.stringify(encodeNotices(answer.notices))}`;
  const text = `{"request":${request},"body":${answer.body},"headers":{"status":${answer.status}${notice}}}`;
  return isBinary ? encodeMessagePack(text as JsonText) : text;
}
