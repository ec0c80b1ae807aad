/** A WebSocket connection to the service: frames of text and of MessagePack, and what arrives without being asked for. */
import { decode, encode } from "@msgpack/msgpack";
import { ANSWER_MS_MAX, PROJECT } from "./zaqar.ts";

export interface FrameReply {
  readonly status: number;
  readonly body: unknown;
}

/** A frame that is no reply. */
export type Push = Readonly<Record<string, unknown>>;

export interface SocketOptions {
  readonly clientId: string;
  readonly port: number;
  readonly onPush: (push: Push) => void;
}

interface Answered {
  readonly request?: unknown;
  readonly headers: { readonly status: number };
  readonly body: unknown;
}

export class Socket {
  /** Settles when both sides have closed the connection, or it broke. */
  readonly closed: Promise<void>;
  private readonly socket: WebSocket;
  private readonly options: SocketOptions;
  /** The requests without a reply, in their order. */
  private waiting: ((reply: FrameReply | null) => void)[] = [];
  private readonly opened = Promise.withResolvers<boolean>();

  /** null: no connection could be made. */
  static async open(options: SocketOptions): Promise<Socket | null> {
    const socket = new Socket(options);
    return (await socket.opened.promise) ? socket : null;
  }

  private constructor(options: SocketOptions) {
    this.options = options;
    this.socket = new WebSocket(`ws://127.0.0.1:${options.port}/v2/websocket`);
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("open", () => this.opened.resolve(true));
    this.socket.addEventListener("message", ({ data }) => this.receive(data as string | ArrayBuffer));
    this.socket.addEventListener("error", () => this.end());
    this.closed = new Promise((resolve) => {
      this.socket.addEventListener("close", () => {
        this.end();
        resolve();
      });
    });
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** null: the connection broke, or no reply arrived in time. */
  async ask(action: string, body: object, isBinary: boolean): Promise<FrameReply | null> {
    if (!this.isOpen) return null;
    const headers = { "Client-ID": this.options.clientId, "X-Project-ID": PROJECT };
    const frame = { action, headers, body };
    const { promise, resolve } = Promise.withResolvers<FrameReply | null>();
    this.waiting.push(resolve);
    const timer = setTimeout(() => this.close(), ANSWER_MS_MAX);
    this.socket.send(isBinary ? encode(frame) : JSON.stringify(frame));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.socket.close();
    this.end();
  }

  private receive(data: string | ArrayBuffer): void {
    const answered = (typeof data === "string" ? JSON.parse(data) : decode(data)) as Answered;
    if (answered.request === undefined) return this.options.onPush(answered as unknown as Push);
    this.waiting.shift()?.({ status: answered.headers.status, body: answered.body });
  }

  private end(): void {
    this.opened.resolve(false);
    for (const resolve of this.waiting.splice(0)) resolve(null);
  }
}
