/**
 * The fixture of the access matrix: a service with every way to authenticate, a project with data, and every kind of credential.
 * The clock must be frozen, because it is moved to make credentials expire.
 */
import { UrlSigner } from "../../../src/auth/signed-url.ts";
import { toProjectId } from "../../../src/domain/id.ts";
import { toEpochMs } from "../../../src/domain/time.ts";
import { clock } from "../clock.ts";
import {
  ask,
  Owner,
  urlHeaders,
  type IssuedKey,
  type Reply,
  type SharedUrl,
  type Stock,
} from "../drivers/project-owner.ts";
import { fill, fillBody, type Endpoint } from "./endpoints.ts";
import { KeystoneStandIn } from "../fakes/keystone.ts";
import { ACCESS_POOLING, ACCESS_SETTINGS_OF_OBJECTS } from "../access-settings.ts";
import { ACCESS_SETTINGS, startService, type Service } from "../drivers/service.ts";

/** The kinds of callers that this fixture distinguishes. `callers.ts` has all callers. */
interface Caller {
  headers(
    fixture: AccessFixture,
    endpoint: Endpoint,
  ): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

const QUEUE = "orders";
/** The topic has the name of the queue: no signature or rule for the one may be valid for the other. */
const TOPIC = QUEUE;
/** A queue whose name is the beginning of the other's. */
const NEIGHBOUR = "order";
/** A text that is only in the data of the project. */
export const MARKER = "nobody else's business";
/** The previous key of the vitest project `access`, too. */
const PREVIOUS_KEY = ACCESS_SETTINGS_OF_OBJECTS.SIGNED_URL_PREVIOUS_SECRET_KEY;
/** A pool that the requests of the matrix read and delete, a pool of the flavor, and the flavor. */
const POOLS = { pool: "matrix", flavored: "matrix-flavored", flavor: "matrix" };
const FOREIGN_KEY = "a signing key that nobody here accepts";
const METHODS = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"];
const RESOURCES = ["claims", "messages", "subscriptions"] as const;

/** Identity headers without authentication, which must have no effect. */
const PRETENCES = {
  "X-Roles": "admin",
  "X-User-Id": "root",
  "X-Identity-Status": "Confirmed",
  "X-Is-Admin-Project": "True",
  "OpenStack-System-Scope": "all",
};

export interface Credentials {
  readonly tokens: Readonly<Record<"reader" | "member" | "admin" | "restricted" | "expired", string>>;
  /** Tokens of a domain, and of another project. */
  readonly strangers: Readonly<Record<"domainMember" | "domainAdmin" | "other", string>>;
  readonly keys: Readonly<
    Record<"reader" | "member" | "admin" | "fitting" | "unfitting" | "revoked" | "expired", string>
  >;
  readonly operator: string;
  readonly metrics: string;
}

export class AccessFixture {
  readonly service: Service;
  readonly keystone: KeystoneStandIn;
  readonly owner: Owner;
  readonly other: Owner;
  readonly credentials: Credentials;
  private readonly expiredUrl: SharedUrl;
  private readonly revokedUrl: SharedUrl;
  private readonly previous: Service;
  private readonly urls = new Map<string, SharedUrl>();
  private stock: Stock = { message: "", claimed: "", claim: "", subscription: "" };
  private topicStock: Stock = this.stock;
  /** A key that the requests of the matrix read and revoke. */
  private victim: IssuedKey = { id: "", key: "" };
  /** The ids of the fixture's own keys. */
  private keptKeys: readonly string[] = [];

  private constructor(parts: Parts) {
    this.service = parts.service;
    this.previous = parts.previous;
    this.keystone = parts.keystone;
    this.owner = parts.owner;
    this.other = parts.other;
    this.credentials = parts.credentials;
    this.expiredUrl = parts.expiredUrl;
    this.revokedUrl = parts.revokedUrl;
  }

