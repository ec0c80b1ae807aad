/** The network of a test: answers requests by functions, and keeps what was asked. */

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: string;
  /** Aborts when the client gives up. */
  readonly signal: AbortSignal;
}

type Reply = Response | Promise<Response>;

export class ScriptedService {
  readonly asked: Asked[] = [];
  private readonly routes: { readonly pattern: RegExp; readonly reply: (asked: Asked) => Reply }[] = [];

  /** The latest route for a request counts. `pattern`: of the method and the path, such as `POST /v2/queues/jobs/claims`. */
  on(pattern: RegExp, reply: (asked: Asked) => Reply): this {
    this.routes.unshift({ pattern, reply });
    return this;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const { method, headers, signal } = request;
    const body = await request.text();
    const asked = { method, path: url.pathname, query: url.searchParams, headers, body, signal };
    this.asked.push(asked);
    const route = this.routes.find(({ pattern }) => pattern.test(`${method} ${url.pathname}`));
    if (route === undefined) throw new TypeError(`no route for ${method} ${url.pathname}`);
    signal.throwIfAborted();
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
    return Promise.race([route.reply(asked), aborted]);
  };

  of(pattern: RegExp): Asked[] {
    return this.asked.filter(({ method, path }) => pattern.test(`${method} ${path}`));
  }
}

export interface ScriptedMessage {
  readonly id: string;
  readonly body?: unknown;
  readonly claim_count?: number;
}

/** The answer to a claim that got messages. */
export function claimed(claim: string, messages: readonly ScriptedMessage[]): Response {
  const document = {
    messages: messages.map((message) => ({ ttl: 3600, age: 0, body: null, claim_count: 0, ...message })),
  };
  return Response.json(document, { status: 201, headers: { Location: `/v2/queues/jobs/claims/${claim}` } });
}

/** The answer to a claim that got none. `waited`: after a wait. */
export function nothing(waited: boolean): Response {
  return new Response(null, { status: 204, headers: waited ? { "Preference-Applied": "wait=20" } : {} });
}

export function refused(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ title: "Refused", description: "By the test.", code: "refused" }, { status, headers });
}

export function done(): Response {
  return new Response(null, { status: 204 });
}

/** The answer without the second half of its body, as after a crash of the service. */
export function cutShort(answer: Response): Response {
  return withFirstHalf(answer, (controller) => controller.error(new TypeError("terminated")));
}

/** The answer without the second half of its body, for which the client waits until it gives up. */
export function unending(answer: Response, { signal }: Asked): Response {
  return withFirstHalf(answer, (controller) => {
    signal.addEventListener("abort", () => controller.error(signal.reason));
  });
}

function withFirstHalf(answer: Response, end: (controller: ReadableStreamDefaultController) => void): Response {
  const start = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const body = new Uint8Array(await answer.arrayBuffer());
    controller.enqueue(body.subarray(0, body.length / 2));
    end(controller);
  };
  const { status, headers } = answer;
  return new Response(new ReadableStream({ start }), { status, headers });
}

/** A result that comes when the test says so: an answer of the service, or the end of a handler. The latest call gets it. */
export class Later<T> {
  private resolve: (value: T) => void = () => {};

  readonly promise = (): Promise<T> =>
    new Promise((resolve) => {
      this.resolve = resolve;
    });

  come(value: T): void {
    this.resolve(value);
  }
}

/** An answer that never comes: a request that waits, or a service that hangs. */
export function never(): Promise<Response> {
  return new Promise(() => {});
}
