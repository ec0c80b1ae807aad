/**
 * A fake Keystone: the part of the Identity API v3 that the service uses, with the answers that the real one gave (keystone 22,
 * Debian). `test/clients/with_keystone.py` runs the same flows against the real one.
 */
import { ACCESS_SETTINGS } from "../drivers/service.ts";

export interface IssuedToken {
  readonly user?: string;
  /** undefined: the token belongs to no project, but to a domain or the system. */
  readonly project?: string;
  readonly roles?: readonly string[];
  /** Milliseconds since 1970; an hour from now by default. */
  readonly expiresAt?: number;
  /** The access rules of an application credential. */
  readonly accessRules?: readonly { readonly service: string; readonly method: string; readonly path: string }[];
  /** The users of a trust. */
  readonly trustor?: string;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The trust as it was requested. */
export interface MadeTrust {
  readonly id: string;
  readonly trustor_user_id: string;
  readonly trustee_user_id: string;
  readonly project_id: string;
  readonly roles: readonly { readonly id: string }[];
  readonly impersonation: boolean;
  readonly expires_at?: string;
}

const HOUR = 3_600_000;

export class KeystoneStandIn {
  /** The trusts. The deletion of an entry ends the trust. */
  readonly trusts: MadeTrust[] = [];
  /** The requests in their order: `GET subject`, `POST`, and for trusts `POST trust`, `POST token of trust`. */
  readonly requests: string[] = [];
  /** All headers of all requests, for tests of headers that must not be sent. */
  readonly seen: Headers[] = [];
  /** All other parts of all requests. */
  readonly asked: { readonly url: string; readonly redirect: string | undefined }[] = [];
  /** null: it answers normally; "unreachable": not at all; a number: only with this status. */
  outage: "unreachable" | number | { readonly status: number; readonly text: string } | null = null;
  /** Answers wait for this promise; null: they are sent at once. */
  gate: Promise<unknown> | null = null;
  private readonly tokens = new Map<string, IssuedToken>();
  private serviceTokens = new Set<string>();
  private issued = 0;

  /** The binding with which the service calls it. */
  get binding(): Fetcher {
    return { fetch: (url: string, init: RequestInit) => this.answer(url, init) } as unknown as Fetcher;
  }

  /** Issues a token, as for `openstack token issue`. */
  issue(token: IssuedToken, id = this.newId()): string {
    this.tokens.set(id, token);
    return id;
  }

  private newId(): string {
    return `gAAAAAB${crypto.randomUUID().replaceAll("-", "")}_${this.issued++}`;
  }

  revoke(id: string): void {
    this.tokens.delete(id);
  }

  /** Invalidates all tokens, as a restart with other Fernet keys does. */
  forgetServiceTokens(): void {
    this.serviceTokens = new Set();
  }

  private async answer(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const method = init.method ?? "GET";
    this.seen.push(headers);
    this.asked.push({ url, redirect: init.redirect });
    const isTrust = url.endsWith("/v3/OS-TRUST/trusts");
    const text = typeof init.body === "string" ? init.body : "";
    const post = text.includes('"OS-TRUST:trust"') ? "POST token of trust" : isTrust ? "POST trust" : "POST";
    this.requests.push(method === "GET" ? `GET ${headers.get("X-Subject-Token") ?? ""}` : post);
    if (this.gate !== null) await this.gate;
    if (this.outage === "unreachable") throw new TypeError("Network connection lost.");
    if (this.outage !== null) {
      const { status, text: broken } =
        typeof this.outage === "number" ? { status: this.outage, text: "<html>broken</html>" } : this.outage;
      return new Response(broken, { status, headers: { Location: "http://elsewhere.test/v3/auth/tokens" } });
    }
    if (!url.startsWith(`${ACCESS_SETTINGS.KEYSTONE_URL}/v3/`)) return new Response(null, { status: 404 });
    const answer = isTrust
      ? this.createTrust(headers, text)
      : method === "POST"
        ? this.authenticate(text)
        : this.validate(headers);
    const { status, body, headers: extra } = answer;
    return new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      headers: { "Content-Type": "application/json", ...extra },
    });
  }

  private createTrust(headers: Headers, text: string): Answer {
    const { trust } = JSON.parse(text) as { readonly trust: Omit<MadeTrust, "id"> };
    const token = this.tokens.get(headers.get("X-Auth-Token") ?? "");
    if (token === undefined) return REFUSED;
    const own = new Set((token.roles ?? DEFAULT_ROLES).map(toRoleId));
    const isHis = trust.trustor_user_id === (token.user ?? DEFAULT_USER) && token.accessRules === undefined;
    if (!isHis || trust.roles.length === 0 || !trust.roles.every(({ id }) => own.has(id))) return FORBIDDEN;
    const made = { ...trust, id: `trust-${this.issued++}` };
    this.trusts.push(made);
    return { status: 201, body: { trust: made } };
  }

  private authenticateByTrust(id: string): Answer {
    const trust = this.trusts.find((made) => made.id === id);
    const until = trust?.expires_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(trust.expires_at);
    if (trust === undefined || until <= Date.now()) return NOT_FOUND;
    const roles = trust.roles.map(({ id: role }) => role.replace(/^id-of-/, ""));
    const token = { user: trust.trustor_user_id, project: trust.project_id, roles, trustor: trust.trustor_user_id };
    return { status: 201, body: toDocument(token), headers: { "X-Subject-Token": this.issue(token) } };
  }

  private authenticate(text: string): Answer {
    const { auth } = JSON.parse(text) as { auth: ByTrust };
    const trust = auth.scope?.["OS-TRUST:trust"]?.id;
    if (trust !== undefined) {
      return JSON.stringify(auth.identity) === KNOWN_IDENTITY ? this.authenticateByTrust(trust) : REFUSED;
    }
    if (!KNOWN_CREDENTIALS.includes(JSON.stringify(auth))) return REFUSED;
    const id = `service-${this.issued++}`;
    this.serviceTokens.add(id);
    const token = { user: "sukkal", project: "service", roles: ["service"] };
    return { status: 201, body: toDocument(token), headers: { "X-Subject-Token": id } };
  }

  private validate(headers: Headers): Answer {
    const asker = headers.get("X-Auth-Token") ?? "";
    const subject = headers.get("X-Subject-Token") ?? "";
    const token = this.tokens.get(subject);
    const isSelf = asker === subject && token !== undefined;
    if (!this.serviceTokens.has(asker) && !isSelf) return REFUSED;
    if (token === undefined || expiryOf(token) <= Date.now()) return NOT_FOUND;
    // Without this header Keystone reports such tokens as missing, because only services that enforce access rules may accept
    // them.
    if (token.accessRules !== undefined && headers.get("OpenStack-Identity-Access-Rules") === null) return NOT_FOUND;
    return { status: 200, body: toDocument(token), headers: { "X-Subject-Token": subject } };
  }
}

