/** A WebSocket client of the API: sends frames, and returns replies in the order of their arrival. */
import { exports } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import type { JsonText } from "../../../src/domain/json.ts";
import { unwrap } from "../../../src/domain/refusal.ts";
import { decodeMessagePack } from "../../../src/wire/message-pack-decoding.ts";
import { encodeMessagePack } from "../../../src/wire/message-pack-encoding.ts";
import { defectOfFrame } from "../openapi-replies.ts";

export interface Reply {
  readonly request: {
    readonly action: unknown;
    readonly body: unknown;
    readonly headers: unknown;
    readonly api: string;
  };
  readonly body: unknown;
  readonly headers: { readonly status: number; readonly notice?: string };
}

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

type Document = Readonly<Record<string, unknown>>;
export type Data = string | ArrayBuffer;

const worker = (exports as unknown as { readonly default: Fetcher }).default;

/** The answer to an upgrade request. */
export function upgrade(path = "/v2/websocket", headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const request = new Request(`http://zaqar.test${path}`, { headers: { Upgrade: "websocket", ...headers } });
  return worker.fetch(request);
}

/** The time limit of a reply in milliseconds. */
const PATIENCE = 10_000;

export class Connection {
  readonly headers: Document;
  /** Settles when the service has closed the connection. */
  readonly closed: Promise<Closing>;
  private readonly socket: WebSocket;
  private readonly arrived: Data[] = [];
  private readonly waiting: ((data: Data) => void)[] = [];
  private divert: ((data: Data) => void) | null = null;

  private constructor(socket: WebSocket, headers: Document) {
    this.socket = socket;
    this.headers = headers;
    socket.addEventListener("message", ({ data }) => this.arrive(data as Data));
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
  }

  /** `headers`: the headers of every frame, in addition to its own. */
  static async open(
    headers: Document = {},
    path?: string,
    upgradeHeaders: Readonly<Record<string, string>> = {},
  ): Promise<Connection> {
    const { webSocket, status } = await upgrade(path, upgradeHeaders);
    if (webSocket === null) throw new Error(`Expected 101, got ${status}.`);
    const connection = new Connection(webSocket, headers);
    webSocket.binaryType = "arraybuffer";
    webSocket.accept();
    onTestFinished(async () => {
      connection.close();
      await connection.closed;
    });
    return connection;
  }

  /** Sends a frame unchanged. */
  transmit(data: Data | Uint8Array): void {
    this.socket.send(data);
  }

  /** Whether a frame has arrived that was not read yet. */
  get hasReply(): boolean {
    return this.arrived.length > 0;
  }

  /** The next frame, compared with the OpenAPI document. */
  async receive(): Promise<Data> {
    const data = await this.next();
    const defect = defectOfFrame(toText(data));
    if (defect !== null) throw new Error(`A frame is not as the OpenAPI document says: ${defect}`);
    return data;
  }

  private next(): Promise<Data> {
    const data = this.arrived.shift();
    if (data !== undefined) return Promise.resolve(data);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("Nothing came.")), PATIENCE);
      this.waiting.push((late) => {
        clearTimeout(timer);
        resolve(late);
      });
    });
  }

  /** The next reply, in any format. */
  async reply(): Promise<Reply> {
    return JSON.parse(toText(await this.receive())) as Reply;
  }

  /** The next frame as a document: a push, in any format. */
  async pushed(): Promise<unknown> {
    return JSON.parse(toText(await this.receive())) as unknown;
  }

  /** From now on `take` gets the frames that are no replies, and `receive` the others. */
  divertPushes(take: (data: Data) => void): void {
    this.divert = take;
  }

  /** All frames that have arrived and were not read yet. */
  get untaken(): number {
    return this.arrived.length;
  }

  /** Subscribes the connection itself to a queue, and returns the id of the subscription. */
  async subscribe(queue: string, more: Document = {}, how: "ask" | "askInBinary" = "ask"): Promise<string> {
    const { body, headers } = await this[how]("subscription_create", { queue_name: queue, ...more });
    if (headers.status !== 201) throw new Error(`Expected 201, got ${headers.status}: ${JSON.stringify(body)}`);
    return (body as { readonly subscription_id: string }).subscription_id;
  }

  /** Sends an action as text, without waiting for its reply. */
  post(action: string, body?: unknown, headers: Document = {}): void {
    this.transmit(JSON.stringify(this.frame(action, body, headers)));
  }

  /** The reply to an action, sent as text. */
  ask(action: string, body?: unknown, headers: Document = {}): Promise<Reply> {
    this.post(action, body, headers);
    return this.reply();
  }

  postInBinary(action: string, body?: unknown, headers: Document = {}): void {
    this.transmit(encodeMessagePack(JSON.stringify(this.frame(action, body, headers)) as JsonText));
  }

  /** The reply to an action, sent as MessagePack. */
  askInBinary(action: string, body?: unknown, headers: Document = {}): Promise<Reply> {
    this.postInBinary(action, body, headers);
    return this.reply();
  }

  close(code?: number): void {
    this.socket.close(code);
  }

  private arrive(data: Data): void {
    if (this.divert !== null && !("request" in (JSON.parse(toText(data)) as object))) return this.divert(data);
    const take = this.waiting.shift();
    if (take === undefined) this.arrived.push(data);
    else take(data);
  }

  private frame(action: string, body: unknown, headers: Document): Document {
    return { action, headers: { ...this.headers, ...headers }, ...(body === undefined ? {} : { body }) };
  }
}

/** The JSON text of a frame, in any format. */
export function toText(data: Data): string {
  return typeof data === "string" ? data : unwrap(decodeMessagePack(new Uint8Array(data)));
}

/** A connection with a new project and Client-ID, for services without authentication. */
export function connect(
  project = `project-${crypto.randomUUID()}`,
  client: string = crypto.randomUUID(),
): Promise<Connection> {
  return Connection.open({ "X-Project-ID": project, "Client-ID": client });
}
