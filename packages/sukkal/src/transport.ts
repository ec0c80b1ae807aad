/** Requests: credentials, time-outs, retries, errors. */
import { SukkalError, toError } from "./error.ts";
import { toJson } from "./json-text.ts";
import { tell, withDefaults } from "./options.ts";
import { after, backOff, pause } from "./time.ts";

/** How to reach the service. */
export interface SukkalOptions {
  /** The address of the service, such as `http://127.0.0.1:8787`. */
  readonly url: string;
  /** An API key (`sk_…`). */
  readonly key?: string | undefined;
  /** Returns a Keystone token. It is called again when the service refuses the token. */
  readonly token?: (() => string | Promise<string>) | undefined;
  /** The project. Needed where no credential names one. */
  readonly project?: string | undefined;
  /** Instead of a credential: a signature that `queue.share` has made. It names the project. */
  readonly signed?: SharedUrl | undefined;
  /** The Client-ID, a UUID. Default: a random one. Lists with `echo: false` leave out the messages that were posted with it. */
  readonly clientId?: string | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** Milliseconds for an answer, waiting excluded. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** How many times a request is repeated that may be. Default: 4. */
  readonly retries?: number | undefined;
  /** Seconds. An error after which the service wants to be asked again later than this is thrown. Default: no limit. */
  readonly retryAfterMax?: number | undefined;
  /** Gets what the service has ignored in a request (`Sukkal-Notice`). */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** A signature for requests by somebody without a credential. */
export interface SharedUrl {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: string;
  /** In UTC, without a zone: `new Date(`${expires}Z`)` is its time. */
  readonly expires: string;
  readonly signature: string;
}

export interface Signal {
  /** Aborts the request. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of lists, which ask for one page after the other. */
export interface PageOptions extends Signal {
  /** Entries a page. Default: as the service sets it, such as 10. */
  readonly limit?: number | undefined;
  /** Lists what follows this one. */
  readonly marker?: string | undefined;
}

/** All entries of a list, page by page. It returns the marker after the last one, for what comes later. */
export type List<T> = AsyncGenerator<T, string | undefined, undefined>;

/** A list is sent as its name once for each value: the service does not split encoded commas. */
type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The parameters by which requests ask for more members. */
interface Detail {
  readonly details?: boolean | undefined;
  readonly detailed?: boolean | undefined;
}

export interface Call {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** Below the address of the service. Its variables are encoded. */
  readonly path: string;
  readonly query?: Query;
  /** Those that are undefined are not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** JSON. */
  readonly body?: string | undefined;
  /** Whether a second run has the same effect as one, so that it is repeated after a failure. Default: unless it is a POST. */
  readonly isRepeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Seconds that the service may wait before it answers. */
  readonly wait?: number;
  /** Called before the body of an answer is read, which may end in the middle. */
  readonly onHead?: (head: Pick<Response, "ok" | "headers">) => void;
}

/** What a call has beside its method, path and signal. `body`: any JSON value. */
type CallDetails = Partial<Pick<Call, "query" | "headers" | "isRepeatable">> & { readonly body?: unknown };

/** A page of a list. What its other members are, the caller knows. */
interface Page extends Readonly<Record<string, unknown>> {
  readonly links?: readonly { readonly rel: string; readonly href: string }[];
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Answer extends Reply {
  /** The text, parsed; undefined: there is none. */
  readonly document: unknown;
}

const TIMEOUT_MS = 30_000;
const RETRIES = 4;
const NO_ANSWER = { status: 0, code: "no-answer", requestId: null, retryAfter: null };

export class Transport {
  readonly clientId: string;
  // Private at run time: whoever logs or serializes something that has a transport must not print credentials.
  readonly #options: SukkalOptions;
  readonly #base: string;
  #token: Promise<string> | undefined;

  constructor(options: SukkalOptions) {
    this.#options = options;
    this.#base = baseOf(options.url);
    this.clientId = options.clientId ?? crypto.randomUUID();
  }

