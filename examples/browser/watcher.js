/**
 * A watcher: a WebSocket connection that is subscribed to a queue. It connects, authenticates and subscribes, and does so again
 * when the connection is lost. Frames are JSON. Replies have no ids: they come in the order of the requests, and repeat them as
 * `request`. A frame without it is a pushed message.
 */

/** @typedef {{ readonly title: string, readonly text: string }} Problem */
/** @typedef {"connecting" | "watching" | "waiting" | "stopped"} Kind `waiting`: until the next attempt, which is at `retryAt`. */
/** @typedef {{ readonly kind: Kind, readonly problem: Problem | null, readonly retryAt: number | null }} State */
/** @typedef {{ onState(state: State): void, onMessage(text: string): void }} Events `text`: a pushed notification. */
/** @typedef {{ readonly url: string, readonly queue: string, readonly key?: string, readonly project?: string }} Settings */
/** @typedef {{ readonly headers: { readonly status: number }, readonly body: string | { readonly exception?: string, readonly error?: string } }} Reply */

/** Seconds. The subscription ends with the connection, and at the latest after this time. */
const SUBSCRIPTION_TTL = 30 * 86_400;
/** Milliseconds until the next attempt: twice as long after each, up to the maximum. */
const RETRY_MS = 1000;
const RETRY_MS_MAX = 30_000;
/** Then a frame is sent, because the service ends a connection to which it has pushed much (32 MiB) without hearing of it. */
const PUSHED_MAX = 4_194_304;
/** The code with which the service ends a connection whose token or key is over. */
const EXPIRED = 4003;

export class Watcher {
  #settings;
  #events;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isStopped = true;
  #failures = 0;
  /** @type {((reply: Reply | null) => void)[]} What to do with the next replies, in their order. */
  #waiting = [];
  /** Characters pushed since the last frame was sent. */
  #pushed = 0;

  /**
   * Without an API key the service has to trust the project's name.
   *
   * @param {Settings} settings
   * @param {Events} events
   */
  constructor({ url, queue, key = "", project = "" }, events) {
    const identity = { "Client-ID": newUuid(), "X-Project-ID": project };
    this.#settings = { url, queue, key, identity };
    this.#events = events;
  }

