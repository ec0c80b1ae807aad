/** A client of a version of the service, with an API key of the project, and assertions about its answers. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

export const ADMIN_API_KEY = `sk_admin_${"0123456789abcdef".repeat(2)}`;

export type Headers = Readonly<Record<string, string>>;

export interface Message {
  readonly id: string;
  readonly href: string;
  readonly body: unknown;
}

const TRACED = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" };

export class Caller {
  readonly url: string;
  readonly key: string;

  /** Creates a client with a new key of the project, from the Worker at `url`. */
  static async of(project: string, url: string): Promise<Caller> {
    const operator = new Caller(url, ADMIN_API_KEY);
    const body = { project_id: project, roles: ["member"] };
    const { key } = (await operator.ask("POST", "/keys", { status: 201, body })) as { readonly key: string };
    return new Caller(url, key);
  }

  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
  }

  /** The same client for another Worker. */
  at(url: string): Caller {
    return new Caller(url, this.key);
  }

  async send(method: string, path: string, { body, headers }: Request = {}): Promise<Response> {
    return await fetch(`${this.url}/v2${path.replace(/^\/v2/, "")}`, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, "Client-ID": CLIENT_ID, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
  }

  /** The document of the answer; null: none. Throws if the status differs. */
  async ask(method: string, path: string, expected: Request & { readonly status?: number } = {}): Promise<unknown> {
    const response = await this.send(method, path, expected);
    const text = await response.text();
    assert.equal(response.status, expected.status ?? 200, `${method} ${path} at ${this.url}: ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  /** Every post is a part of a trace, which versions that know none ignore. */
  async post(queue: string, ...bodies: readonly unknown[]): Promise<readonly string[]> {
    const body = { messages: bodies.map((each) => ({ body: each, ttl: 300 })) };
    const posted = (await this.ask("POST", `/queues/${queue}/messages`, {
      status: 201,
      body,
      headers: TRACED,
    })) as Posted;
    return posted.resources;
  }

  /** The claimed messages, which may be none. */
  async claim(queue: string, headers: Headers = {}): Promise<Claim> {
    const response = await this.send("POST", `/queues/${queue}/claims`, { body: { ttl: 60, grace: 60 }, headers });
    if (response.status === 204) return { path: "", messages: [] };
    assert.equal(response.status, 201, await response.clone().text());
    const { messages } = (await response.json()) as { readonly messages: readonly Message[] };
    return { path: response.headers.get("Location") ?? "", messages };
  }

  async release({ path }: Claim): Promise<void> {
    await this.ask("DELETE", path, { status: 204 });
  }

  async bodies(queue: string): Promise<readonly unknown[]> {
    const page = await this.ask("GET", `/queues/${queue}/messages?echo=true&include_claimed=true`);
    return (page as { readonly messages: readonly Message[] }).messages.map(({ body }) => body);
  }

  async subscribe(queue: string, subscriber: string, options: object = {}): Promise<string> {
    const body = { subscriber, options, ttl: 3600 };
    const answer = await this.ask("POST", `/queues/${queue}/subscriptions`, { status: 201, body });
    return `/queues/${queue}/subscriptions/${(answer as { readonly subscription_id: string }).subscription_id}`;
  }
}

interface Request {
  readonly body?: unknown;
  readonly headers?: Headers;
}

interface Posted {
  readonly resources: readonly string[];
}

export interface Claim {
  readonly path: string;
  readonly messages: readonly Message[];
}

/** Polls until the condition holds. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = performance.now() + UNTIL_MS_MAX; performance.now() < deadline; await sleep(50)) {
    if (await isSo()) return;
  }
  throw new Error(`In vain waited until ${what}.`);
}

const CLIENT_ID = "3381af92-2b9e-11e3-b191-71861300734c";
const ANSWER_MS_MAX = 15_000;
/** Longer than two retries without delay and one after the minimum delay. */
const UNTIL_MS_MAX = 20_000;
