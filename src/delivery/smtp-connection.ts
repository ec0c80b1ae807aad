/** A connection to an SMTP server: sends commands, reads replies (RFC 5321) and changes to TLS (RFC 3207). */

/** How connections are opened: the platform's `connect`, or that of a binding. */
export type Dial = (address: SocketAddress, options: SocketOptions) => Socket;

export interface SmtpReply {
  /** Three digits. */
  readonly code: number;
  /** Without the code. */
  readonly lines: readonly string[];
}

/** Characters of one reply: far above the 100 lines of 512 that a server should ever need. */
const REPLY_CHARACTERS_MAX = 65_536;

/** A reply line. The text may contain anything, and may be absent together with its separator (RFC 5321 section 4.2). */
const LINE = /^([2-5]\d\d)(?:([ \t-])([^]*))?$/;

/** All methods throw when the connection fails, or the server does not speak SMTP. */
export class SmtpConnection {
  private socket: Socket;
  private reader: ReadableStreamDefaultReader<Uint8Array>;
  private writer: WritableStreamDefaultWriter<Uint8Array>;
  private readonly decoder = new TextDecoder();
  /** Received characters that are not yet part of a reply. */
  private received = "";

  constructor(socket: Socket) {
    this.socket = socket;
    this.reader = readerOf(socket);
    this.writer = writerOf(socket);
  }

  async reply(): Promise<SmtpReply> {
    const lines: string[] = [];
    let first: string | null = null;
    for (let size = 0; size <= REPLY_CHARACTERS_MAX;) {
      const line = await this.line();
      size += line.length;
      const [, code = "", separator = "", text = ""] = LINE.exec(line) ?? [];
      // All lines of a reply have the same code.
      if (code === "" || (first !== null && code !== first)) throw new Error("The server does not speak SMTP.");
      first = code;
      lines.push(text);
      if (separator !== "-") return { code: Number(code), lines };
    }
    throw new Error("The server's reply does not end.");
  }

  /** Sends a line and waits for its reply. */
  async ask(command: string): Promise<SmtpReply> {
    this.expectNoSurplus();
    await this.send(`${command}\r\n`);
    return this.reply();
  }

  async send(text: string): Promise<void> {
    await this.writer.write(new TextEncoder().encode(text));
  }

  /**
   * Throws if the server has sent more than one reply. The surplus would count as the next reply, and a refused mail could seem
   * accepted.
   */
  expectNoSurplus(): void {
    if (this.received !== "") throw new Error("The server has sent more than one reply.");
  }

  /** Continues with TLS, after the server has agreed. */
  startTls(): void {
    // An attacker on the network could have sent more before TLS, which would count as a reply by TLS.
    this.expectNoSurplus();
    this.reader.releaseLock();
    this.writer.releaseLock();
    this.socket = this.socket.startTls();
    this.reader = readerOf(this.socket);
    this.writer = writerOf(this.socket);
  }

  /** Never throws. */
  async close(): Promise<void> {
    await this.socket.close().catch(() => undefined);
  }

  private async line(): Promise<string> {
    for (;;) {
      const end = this.received.indexOf("\n");
      if (end !== -1) {
        const line = this.received.slice(0, end).replace(/\r$/, "");
        this.received = this.received.slice(end + 1);
        return line;
      }
      if (this.received.length > REPLY_CHARACTERS_MAX) throw new Error("The server's line does not end.");
      const { done, value } = await this.reader.read();
      if (done) throw new Error("The server closed the connection.");
      this.received += this.decoder.decode(value, { stream: true });
    }
  }
}

function readerOf(socket: Socket): ReadableStreamDefaultReader<Uint8Array> {
  // Ignored here: reads and writes report a failure too, and only they are awaited.
  socket.opened.catch(() => undefined);
  socket.closed.catch(() => undefined);
  return (socket.readable as ReadableStream<Uint8Array>).getReader();
}

function writerOf({ writable }: Socket): WritableStreamDefaultWriter<Uint8Array> {
  return (writable as WritableStream<Uint8Array>).getWriter();
}
