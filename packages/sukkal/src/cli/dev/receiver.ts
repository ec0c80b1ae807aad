/** The receiver of `dev`: verifies notifications, answers as its flags say, and tells what has arrived. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pause } from "../../time.ts";
import { verifyWebhook, WebhookError } from "../../webhooks.ts";
import type { Answer } from "./answers.ts";
import type { Secrets } from "./secrets.ts";

export interface Received {
  readonly at: Date;
  readonly id: string;
  /** null: it is no document of a notification. */
  readonly queue: string | null;
  /** The id of the subscription. */
  readonly subscription: string | null;
  /** `verified`, or what is wrong. */
  readonly proof: string;
  /** null: the sender has not waited for the answer. */
  readonly status: number | null;
  readonly milliseconds: number;
  /** The body of the request. */
  readonly body: string;
}

interface ReceiverOptions {
  readonly secretOf: Secrets["of"];
  readonly answer: () => Answer;
  readonly onReceived: (received: Received) => void;
}

/** Bytes: more than the service sends, whatever `post_data` is. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const HOST = "127.0.0.1";
const TOLD_TO_FAIL = "sukkal dev was told to fail";

export class Receiver {
  readonly url: string;
  private readonly server: Server;
  private readonly options: ReceiverOptions;
  private readonly closing = new AbortController();

  /** Rejects with the error of Node if nothing can listen on the port. 0: any free port. */
  static async listen(port: number, options: ReceiverOptions): Promise<Receiver> {
    const server = createServer();
    await once(server.listen(port, HOST), "listening");
    return new Receiver(server, options);
  }

  private constructor(server: Server, options: ReceiverOptions) {
    this.server = server;
    this.options = options;
    this.url = `http://${HOST}:${(server.address() as AddressInfo).port}/`;
    server.on("request", (request, response) => {
      // A connection that breaks off is the sender's affair.
      this.receive(request, response).catch(() => response.destroy());
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST")
      return end(response, 200, "Notifications to this address are shown by sukkal dev.\n");
    const at = new Date();
    const startedAt = performance.now();
    const body = await bodyOf(request);
    if (body === null) return end(response, 413, "");
    const { headers } = request;
    const id = String(headers["webhook-id"] ?? "");
    const subscription = /_([^_]+)$/.exec(id)?.[1] ?? null;
    const { queue, isTest } = partsOf(body);
    const proof = await this.prove(request, { queue, subscription, body });
    const { status: chosen, delayMs } = answerTo(proof, isTest) ?? this.options.answer();
    await pause(delayMs, this.closing.signal);
    const status = response.destroyed ? null : chosen;
    if (status !== null) end(response, status, status < 400 ? "" : `${proof === "verified" ? TOLD_TO_FAIL : proof}\n`);
    const milliseconds = performance.now() - startedAt;
    this.options.onReceived({ at, id, queue, subscription, proof, status, milliseconds, body });
  }

  private async prove(
    { headers }: IncomingMessage,
    {
      queue,
      subscription,
      body,
    }: { readonly queue: string | null; readonly subscription: string | null; readonly body: string },
  ): Promise<string> {
    if (queue === null || subscription === null) return "no notification";
    const made = await this.options.secretOf(queue, subscription);
    if (made === null) return "unknown subscription";
    try {
      await verifyWebhook(made.secret, { headers, body });
      return "verified";
    } catch (error) {
      if (!(error instanceof WebhookError)) throw error;
      const isOlder = Number(headers["webhook-timestamp"]) * 1000 < made.at + TAKES_EFFECT_MS;
      return isOlder ? NEW_SECRET : error.code;
    }
  }
}

/** Milliseconds in which attempts may still begin without a new secret. */
const TAKES_EFFECT_MS = 2000;

/** What is wrong with a notification that was sent before the secret was made. */
export const NEW_SECRET = "new secret";

/** After this status the service sends a notification again. */
export const REPEAT = 503;

/** The answer to what is not verified; null: it is. */
function answerTo(proof: string, isTest: boolean): Answer | null {
  if (proof === "verified") return null;
  // The service sends a notification again, signed. A test is not repeated.
  if (proof === NEW_SECRET) return isTest ? null : { status: REPEAT, delayMs: 0 };
  return { status: 400, delayMs: 0 };
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(status === 204 ? undefined : text);
}

/** null: it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > BODY_BYTES_MAX) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function partsOf(body: string): { readonly queue: string | null; readonly isTest: boolean } {
  try {
    const { queue_name: queue, Message_Type: type } = Object(JSON.parse(body)) as Readonly<Record<string, unknown>>;
    return { queue: typeof queue === "string" ? queue : null, isTest: type === "Test" };
  } catch {
    return { queue: null, isTest: false };
  }
}
