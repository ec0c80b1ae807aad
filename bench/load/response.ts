/**
 * Finds the end of one HTTP/1.1 response in the bytes of a keep-alive connection. It supports only what the benchmark needs:
 * bodies with Content-Length or in chunks, and one response at a time, without pipelining.
 */

export interface Response {
  readonly status: number;
  readonly body: Buffer;
}

/** The response at the first byte; null: it is incomplete. Throws if there are bytes after it. */
export function parseResponse(bytes: Buffer): Response | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = bytes.toString("latin1", 0, headEnd).toLowerCase();
  const status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
  if (!head.startsWith("http/1.1 ") || !Number.isInteger(status))
    throw new Error(`not an HTTP response: ${head.slice(0, 60)}`);
  const start = headEnd + HEAD_END.length;
  if (status === 204 || status === 304) return { status, body: EMPTY };
  if (head.includes("\r\ntransfer-encoding: chunked")) return parseChunked(bytes, start, status);
  const end = start + contentLength(head);
  return bytes.length < end ? null : { status, body: bytes.subarray(start, end) };
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");
const STATUS_AT = "http/1.1 ".length;
const LENGTH = "\r\ncontent-length:";
const EMPTY = Buffer.alloc(0);

function contentLength(head: string): number {
  const at = head.indexOf(LENGTH);
  // A body without a length would end with the connection, but this one stays open.
  if (at < 0) throw new Error("a response without Content-Length that is not chunked");
  const from = at + LENGTH.length;
  const end = head.indexOf("\r\n", from);
  return Number(head.slice(from, end < 0 ? undefined : end));
}

function parseChunked(bytes: Buffer, start: number, status: number): Response | null {
  const parts: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (!Number.isInteger(size)) throw new Error("a chunk without a size");
    const from = lineEnd + LINE_END.length;
    const end = from + size;
    if (bytes.length < end + LINE_END.length) return null;
    if (size === 0)
      return { status, body: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts) };
    parts.push(bytes.subarray(from, end));
    at = end + LINE_END.length;
  }
}
