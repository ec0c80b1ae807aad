/**
 * The owner of a project, for tests of access: fills the project's queues and topics, and takes a snapshot of all its data, which
 * shows whether another client has changed anything.
 */
import { withTimeout } from "../../../src/mechanisms/timeout.ts";
import { defectOf } from "../openapi-answers.ts";
import type { Service } from "./service.ts";

export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Milliseconds. A request without an answer is named then, before the test as a whole is out of time. */
const ANSWER_MS_MAX = 30_000;

/** Sends a request to a service that a test has started. `path` includes the query and is not encoded any further. */
export async function ask(service: Service, method: string, path: string, question: Question = {}): Promise<Reply> {
  const headers = new Headers({ "Client-ID": CLIENT, ...question.headers });
  const bytes = question.body === undefined ? null : new TextEncoder().encode(JSON.stringify(question.body));
  if (bytes !== null) headers.set("Content-Length", String(bytes.length));
  const request = new Request(`http://zaqar.test${path}`, { method, headers, body: bytes });
  const response = await withTimeout(ANSWER_MS_MAX, service.fetch(request)).catch((cause: unknown) => {
    throw new Error(`${method} ${path}: ${String(cause)}`, { cause });
  });
  const text = new TextDecoder().decode(await response.arrayBuffer());
  const reply = { status: response.status, headers: response.headers, text };
  const defect = defectOf(method, path, reply);
  if (defect !== null) throw new Error(`${method} ${path} is not answered as the OpenAPI document says: ${defect}`);
  return reply;
}

/** The requests that show all data of a queue or topic. */
const VIEWS = [
  "",
  "/stats",
  "/messages?echo=true&include_claimed=true&include_delayed=true&limit=20",
  "/subscriptions?limit=20",
];

const CLIENT = "3381af92-2b9e-11e3-b191-71861300734c";

export function isSuccess({ status }: Pick<Reply, "status">): boolean {
  return status >= 200 && status < 300;
}

export interface IssuedKey {
  readonly id: string;
  readonly key: string;
}

/** The data of a filled queue: a free message, a claimed message and a subscription. */
export interface Stock {
  readonly message: string;
  readonly claimed: string;
  readonly claim: string;
  readonly subscription: string;
}

export interface SharedUrl {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: string;
  readonly expires: string;
  readonly signature: string;
}

export class Owner {
  readonly service: Service;
  readonly project: string;
  /** The key of an admin of the project. */
  readonly key: string;
  /** Ids of claims by queue, for the snapshot, because the service does not list claims. */
  private readonly claims = new Map<string, string>();

  private constructor(service: Service, project: string, key: string) {
    this.service = service;
    this.project = project;
    this.key = key;
  }

  /** `operatorKey`: the key with which the project's first key is created. */
  static async create(service: Service, project: string, operatorKey: string): Promise<Owner> {
    const headers = { Authorization: `Bearer ${operatorKey}` };
    const { key } = await issue(service, headers, { project_id: project, roles: ["admin"], description: "the owner" });
    return new Owner(service, project, key);
  }

  get credential(): Readonly<Record<string, string>> {
    return { Authorization: `Bearer ${this.key}` };
  }

  /** A request that must succeed. */
  async must(method: string, path: string, question: Question = {}): Promise<Reply> {
    const headers = { ...this.credential, ...question.headers };
    const reply = await ask(this.service, method, path, { ...question, headers });
    if (!isSuccess(reply)) throw new Error(`${method} ${path} of the owner: ${reply.status} ${reply.text}`);
    return reply;
  }

  issueKey(document: object): Promise<IssuedKey> {
    return issue(this.service, this.credential, document);
  }

