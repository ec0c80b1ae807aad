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

  /**
   * `answered` is called with the reply, whose body is valid only during the call. The answer to a claim that waits is the frame
   * that ends the wait, with the status that it would have without a wait.
   */
  send(bytes: Buffer, answered: (response: Response) => void): void {
    this.answered = answered;
    this.client.send(bytes);
  }

  close(): void {
    this.client.close();
  }

  private receive(text: Buffer, failed: (error: Error) => void): void {
    const status = statusOf(text);
    if (status === WAITS) return;
    const answered = this.answered;
    this.answered = null;
    if (answered === null) failed(new Error("a reply to no frame"));
    else answered({ status, body: text });
  }
}

const WAITS = 202;
const CLAIM = Buffer.from('{"Message_Type":"Claim"');
const NO_CLAIM = Buffer.from('"claim_id":null');

/** The status is the last member of a reply: `"headers":{"status":201}}`. */
function statusOf(text: Buffer): number {
  if (text.subarray(0, CLAIM.length).equals(CLAIM)) return text.includes(NO_CLAIM) ? 204 : 201;
  return Number(text.toString("latin1", text.length - "201}}".length, text.length - "}}".length));
}
