/** A WebSocket connection to the service, on which there is one request at a time. So every frame answers the one before. */
import { on } from "node:events";

/** Seconds. A connection that is silent for longer than the longest wait of a request is dead. */
const SILENCE_MAX = 30;

export class Connection {
  #socket;
  #frames;
  #headers;

  /**
   * @param {string} url The address of the service.
   * @param {Record<string, string>} headers Of every frame.
   */
  constructor(url, headers) {
    this.#socket = new WebSocket(new URL("/v2/websocket", url.replace(/^http/, "ws")));
    this.#frames = on(this.#socket, "message", { close: ["close"] });
    this.#headers = headers;
  }

  /** Resolves when it can be used. Without it, `ask` rejects. */
  async open() {
    await new Promise((resolve) => ["open", "close"].forEach((name) => this.#socket.addEventListener(name, resolve)));
  }

  /** Sends a request, and returns the body of the reply with its status. */
  async ask(/** @type {string} */ action, /** @type {object} */ body) {
    this.#socket.send(JSON.stringify({ action, headers: this.#headers, body }));
    const reply = await this.next();
    if (reply.headers.status < 300) return { status: reply.headers.status, ...reply.body };
    throw new Error(`${action} was answered ${reply.headers.status}: ${JSON.stringify(reply.body)}`);
  }

  /** The next frame. */
  async next() {
    const watchdog = setTimeout(() => void this.#frames.return?.(), SILENCE_MAX * 1000);
    const { done, value } = await this.#frames.next();
    clearTimeout(watchdog);
    if (done) throw new Error("the connection is lost");
    return JSON.parse(value[0].data);
  }

  close() {
    this.#socket.close();
  }
}
