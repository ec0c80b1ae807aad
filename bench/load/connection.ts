/**
 * One keep-alive connection with one request at a time. It sends prebuilt bytes on a raw socket and reads into a reused
 * buffer. An HTTP library would need several times the CPU time of the server that is measured on the same machine.
 */
import { connect, type Socket } from "node:net";
import { parseResponse, type Response } from "./response.ts";

export class Connection {
  private readonly socket: Socket;
  /** The bytes of an incomplete response; usually null, because most responses arrive in one read. */
  private pending: Buffer | null = null;
  private answered: ((response: Response) => void) | null = null;
  private readonly failed: (error: Error) => void;

  /** `failed` is called when the connection breaks, or the server sends an answer without a request. */
  static async open(port: number, failed: (error: Error) => void): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<null>();
    const connection = new Connection(
      port,
      () => resolve(null),
      (error) => {
        reject(error);
        failed(error);
      },
    );
    await promise;
    return connection;
  }

  private constructor(port: number, connected: () => void, failed: (error: Error) => void) {
    this.failed = failed;
    this.socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(READ_BYTES),
        callback: (count, buffer) => {
          this.received(Buffer.from(buffer.buffer, buffer.byteOffset, count));
          return true;
        },
      },
    });
    this.socket.once("connect", connected);
    this.socket.once("error", failed);
    this.socket.once("close", () => {
      if (this.answered !== null) failed(new Error("the server closed the connection without an answer"));
    });
  }

  /** `answered` is called with the complete response, whose body is valid only during the call. */
  send(bytes: Buffer, answered: (response: Response) => void): void {
    this.answered = answered;
    this.socket.write(bytes);
  }

  close(): void {
    this.answered = null;
    this.socket.destroy();
  }

  private received(bytes: Buffer): void {
    const whole = this.pending === null ? bytes : Buffer.concat([this.pending, bytes]);
    try {
      const response = parseResponse(whole);
      if (response === null) {
        // Copied, because the socket reuses the buffer.
        this.pending = this.pending === null ? Buffer.from(bytes) : whole;
        return;
      }
      this.pending = null;
      const answered = this.answered;
      this.answered = null;
      if (answered === null) throw new Error("an answer to no request");
      answered(response);
    } catch (error) {
      this.failed(error instanceof Error ? error : new Error(String(error)));
      this.close();
    }
  }
}

/** Large enough for an answer with ten messages of 1 KiB. */
const READ_BYTES = 65_536;