  /** Connects now, also while it waits for the next attempt. */
  start() {
    clearTimeout(this.#timer);
    if (this.#socket !== null) return;
    this.#isStopped = false;
    this.#report("connecting");
    try {
      this.#open(new WebSocket(this.#settings.url));
    } catch (error) {
      this.stop({ title: "This page cannot connect", text: String(error) });
    }
  }

  stop(/** @type {Problem | null} */ problem = null) {
    clearTimeout(this.#timer);
    this.#isStopped = true;
    this.#report("stopped", problem);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  /** Posts a message. `body`: JSON text, sent as it is, so that long numbers keep their digits. Returns null or a problem. */
  async post(/** @type {string} */ body, /** @type {number} */ ttl) {
    const members = `"queue_name":${JSON.stringify(this.#settings.queue)},"messages":[{"ttl":${ttl},"body":${body}}]`;
    const reply = await this.#ask("message_post", `{${members}}`);
    if (reply === null) return { title: "Perhaps not posted", text: "The connection was lost before the reply." };
    return reply.headers.status === 201 ? null : toProblem("The message was not posted", reply);
  }

  #open(/** @type {WebSocket} */ socket) {
    let isOpen = false;
    this.#socket = socket;
    this.#waiting = [];
    socket.addEventListener("open", () => {
      isOpen = true;
      void this.#begin();
    });
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    socket.addEventListener("close", ({ code, reason }) => {
      for (const settle of this.#waiting.splice(0)) settle(null);
      // Closed by `stop`.
      if (this.#socket !== socket) return;
      this.#socket = null;
      void this.#closed(isOpen ? { code, reason } : null);
    });
  }

  /** @param {{ readonly code: number, readonly reason: string } | null} end null: it was never open. */
  async #closed(end) {
    if (end?.code === EXPIRED)
      return this.stop({
        title: "The credential has expired",
        text: `The service says: ${end.reason} Enter another one.`,
      });
    const problem = end === null ? await this.#refused() : lost(end.code, end.reason);
    if (!this.#isStopped) this.#retry(problem);
  }

  async #begin() {
    const { queue, key } = this.#settings;
    if (key !== "") {
      const reply = await this.#ask("authenticate", "{}", { "X-Auth-Token": key });
      if (reply === null) return;
      if (reply.headers.status !== 200) return this.#fail("The service does not accept this API key", reply);
    }
    const reply = await this.#ask("subscription_create", JSON.stringify({ queue_name: queue, ttl: SUBSCRIPTION_TTL }));
    if (reply === null) return;
    if (reply.headers.status !== 201) return this.#fail("The service does not allow this subscription", reply);
    this.#failures = 0;
    this.#report("watching");
  }

  /** Stops if repeating the request would not help. */
  #fail(/** @type {string} */ title, /** @type {Reply} */ reply) {
    const problem = toProblem(title, reply);
    if (reply.headers.status < 500) return this.stop(problem);
    this.#socket?.close(1000);
    this.#socket = null;
    this.#retry(problem);
  }

  #retry(/** @type {Problem} */ problem) {
    const delay = Math.min(RETRY_MS * 2 ** this.#failures++, RETRY_MS_MAX);
    // Clients that were disconnected together do not come back together.
    const wait = delay * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => this.start(), wait);
    this.#report("waiting", problem, Date.now() + wait);
  }

  /**
   * @param {string} action
   * @param {string} body JSON text.
   * @returns {Promise<Reply | null>} null: the connection ended first.
   */
  #ask(action, body, headers = {}) {
    const all = JSON.stringify({ ...this.#settings.identity, ...headers });
    if (this.#socket?.readyState !== WebSocket.OPEN) return Promise.resolve(null);
    this.#pushed = 0;
    this.#socket.send(`{"action":"${action}","headers":${all},"body":${body}}`);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #receive(/** @type {string} */ text) {
    const frame = JSON.parse(text);
    if (frame.request !== undefined) return this.#waiting.shift()?.(frame);
    this.#events.onMessage(text);
    this.#pushed += text.length;
    if (this.#pushed < PUSHED_MAX) return;
    void this.#ask("queue_get_stats", JSON.stringify({ queue_name: this.#settings.queue }));
  }

  /** Why there is no connection. A browser does not say it, so this asks whether the service answers at all. */
  async #refused() {
    const { url, key } = this.#settings;
    const { host } = new URL(url);
    try {
      await fetch(new URL("/", url.replace(/^ws/, "http")), { mode: "no-cors", cache: "no-store" });
    } catch {
      return { title: "The service does not answer", text: `There is no answer from ${host}. Is the service running?` };
    }
    const origin = `Without a credential it accepts only pages of CORS_ALLOWED_ORIGINS, which must have ${location.origin}. `;
    return {
      title: "The service refuses the connection",
      text: `${host} answers, but not with a WebSocket connection. ${key === "" ? origin : ""}Is the path correct?`,
    };
  }

  /**
   * @param {Kind} kind
   * @param {Problem | null} problem
   * @param {number | null} retryAt
   */
  #report(kind, problem = null, retryAt = null) {
    this.#events.onState({ kind, problem, retryAt });
  }
}

/** `ws://host/v2/websocket` of what somebody has typed, such as `host:8787` or the URL of the API over HTTP. */
export function toSocketUrl(/** @type {string} */ text) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const url = new URL(/^[a-z]+:\/\//i.test(text) ? text.replace(/^http/i, "ws") : `${scheme}://${text}`);
  if (url.pathname === "/") url.pathname = "/v2/websocket";
  return url.href;
}

function toProblem(/** @type {string} */ title, /** @type {Reply} */ { body, headers: { status } }) {
  // Some replies are a sentence.
  const reason = typeof body === "string" ? body : (body.exception ?? body.error ?? "");
  return { title, text: `${status}: ${reason}` };
}

function lost(/** @type {number} */ code, /** @type {string} */ reason) {
  const why = reason === "" ? "It was closed without a reason" : `The service says: ${reason}`;
  return { title: "The connection was lost", text: `${why} (code ${code}). Messages stay in the queue.` };
}

/** Pages without TLS have no `crypto.randomUUID`. */
function newUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
