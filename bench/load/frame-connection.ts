/** One WebSocket connection with one request at a time. */
import type { Response } from "./response.ts";
import { WebSocketClient } from "./web-socket.ts";

export class FrameConnection {
  private readonly client: WebSocketClient;
  private answered: ((response: Response) => void) | null = null;

  /** `failed` is called when the connection breaks, or the server sends an answer without a request. */
  static async open(port: number, failed: (error: Error) => void): Promise<FrameConnection> {
    let connection: FrameConnection | null = null;
    const onMessage = (text: Buffer): void => connection?.receive(text, failed);
    connection = new FrameConnection(await WebSocketClient.open(port, { onMessage, onEnd: failed }));
    return connection;
  }

  private constructor(client: WebSocketClient) {
    this.client = client;
  }

  /** `answered` is called with the reply, whose body is valid only during the call. */
  send(bytes: Buffer, answered: (response: Response) => void): void {
    this.answered = answered;
    this.client.send(bytes);
  }

  close(): void {
    this.client.close();
  }

  private receive(text: Buffer, failed: (error: Error) => void): void {
    const answered = this.answered;
    this.answered = null;
    if (answered === null) failed(new Error("a reply to no frame"));
    else answered({ status: statusOf(text), body: text });
  }
}

/** The status is the last member of a reply: `"headers":{"status":201}}`. */
function statusOf(text: Buffer): number {
  return Number(text.toString("latin1", text.length - "201}}".length, text.length - "}}".length));
}