  static async create(settings: Readonly<Record<string, string>> = {}): Promise<AccessFixture> {
    const keystone = new KeystoneStandIn();
    // With the routes of figures.
    const routes = { ...ACCESS_POOLING, METER: "on" };
    const all = { ...ACCESS_SETTINGS, ...routes, SIGNED_URL_PREVIOUS_SECRET_KEY: PREVIOUS_KEY, ...settings };
    const service = startService(all, keystone.binding);
    const previous = startService({ ...ACCESS_SETTINGS, SIGNED_URL_SECRET_KEY: PREVIOUS_KEY }, keystone.binding);
    const owner = await Owner.create(service, `mine-${crypto.randomUUID()}`, ACCESS_SETTINGS.ADMIN_API_KEY);
    const other = await Owner.create(service, `other-${crypto.randomUUID()}`, ACCESS_SETTINGS.ADMIN_API_KEY);
    const soon = new Date(Date.now() + 60_000).toISOString();
    const credentials = await issueCredentials(owner, other, keystone);
    const expiredUrl = await owner.share(QUEUE, { paths: RESOURCES, methods: METHODS, expires: soon });
    const revokedUrl = await owner.share(QUEUE, { paths: RESOURCES, methods: METHODS });
    await owner.must("PUT", `/v2/queues/${QUEUE}`, { body: { _signing_generation: 2 } });
    // After every expiry above, and after the expiry of all cached keys and signing generations.
    clock.advance({ seconds: 120 });
    const fixture = new AccessFixture({
      service,
      previous,
      keystone,
      owner,
      other,
      credentials,
      expiredUrl,
      revokedUrl,
    });
    const { keys } = JSON.parse((await owner.must("GET", "/v2/keys?limit=100")).text) as { keys: { id: string }[] };
    fixture.keptKeys = keys.map(({ id }) => id);
    for (const scope of ["queue", "topic", "service"] as const) await fixture.restore(scope);
    return fixture;
  }

  /** One cell of the matrix. */
  async request(caller: Caller, endpoint: Endpoint): Promise<Reply> {
    const targets = this.targetsOf(endpoint.scope);
    return ask(this.service, endpoint.method, fill(endpoint.target, targets), {
      headers: { ...endpoint.headers, ...this.pretences, ...(await caller.headers(this, endpoint)) },
      ...(endpoint.body === undefined ? {} : { body: fillBody(endpoint.body, targets) }),
    });
  }

  /** What stands for the variables of a path or body. */
  targetsOf(scope: Endpoint["scope"]): Readonly<Record<string, string>> {
    const stock = scope === "topic" ? this.topicStock : this.stock;
    const { project } = this.owner;
    return { queue: QUEUE, topic: TOPIC, project, key: this.victim.id, file: "index.html", ...POOLS, ...stock };
  }

  /** Headers that claim to be somebody: every request carries them, and so does every frame. */
  get pretences(): Readonly<Record<string, string>> {
    const { project } = this.owner;
    return { ...PRETENCES, "X-Project-ID": project, "X-Tenant-ID": project, "X-Tenant": project };
  }

  /** Restores what a successful request of the scope may have changed. */
  async restore(scope: Endpoint["scope"]): Promise<void> {
    if (scope === "queue") {
      this.stock = await this.owner.fill(QUEUE, MARKER);
      await this.other.must("DELETE", `/v2/queues/${QUEUE}`);
      return;
    }
    if (scope === "topic") {
      this.topicStock = await this.owner.fillTopic(TOPIC, MARKER);
      await this.other.must("DELETE", `/v2/topics/${TOPIC}`);
      return;
    }
    const headers = { Authorization: `Bearer ${this.credentials.operator}` };
    await ask(this.service, "DELETE", `/v2/quotas/${this.owner.project}`, { headers });
    await this.restorePools();
    const listed = await this.owner.must("GET", "/v2/keys?limit=100");
    for (const { id } of (JSON.parse(listed.text) as { keys: { id: string }[] }).keys) {
      if (!this.keptKeys.includes(id)) await this.owner.must("DELETE", `/v2/keys/${encodeURIComponent(id)}`);
    }
    this.victim = await this.owner.issueKey({ description: MARKER });
  }

  private async restorePools(): Promise<void> {
    const headers = { Authorization: `Bearer ${this.credentials.operator}` };
    const must = async (path: string, body: object): Promise<void> => {
      const reply = await ask(this.service, "PUT", path, { headers, body });
      if (reply.status !== 201) throw new Error(`PUT ${path} of the operator: ${reply.status} ${reply.text}`);
    };
    await must(`/v2/pools/${POOLS.pool}`, { uri: "durable-object://sam", weight: 0 });
    await must(`/v2/pools/${POOLS.flavored}`, { uri: "durable-object://afr", weight: 0 });
    const project = encodeURIComponent(this.owner.project);
    await must(`/v2/flavors/${POOLS.flavor}?project_id=${project}`, { pool_list: [POOLS.flavored] });
  }

  /** A URL that covers the endpoint, with the changes `change`. */
  async url(change: UrlChange, { method, resource }: Endpoint): Promise<Readonly<Record<string, string>>> {
    switch (change) {
      case "none":
        return this.present("right", () => this.owner.share(QUEUE, { paths: RESOURCES, methods: METHODS }));
      case "method": {
        const methods = METHODS.filter((other) => other !== method);
        return this.present(`but ${method}`, () => this.owner.share(QUEUE, { paths: RESOURCES, methods }));
      }
      case "path": {
        const paths = RESOURCES.filter((other) => other !== resource);
        return this.present(`but ${resource}`, () => this.owner.share(QUEUE, { paths, methods: METHODS }));
      }
      case "queue":
        return this.present("queue", () => this.owner.share(NEIGHBOUR, { paths: RESOURCES, methods: METHODS }));
      case "project": {
        const headers = await this.present("other", () =>
          this.other.share(QUEUE, { paths: RESOURCES, methods: METHODS }),
        );
        return { ...headers, "X-Project-ID": this.owner.project };
      }
      case "expired":
        return urlHeaders(this.expiredUrl);
      case "revoked":
        return urlHeaders(this.revokedUrl);
      case "tampered":
        return this.tampered();
      case "previous key":
        return this.present("previous", () => this.shareByPreviousKey());
      case "foreign key":
        return this.present("foreign", () => this.shareByForeignKey());
    }
  }

