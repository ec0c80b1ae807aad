/**
 * A WebSocket client (RFC 6455) on a raw socket. It supports only what the benchmark needs: whole messages of text in both
 * directions. A library would need several times the CPU time of the server that is measured on the same machine.
 */
import { connect, type Socket } from "node:net";

export interface WebSocketEvents {
  /** A message, whose bytes are valid only during the call. */
  readonly onMessage: (text: Buffer) => void;
  /** The connection broke, or the server closed it. */
  readonly onEnd: (error: Error) => void;
}

export class WebSocketClient {
  private readonly socket: Socket;
  private readonly events: WebSocketEvents;
  private readonly opened = Promise.withResolvers<null>();
  private isOpen = false;
  private isOver = false;
  /** The bytes of an incomplete message; usually null, because most messages arrive in one read. */
  private pending: Buffer | null = null;

  /** Resolves when the server has accepted the connection. */
  static async open(port: number, events: WebSocketEvents): Promise<WebSocketClient> {
    const client = new WebSocketClient(port, events);
    await client.opened.promise;
    return client;
  }

  private constructor(port: number, events: WebSocketEvents) {
    this.events = events;
    this.socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (count) => {
          this.receive(READ_BUFFER.subarray(0, count));
          return true;
        },
      },
    });
    this.socket.once("connect", () => this.socket.write(HANDSHAKE));
    this.socket.once("error", (error) => this.end(error));
    this.socket.once("close", () => this.end(new Error("the server closed the connection")));
  }

  /** Sends bytes that `frame` has made. */
  send(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Reads nothing more, as a client that hangs. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): void {
    this.isOver = true;
    this.socket.destroy();
  }

  private end(error: Error): void {
    if (this.isOver) return;
    this.close();
    this.opened.reject(error);
    if (this.isOpen) this.events.onEnd(error);
  }

  private receive(bytes: Buffer): void {
    try {
      let rest = this.pending === null ? bytes : Buffer.concat([this.pending, bytes]);
      if (!this.isOpen) rest = this.readHandshake(rest);
      if (this.isOpen) rest = this.readMessages(rest);
      // Copied, because all sockets share one buffer.
      this.pending = rest.length === 0 ? null : Buffer.from(rest);
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Returns what follows the answer to the handshake. */
  private readHandshake(bytes: Buffer): Buffer {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return bytes;
    const head = bytes.toString("latin1", 0, end);
    if (!head.startsWith("HTTP/1.1 101 ")) throw new Error(`the server refused the connection: ${head.slice(0, 60)}`);
    this.isOpen = true;
    this.opened.resolve(null);
    return bytes.subarray(end + HEAD_END.length);
  }

  /** Returns what follows the last whole message. */
  private readMessages(bytes: Buffer): Buffer {
    let at = 0;
    for (;;) {
      if (bytes.length < at + 2) break;
      const short = bytes.readUInt8(at + 1);
      const headLength = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (bytes.length < at + headLength) break;
      const length =
        short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
      const from = at + headLength;
      if (bytes.length < from + length) break;
      const kind = bytes.readUInt8(at);
      if (kind === CLOSE) {
        const code = length < 2 ? "no code" : bytes.readUInt16BE(from);
        throw new Error(`the server closed the connection: ${code} ${bytes.toString("utf8", from + 2, from + length)}`);
      }
      if (kind !== TEXT) throw new Error(`a frame of an unexpected kind: ${kind}`);
      this.events.onMessage(bytes.subarray(from, from + length));
      at = from + length;
    }
    return bytes.subarray(at);
  }
}

/** The bytes of a text message from a client. The mask is zero, which leaves the text as it is. */
export function frame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? Buffer.alloc(6, 0) : length < 65_536 ? Buffer.alloc(8, 0) : Buffer.alloc(14, 0);
  head.writeUInt8(TEXT, 0);
  if (head.length === 6) head.writeUInt8(MASKED | length, 1);
  else if (head.length === 8) head.writeUInt16BE(length, head.writeUInt8(MASKED | 126, 1));
  else head.writeBigUInt64BE(BigInt(length), head.writeUInt8(MASKED | 127, 1));
  return Buffer.concat([head, Buffer.from(text)]);
}

const HANDSHAKE = [
  "GET /v2/websocket HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "",
  "",
].join("\r\n");
const HEAD_END = Buffer.from("\r\n\r\n");

/** The first byte of a frame: the last of its message, and its kind. */
const TEXT = 0x81;
const CLOSE = 0x88;
const MASKED = 0x80;

/** Of all sockets: what is read is used before anything else is read. */
const READ_BUFFER = Buffer.allocUnsafe(65_536);