  /** Creates the queue again, with the text in its metadata, its messages and the options of its subscription. */
  async fill(queue: string, text: string): Promise<Stock> {
    const path = `/v2/queues/${queue}`;
    await this.must("POST", `${path}/purge`, { body: { resource_types: ["subscriptions"] } });
    await this.must("DELETE", path);
    await this.must("PUT", path, { body: { note: text } });
    const messages = [{ body: `${text}, claimed` }, { body: `${text}, free` }];
    const posted = await this.must("POST", `${path}/messages`, { body: { messages } });
    const ids = (JSON.parse(posted.text) as { resources: string[] }).resources.map(lastSegment);
    const claimed = await this.must("POST", `${path}/claims?limit=1`, { body: { ttl: 3600, grace: 60 } });
    const claim = lastSegment(claimed.headers.get("Location") ?? "");
    this.claims.set(queue, claim);
    // A redrive of a queue without dead letters moves nothing. After its cancellation its state does not change.
    await this.must("POST", `${path}/redrive`);
    await this.must("DELETE", `${path}/redrive`);
    const subscription = await this.subscribe(path, text);
    return { claimed: ids[0] ?? "", message: ids[1] ?? "", claim, subscription };
  }

  /** Does the same with a topic, which has no claims. */
  async fillTopic(topic: string, text: string): Promise<Stock> {
    const path = `/v2/topics/${topic}`;
    await this.must("POST", `${path}/purge`, { body: { resource_types: ["subscriptions"] } });
    await this.must("DELETE", path);
    await this.must("PUT", path, { body: { note: text } });
    const posted = await this.must("POST", `${path}/messages`, { body: { messages: [{ body: text }] } });
    const [message = ""] = (JSON.parse(posted.text) as { resources: string[] }).resources.map(lastSegment);
    return { message, subscription: await this.subscribe(path, text), claimed: "", claim: "" };
  }

  /** A mailbox. The service sends no mail, so nothing leaves the test. */
  private async subscribe(path: string, text: string): Promise<string> {
    const body = { subscriber: "mailto:owner@subscriber.test", options: { note: text } };
    const { text: answer } = await this.must("POST", `${path}/subscriptions`, { body });
    return (JSON.parse(answer) as { subscription_id: string }).subscription_id;
  }

  async share(queue: string, document: object): Promise<SharedUrl> {
    return JSON.parse((await this.must("POST", `/v2/queues/${queue}/share`, { body: document })).text) as SharedUrl;
  }

  /** All visible data of the project, by the requests that show it. */
  async snapshot(): Promise<Readonly<Record<string, string>>> {
    const list = await this.must("GET", "/v2/queues?detailed=true&with_count=true&limit=20");
    const names = (JSON.parse(list.text) as { queues: { name: string }[] }).queues.map(({ name }) => name);
    const paths = names.flatMap((name) => {
      const path = `/v2/queues/${name}`;
      const claim = this.claims.get(name);
      const ofQueue = [...VIEWS, "/redrive"].map((suffix) => path + suffix);
      return claim === undefined ? ofQueue : [...ofQueue, `${path}/claims/${claim}`];
    });
    const topics = await this.must("GET", "/v2/topics?detailed=true&limit=20");
    const topicNames = (JSON.parse(topics.text) as { topics: { name: string }[] }).topics.map(({ name }) => name);
    const ofTopics = topicNames.flatMap((name) => VIEWS.map((suffix) => `/v2/topics/${name}${suffix}`));
    const views: Record<string, string> = { queues: list.text, topics: topics.text };
    for (const path of [...paths, ...ofTopics, "/v2/keys?limit=100", "/v2/quotas"]) {
      const { status, text } = await ask(this.service, "GET", path, { headers: this.credential });
      views[path] = `${status} ${text}`;
    }
    return views;
  }
}

async function issue(
  service: Service,
  headers: Readonly<Record<string, string>>,
  document: object,
): Promise<IssuedKey> {
  const { status, text } = await ask(service, "POST", "/v2/keys", { headers, body: document });
  if (status !== 201) throw new Error(`A key could not be made: ${status} ${text}`);
  return JSON.parse(text) as IssuedKey;
}

/** The headers that present a signed URL. */
export function urlHeaders({ paths, methods, project, expires, signature }: SharedUrl): Record<string, string> {
  return {
    "URL-Signature": signature,
    "URL-Paths": paths.join(","),
    "URL-Methods": methods.join(","),
    "URL-Expires": expires,
    "X-Project-ID": project,
  };
}

export function lastSegment(href: string): string {
  return href.split("/").at(-1) ?? "";
}