  /** The same service for another Client-ID. */
  withClientId(clientId: string): Transport {
    return new Transport({ ...this.#options, clientId });
  }

  /** Sends a request, again after failures if it may be repeated. Throws a SukkalError, or the reason of an aborted signal. */
  async send(call: Call): Promise<Answer> {
    const retries = this.#options.retries ?? RETRIES;
    const { method, isRepeatable = method !== "POST" } = call;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#sendOnce(call);
      } catch (error) {
        if (!(error instanceof SukkalError) || !error.isRetryable || !isRepeatable || attempt >= retries) throw error;
        if ((error.retryAfter ?? 0) > (this.#options.retryAfterMax ?? Infinity)) throw error;
        await pause(backOff(attempt, error), call.signal);
        call.signal?.throwIfAborted();
      }
    }
  }

  /** Returns the document. Members of the options that are not named here are parameters. */
  get<T>(path: string, { signal, ...query }: Signal & Detail = {}): Promise<T> {
    return this.call("GET", path, { signal }, { query });
  }

  /** Returns the document of the answer; undefined: it has none. */
  async call<T>(
    method: Call["method"],
    path: string,
    { signal }: Signal = {},
    { body, ...details }: CallDetails = {},
  ): Promise<T> {
    const text = body === undefined ? undefined : toJson(body);
    return (await this.send({ method, path, signal, ...details, body: text })).document as T;
  }

  /**
   * A list. Members of the options that are not named here are parameters too. `entriesOf`: the entries of one page; by default
   * the member that is called as the end of the path.
   */
  async *list<T>(
    path: string,
    { signal, ...query }: PageOptions & Detail = {},
    entriesOf: (page: Page, answer: Answer) => readonly T[] = (page) => page[nameOf(path)] as readonly T[],
  ): List<T> {
    let { marker } = query;
    for (;;) {
      const call = { method: "GET", path, query: { ...query, marker }, signal } as const;
      const answer = await this.send(call);
      const page = answer.document as Page;
      const entries = entriesOf(page, answer);
      yield* entries;
      const next = page.links?.find(({ rel }) => rel === "next");
      const following = next && new URL(next.href, this.#base).searchParams.get("marker");
      if (entries.length === 0 || following == null) return marker;
      marker = following;
    }
  }

  async #sendOnce(call: Call): Promise<Answer> {
    let reply = await this.#exchange(call);
    if (reply.status === 401 && this.#token !== undefined) {
      // The token has expired, or was revoked: one more attempt with a new one.
      this.#token = undefined;
      reply = await this.#exchange(call);
    }
    const { signed } = this.#options;
    return checked(reply, signed && rightOf(signed, call));
  }

  async #exchange(call: Call): Promise<Reply> {
    const { signal, wait = 0 } = call;
    // A URL loses a segment `.`, and `..` with the one before: the request would be for something else, such as the queue.
    if (/\/\.{0,2}(?:\/|$)/.test(call.path)) {
      const description = 'a name or id is empty, "." or ".."';
      throw new SukkalError({ ...NO_ANSWER, status: 400, code: "path-invalid", title: "Not sent", description });
    }
    const headers = await this.#headersFor(call);
    signal?.throwIfAborted();
    // Neither `AbortSignal.timeout` nor `any`: their timers and their links to a signal that lives for days outlive the request.
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = after((this.#options.timeoutMs ?? TIMEOUT_MS) + wait * 1000, end);
    signal?.addEventListener("abort", end);
    try {
      const answer = await this.#request(call, headers, ending.signal);
      const notice = answer.headers.get("Sukkal-Notice");
      if (notice !== null) tell(this.#options.onNotice, notice);
      return answer;
    } catch (cause) {
      signal?.throwIfAborted();
      const title = ending.signal.aborted ? "The service did not answer in time" : "The service cannot be reached";
      const description = new URL(this.#base).origin + causeOf(cause);
      throw new SukkalError({ ...NO_ANSWER, title, description }, { cause });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    }
  }

  async #request(call: Call, headers: Record<string, string>, signal: AbortSignal): Promise<Reply> {
    const url = this.#base + call.path + toQuery(call.query);
    // A redirect could lead the credential to another host. The service answers with none.
    const init: RequestInit = { method: call.method, headers, signal, redirect: "manual", body: call.body ?? null };
    const response = await this.#fetch(url, init, signal);
    call.onHead?.(response);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  #fetch(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const own = this.#options.fetch;
    if (own === undefined) return fetch(url, init);
    const request = new Request(url, init);
    // Node collects a request that nothing refers to while its body arrives. Then an abort of the signal would not reach it.
    signal.addEventListener("abort", () => request);
    return own(request);
  }

  /** A failure is not kept, so that the next request asks again. */
  #newToken(token: () => string | Promise<string>): Promise<string> {
    const fresh = Promise.resolve().then(token);
    fresh.catch(() => {
      if (this.#token === fresh) this.#token = undefined;
    });
    return fresh;
  }

  async #headersFor({ headers, body }: Call): Promise<Record<string, string>> {
    const { key, token, signed } = this.#options;
    if (key === undefined && token !== undefined) this.#token ??= this.#newToken(token);
    const all = withDefaults(
      { "Client-ID": this.clientId },
      {
        "X-Project-ID": (signed ?? this.#options).project,
        Authorization: key === undefined ? key : `Bearer ${key}`,
        "X-Auth-Token": await this.#token,
        "URL-Signature": signed?.signature,
        "URL-Expires": signed?.expires,
        "URL-Methods": signed?.methods.join(),
        "URL-Paths": signed?.paths.join(),
        "Content-Type": body === undefined ? body : "application/json",
        ...headers,
      },
    );
    // It has no undefined members any more.
    return all as Record<string, string>;
  }
}

/** What a signature allows, and what the request is. Of both the service says only that the path is unknown. */
function rightOf(signed: SharedUrl, call: Call): string {
  const right = `${signed.methods.join()} ${signed.paths.join()} until ${signed.expires}`;
  return `The signed URL is for ${right}; this is ${call.method} ${call.path}`;
}

/** The end of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function checked(reply: Reply, right?: string): Answer {
  const { status, headers, text } = reply;
  if (status < 200 || status >= 300) throw toError(status, headers, text, right);
  try {
    return { ...reply, document: text === "" ? undefined : JSON.parse(text) };
  } catch (cause) {
    const description = "Another server may be at this address.";
    throw new SukkalError(
      { ...NO_ANSWER, status, code: "not-json", title: "The answer is not JSON", description },
      { cause },
    );
  }
}

/** The beginning of all addresses. Programs in JavaScript may give anything, such as a variable that is not set. */
function baseOf(url: string): string {
  // The value may be a credential in the wrong place, so it is not in the message.
  if (!URL.canParse(url) || !/^https?:\/\/[^/@]+(\/|$)/i.test(url))
    throw new TypeError("url must be the address of a service, such as http://127.0.0.1, without a user");
  return url.replace(/(\/v2)?\/*$/, "");
}

/** Node's `fetch` has the reason in the cause of its error, most as a code, Bun's in the error. */
function causeOf(error: unknown): string {
  const { code, cause } = Object(error) as Reason & { readonly cause?: Reason };
  const reason = [cause?.code, code, cause?.message].find((text) => typeof text === "string");
  return reason === undefined ? "" : ` (${reason})`;
}

interface Reason {
  readonly code?: unknown;
  readonly message?: unknown;
}

function toQuery(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of [value].flat()) if (each !== undefined) parameters.append(name, String(each));
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}