  /** The headers of a signed URL, which is created on first use. */
  private async present(name: string, share: () => Promise<SharedUrl>): Promise<Readonly<Record<string, string>>> {
    const url = this.urls.get(name) ?? (await share());
    this.urls.set(name, url);
    return urlHeaders(url);
  }

  /** The URL with its expiry changed to a day later. */
  private async tampered(): Promise<Readonly<Record<string, string>>> {
    const right = await this.present("right", () => this.owner.share(QUEUE, { paths: RESOURCES, methods: METHODS }));
    const later = new Date(Date.parse(`${right["URL-Expires"]}Z`) + 86_400_000).toISOString().slice(0, 19);
    return { ...right, "URL-Expires": later };
  }

  private async shareByPreviousKey(): Promise<SharedUrl> {
    const body = { paths: RESOURCES, methods: METHODS };
    const path = `/v2/queues/${QUEUE}/share`;
    const { text } = await ask(this.previous, "POST", path, { headers: this.owner.credential, body });
    return JSON.parse(text) as SharedUrl;
  }

  private async shareByForeignKey(): Promise<SharedUrl> {
    const expires = new Date(Date.now() + 86_400_000).toISOString().slice(0, 19);
    const { project } = this.owner;
    const paths = RESOURCES.map((resource) => `/v2/queues/${QUEUE}/${resource}`);
    const grant = {
      paths,
      methods: METHODS,
      project: toProjectId(project),
      expiresAt: toEpochMs(Date.now() + 86_400_000),
    };
    const signature = await new UrlSigner([FOREIGN_KEY]).sign(grant, null);
    return { paths, methods: METHODS, project, expires, signature: signature ?? "" };
  }
}

export type UrlChange =
  | "none"
  | "method"
  | "path"
  | "queue"
  | "project"
  | "expired"
  | "tampered"
  | "revoked"
  | "previous key"
  | "foreign key";

type Parts = Pick<AccessFixture, "service" | "keystone" | "owner" | "other" | "credentials"> & {
  readonly previous: Service;
  readonly expiredUrl: SharedUrl;
  readonly revokedUrl: SharedUrl;
};

async function issueCredentials(owner: Owner, other: Owner, keystone: KeystoneStandIn): Promise<Credentials> {
  const { project } = owner;
  const soon = Date.now() + 60_000;
  const accessRules = [{ service: "messaging", method: "GET", path: "/v2/queues" }];
  const keyOf = async (document: object): Promise<string> => (await owner.issueKey(document)).key;
  const revoked = await owner.issueKey({ roles: ["admin"] });
  await owner.must("DELETE", `/v2/keys/${encodeURIComponent(revoked.id)}`);
  return {
    tokens: {
      reader: keystone.issue({ project, roles: ["reader"] }),
      member: keystone.issue({ project, roles: ["member", "reader"] }),
      admin: keystone.issue({ project, roles: ["admin", "member", "reader"] }),
      restricted: keystone.issue({ project, roles: ["member", "reader"], accessRules }),
      expired: keystone.issue({ project, roles: ["admin"], expiresAt: soon }),
    },
    strangers: {
      domainMember: keystone.issue({ roles: ["member", "reader"] }),
      domainAdmin: keystone.issue({ roles: ["admin"] }),
      other: keystone.issue({ project: other.project, roles: ["member", "reader"] }),
    },
    keys: {
      reader: await keyOf({ roles: ["reader"] }),
      member: await keyOf({ roles: ["member"] }),
      admin: await keyOf({ roles: ["admin"] }),
      fitting: await keyOf({ roles: ["member"], queue_prefix: "ord" }),
      unfitting: await keyOf({ roles: ["member"], queue_prefix: "invoices-" }),
      revoked: revoked.key,
      expired: await keyOf({ roles: ["admin"], expires_at: new Date(soon).toISOString() }),
    },
    operator: OPERATOR_KEY,
    metrics: ACCESS_SETTINGS.METRICS_API_KEY,
  };
}

const OPERATOR_KEY = ACCESS_SETTINGS.ADMIN_API_KEY;
