/** Executes the examples of the OpenAPI document in their order, in a project of their own. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { Endpoint, Parameter } from "../../openapi/endpoint.ts";
import { PATH_VARIABLES } from "../../openapi/parameters.ts";
import { IDS } from "../../openapi/schemas.ts";
import { toProjectId } from "../../src/domain/id.ts";
import type { ActiveProjectsRpc } from "../../src/objects/rpc/meter.ts";
import { ask, type Reply } from "./drivers/project-owner.ts";
import { startService, type Service } from "./drivers/service.ts";

const bindings = env as unknown as { readonly METERS: { getByName(name: string): ActiveProjectsRpc } };

const ADMIN_API_KEY = `sk_admin_${"0".repeat(40)}`;
const TRUSTING = startService({ AUTH_STRATEGY: "none", ADMIN_MODE: "true", SIGNED_URL_SECRET_KEY: "a signing key" });
const POOLING = startService({ AUTH_STRATEGY: "none", ADMIN_MODE: "true", POOLING: "true" });
const KEYED = startService({ AUTH_STRATEGY: "keys", ADMIN_API_KEY });
const SERVICES: Readonly<Record<string, Service>> = { Pools: POOLING, Flavors: POOLING, "API keys": KEYED };

const MESSAGE = { messages: [{ body: { order: 7 }, ttl: 300 }] };
/** What has to exist before the examples of a tag. */
const BEFORE: Readonly<Record<string, readonly [method: string, path: string, body: object]>> = {
  Figures: ["POST", "/v2/queues/orders/messages", MESSAGE],
  Claims: ["POST", "/v2/queues/orders/messages", MESSAGE],
  "Dead letters": ["POST", "/v2/queues/orders-dead/messages", MESSAGE],
  Flavors: ["PUT", "/v2/pools/europe", { uri: "durable-object://weur", weight: 1 }],
};
export class Scenario {
  private readonly service: Service;
  private readonly headers: Readonly<Record<string, string>>;
  /** The texts of the examples, and what stands for them. */
  private readonly actual = new Map<string, string>();

  static async begin(tag: string): Promise<Scenario> {
    const project = `examples-${crypto.randomUUID()}`;
    const service = SERVICES[tag] ?? TRUSTING;
    const identity =
      service === KEYED
        ? { Authorization: `Bearer ${await adminKey(project)}` }
        : { "X-Project-ID": project, "X-Roles": "admin" };
    if (tag === "Figures") await bindings.METERS.getByName("\nactive").noteActive({ project: toProjectId(project) });
    const scenario = new Scenario(service, identity, project);
    const [method, path, body] = BEFORE[tag] ?? [];
    if (method !== undefined && path !== undefined) {
      demand((await ask(service, method, path, { headers: identity, body })).status, 201, `${method} ${path}`);
    }
    return scenario;
  }

  private constructor(service: Service, headers: Readonly<Record<string, string>>, project: string) {
    this.service = service;
    this.headers = headers;
    this.actual.set("/v2/quotas/demo", `/v2/quotas/${project}`);
  }

  async execute(endpoint: Endpoint): Promise<void> {
    const { id, method, body, answers } = endpoint;
    const [[status, answer] = ["0", undefined]] = Object.entries(answers);
    const reply = await ask(this.service, method, this.fill(targetOf(endpoint)), {
      headers: { ...this.headers, ...(body?.mediaType === undefined ? {} : { "Content-Type": body.mediaType }) },
      ...(body === undefined ? {} : { body: JSON.parse(this.fill(JSON.stringify(body.example))) as unknown }),
    });
    demand(reply.status, Number(status), `${id}: ${reply.text}`);
    for (const [name, { example, isOptional }] of Object.entries(answer?.headers ?? {})) {
      if (isOptional !== true) this.learn(example, reply.headers.get(name) ?? "");
    }
    if (answer?.example !== undefined) this.compare(id, answer.example, bodyOf(reply));
  }

  /** All members of the example, with values of the same types or null. The answer may have more members and longer lists. */
  private compare(where: string, example: unknown, actual: unknown): void {
    if (example === null || actual === null) return;
    demand(typeOf(actual), typeOf(example), where);
    if (typeof example === "string" && typeof actual === "string") return this.learn(example, actual);
    if (typeof example !== "object") return;
    const members = actual as Readonly<Record<string, unknown>>;
    const missing = Object.keys(example).filter((name) => members[name] === undefined);
    demand(missing, [], `${where}: members of the example that the answer does not have`);
    for (const [name, value] of Object.entries(example)) this.compare(`${where}.${name}`, value, members[name]);
  }

  /** Where the example has an id, the answer has the one that stands for it. */
  private learn(example: string, actual: string): void {
    const ids = Object.values(IDS).filter((id) => example.includes(id));
    if (ids.length === 0) return;
    const pattern = ids.reduce((text, id) => text.replace(escape(id), "([^/?&,=]+)"), escape(example));
    const found = new RegExp(`^${pattern}$`).exec(actual)?.slice(1);
    const order = ids.toSorted((a, b) => example.indexOf(a) - example.indexOf(b));
    for (const [index, id] of order.entries()) {
      const value = found?.[index];
      if (value !== undefined && !this.actual.has(id)) this.actual.set(id, value);
    }
  }

  private fill(text: string): string {
    return [...this.actual].reduce((filled, [example, actual]) => filled.replaceAll(example, actual), text);
  }
}

function demand(actual: unknown, expected: unknown, what: string): void {
  expect(actual, what).toEqual(expected);
}

/** The path and query of the example. */
export function targetOf({ path, variables, parameters = [] }: Endpoint): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => variables?.[name] ?? PATH_VARIABLES[name]?.example ?? "");
  const given = parameters.filter((parameter) => parameter.in === "query" && parameter.example !== undefined);
  const query = given.map(({ name, example }: Parameter) => `${name}=${encodeURIComponent(String(example))}`).join("&");
  return query === "" ? filled : `${filled}?${query}`;
}

function bodyOf({ text }: Reply): unknown {
  return JSON.parse(text) as unknown;
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "list" : typeof value;
}

function escape(text: string): string {
  return text.replace(/[.?+*()[\]{}|^$\\]/g, "\\$&");
}

/** The key of an admin of a project. */
async function adminKey(project: string): Promise<string> {
  const { text } = await ask(KEYED, "POST", "/v2/keys", {
    headers: { Authorization: `Bearer ${ADMIN_API_KEY}` },
    body: { project_id: project, roles: ["admin"] },
  });
  return (JSON.parse(text) as { readonly key: string }).key;
}
