/** The errors of the client. */

/** What is known of a failed request. */
export interface Failure {
  /** The HTTP status; 0: there was no answer. */
  readonly status: number;
  /**
   * The stable name of the failure, such as `queue-not-found`; docs/ERRORS.md lists all. Without an answer:
   * `no-answer`; of another server: `not-json`; of a request that no address has: `path-invalid`; of a signed URL that does not
   * cover the request, or is over: `signature-refused`.
   */
  readonly code: string;
  readonly title: string;
  readonly description: string;
  /** `X-OpenStack-Request-Id` of the answer, which the server's log contains; null: there was no answer. */
  readonly requestId: string | null;
  /** Seconds after which the server wants to be asked again; null: it did not say. */
  readonly retryAfter: number | null;
}

/**
 * A request that failed. Its message has the title and the description of the server.
 *
 * @example
 * ```ts
 * import { Sukkal, SukkalError } from "sukkal/client";
 * const sukkal = new Sukkal({ url, project: "demo" });
 * try {
 *   await sukkal.queue("jobs").update({ _default_message_ttl: -1 });
 * } catch (error) {
 *   if (!(error instanceof SukkalError)) throw error;
 *   console.log(error.status); // 400
 * }
 * ```
 */
export class SukkalError extends Error implements Failure {
  declare readonly status: number;
  declare readonly code: string;
  declare readonly title: string;
  declare readonly description: string;
  declare readonly requestId: string | null;
  declare readonly retryAfter: number | null;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.description === "" ? failure.title : `${failure.title}: ${failure.description}`, options);
    this.name = "SukkalError";
    Object.assign(this, failure);
  }

  /** Whether the same request may succeed later: the server was busy or did not answer. */
  get isRetryable(): boolean {
    return this.retryAfter !== null || RETRYABLE.includes(this.status);
  }
}

/** No answer, request time-out, and what servers and proxies say when they are overloaded or restarting. */
const RETRYABLE: readonly number[] = [0, 408, 429, 500, 502, 503, 504];

/**
 * The reason of an aborted `signal` of a handler: its claim is over, and another consumer may have the message.
 *
 * @example
 * ```ts
 * import { LeaseLost, Sukkal } from "sukkal/client";
 * const jobs = new Sukkal({ url, project: "demo" }).queue("jobs");
 * const resize = async (name: unknown, signal: AbortSignal): Promise<void> => console.log(name, signal.aborted);
 * await jobs.drain(
 *   async ({ body }, { signal }) => {
 *     try {
 *       await resize(body, signal);
 *     } catch (error) {
 *       if (error instanceof LeaseLost) console.warn(error.message);
 *       throw error;
 *     }
 *   },
 *   { forMs: 1000 },
 * );
 * ```
 */
export class LeaseLost extends Error {
  constructor(claim: string) {
    super(`The claim ${claim} is over, or was not renewed in time.`);
    this.name = "LeaseLost";
  }
}

/** null for an answer of 404, except one to a signature. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SukkalError && error.status === 404 && error.code !== "signature-refused") return null;
    throw error;
  }
}

/** The failure that an answer describes. `right`: what the signature of the request allows. */
export function toError(status: number, headers: Headers, text: string, right?: string): SukkalError {
  const document = parseDocument(text);
  // Keystone's form, for 401: the members are one level below, except the code.
  const nested = document["error"];
  const members = typeof nested === "object" && nested !== null ? (nested as Record<string, unknown>) : document;
  const code = document["code"];
  const isRefused = right !== undefined && code === "route-unknown";
  const retryAfter = Number(headers.get("Retry-After") ?? Number.NaN);
  return new SukkalError({
    status,
    code: isRefused ? "signature-refused" : (textOf(code) ?? `http-${status}`),
    title: textOf(members["title"]) ?? `HTTP ${status}`,
    description: isRefused
      ? right
      : (textOf(members["description"]) ?? textOf(members["message"]) ?? redirectOf(headers)),
    requestId: headers.get("X-OpenStack-Request-Id"),
    retryAfter: Number.isNaN(retryAfter) ? null : retryAfter,
  });
}

/** Redirects, which alone have the header here, are not followed: they could lead the credential to another host. */
function redirectOf(headers: Headers): string {
  const to = headers.get("Location");
  return to === null ? "" : `the service redirects to ${to}`;
}

function parseDocument(text: string): Record<string, unknown> {
  try {
    // An object without these members for any other JSON value.
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