/** The service's application credential, for services that use one. */
export const APPLICATION_CREDENTIAL = { id: "an application credential", secret: "its secret" };

/** The format of instants in the Identity API v3. */
const KNOWN_CREDENTIALS = [
  {
    identity: {
      methods: ["password"],
      password: {
        user: {
          name: ACCESS_SETTINGS.KEYSTONE_USERNAME,
          password: ACCESS_SETTINGS.KEYSTONE_PASSWORD,
          domain: { name: "Default" },
        },
      },
    },
    scope: { project: { name: ACCESS_SETTINGS.KEYSTONE_PROJECT, domain: { name: "Default" } } },
  },
  { identity: { methods: ["application_credential"], application_credential: APPLICATION_CREDENTIAL } },
].map((auth) => JSON.stringify(auth));

interface ByTrust {
  readonly identity: unknown;
  readonly scope?: { readonly "OS-TRUST:trust"?: { readonly id: string } };
}

/** The identity with which the service's user authenticates. */
const KNOWN_IDENTITY = JSON.stringify((JSON.parse(KNOWN_CREDENTIALS[0] ?? "") as ByTrust).identity);

const REFUSED: Answer = {
  status: 401,
  body: { error: { code: 401, message: "The request you have made requires authentication.", title: "Unauthorized" } },
};
const FORBIDDEN: Answer = {
  status: 403,
  body: {
    error: { code: 403, message: "You are not authorized to perform the requested action.", title: "Forbidden" },
  },
};
const NOT_FOUND: Answer = {
  status: 404,
  body: { error: { code: 404, message: "Could not recognize Fernet token", title: "Not Found" } },
};

function expiryOf({ expiresAt }: IssuedToken): number {
  return expiresAt ?? Date.now() + HOUR;
}

const DEFAULT_USER = "alice";
const DEFAULT_ROLES: readonly string[] = ["member"];

function toRoleId(name: string): string {
  return `id-of-${name}`;
}

function toDocument(token: IssuedToken): unknown {
  const { user = DEFAULT_USER, project, roles = DEFAULT_ROLES, accessRules, trustor } = token;
  const domain = { id: "default", name: "Default" };
  return {
    token: {
      methods: ["password"],
      user: { id: user, name: user, domain, password_expires_at: null },
      audit_ids: ["x"],
      expires_at: new Date(expiryOf(token)).toISOString().replace("Z", "000Z"),
      issued_at: new Date(Date.now()).toISOString().replace("Z", "000Z"),
      roles: roles.map((name) => ({ id: toRoleId(name), name })),
      ...(project === undefined ? { domain } : { project: { id: project, name: project, domain } }),
      ...(trustor === undefined
        ? {}
        : {
            "OS-TRUST:trust": {
              id: "t",
              trustor_user: { id: trustor },
              trustee_user: { id: user },
              impersonation: true,
            },
          }),
      ...(accessRules === undefined
        ? {}
        : {
            application_credential: {
              id: "ac",
              name: "ac",
              restricted: true,
              access_rules: accessRules.map((rule, index) => ({ id: `${index}`, ...rule })),
            },
          }),
    },
  };
}
