/**
 * One HTTP connection to the service. No request is repeated, because the test must not know whether a request with a broken
 * connection was processed.
 */
import { Agent, request } from "node:http";
import type { MessageKey, Seen } from "./history.ts";

export interface Answer {
  readonly status: number;
  readonly location: string;
  readonly text: string;
}

export interface Call {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

export const PROJECT = "crash";
const JSON_PATCH = "application/openstack-messaging-v2.0-json-patch";

export class Zaqar {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly clientId: string;
  private port: number;

  constructor(clientId: string, port: number) {
    this.clientId = clientId;
    this.port = port;
  }

  /** The service has restarted at another port. */
  reconnect(port: number): void {
    this.port = port;
  }

  /** null: the connection broke, or no answer arrived in time. */
  async call({ method, path, body, idempotencyKey }: Call): Promise<Answer | null> {
    const content = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      "Client-ID": this.clientId,
      "X-Project-ID": PROJECT,
      "Content-Type": method === "PATCH" ? JSON_PATCH : "application/json",
      "Content-Length": Buffer.byteLength(content),
      ...(idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey }),
    };
    const { promise, resolve } = Promise.withResolvers<Answer | null>();
    const options = {
      host: "127.0.0.1",
      port: this.port,
      method,
      path,
      headers,
      agent: this.agent,
      timeout: ANSWER_MS_MAX,
    };
    const sent = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? "", text }),
      );
      response.on("error", () => resolve(null));
      response.on("aborted", () => resolve(null));
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(null));
    sent.end(content);
    return await promise;
  }

  close(): void {
    this.agent.destroy();
  }
}

export const ANSWER_MS_MAX = 15_000;

/** The body of a message, by which the test recognises it. */
export interface Body extends MessageKey {
  readonly padding: string;
}

/** The messages of an answer in their order. */
export function messagesOf(text: string): readonly Seen[] {
  return seenIn((JSON.parse(text) as { readonly messages: unknown }).messages);
}

export function seenIn(messages: unknown): readonly Seen[] {
  const list = messages as readonly { readonly id: string; readonly body: Body }[];
  return list.map(({ id, body }) => ({ id, post: body.post, index: body.index }));
}
