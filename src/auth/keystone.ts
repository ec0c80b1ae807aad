/**
 * The client of Keystone's Identity API v3. It validates tokens and gets tokens for the service. A token is validated with
 * the service's own token; without credentials of the service, with the token itself. Trusts, by which the service acts for
 * users, are in `trusts.ts`.
 */
import type { KeystoneConfig, KeystoneCredentials } from "../config/keystone.ts";
import { SingleFlightCache, type CacheDeps, type CachedAnswer } from "../mechanisms/single-flight-cache.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../domain/time.ts";
import { decodeToken, type Token } from "./token.ts";

/** How a request reaches Keystone. */
export interface KeystoneDeps extends CacheDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** The fetch function for Keystone: that of the binding `KEYSTONE` if the deployment has one, else the global one. */
export function keystoneFetch(binding: Fetcher | undefined): KeystoneDeps["fetch"] {
  return (url, init) => (binding ?? globalThis).fetch(url, init);
}

/** The timeout of an answer of Keystone, in milliseconds. */
const ANSWER_MS_MAX = 10_000;
/** The maximum size of an answer in bytes. A token without its service catalogue has a few thousand. */
const ANSWER_BYTES_MAX = 1_048_576;
/** The only key of the cache `own`. */
const OWN = "own";
/** The service's own token is renewed so many milliseconds before it expires. */
const RENEWAL_MARGIN = 60_000;
/** For this time after a refusal the service's own credentials are not tried again. */
const REFUSAL_TTL = toSeconds(30);

/** The error for the log when Keystone answers 401 to the service's own credentials. */
export const CREDENTIALS_REFUSED =
  "Keystone refuses the service's own credentials: check KEYSTONE_USERNAME, KEYSTONE_PASSWORD and KEYSTONE_PROJECT, or the " +
  "application credential.";

/** A token that Keystone has issued to the service. */
export interface IssuedToken extends Token {
  readonly value: string;
}

export class Keystone {
  private readonly config: KeystoneConfig;
  /** The service's own token; null after a refusal, for a time. */
  private readonly own = new SingleFlightCache<IssuedToken | null>(1);

  constructor(config: KeystoneConfig) {
    this.config = config;
  }

  /** Keystone's description of a token; null: the token is invalid. Throws when Keystone cannot answer. */
  async validate(token: string, deps: KeystoneDeps): Promise<Token | null> {
    const { credentials } = this.config;
    if (credentials === null) {
      const answer = await this.ask(token, token, deps);
      return typeof answer === "string" ? null : answer;
    }
    const answer = await this.ask(token, await this.ownTokenValue(credentials, deps), deps);
    if (typeof answer !== "string") return answer;
    // 401: the service's own token was revoked early. After a 403 a new token would not help.
    if (answer === "unauthorized") this.own.forget(OWN);
    const retried =
      answer === "unauthorized" ? await this.ask(token, await this.ownTokenValue(credentials, deps), deps) : answer;
    if (typeof retried === "string") {
      throw new Error(
        "Keystone does not allow the service's own user to validate tokens: give it the role service or admin.",
      );
    }
    return retried;
  }

  /** Asks Keystone about the token `subject` with the token `own`. null: `subject` is invalid. */
  private async ask(
    subject: string,
    own: string,
    deps: KeystoneDeps,
  ): Promise<Token | "unauthorized" | "forbidden" | null> {
    const headers = { "X-Auth-Token": own, "X-Subject-Token": subject, "OpenStack-Identity-Access-Rules": "1.0" };
    return this.send("/auth/tokens?nocatalog", { headers }, deps, async (response) => {
      if (response.status === 200) return decodeToken(await readJson(response));
      await response.body?.cancel();
      if (response.status === 404) return null;
      if (response.status === 401) return "unauthorized";
      if (response.status === 403) return "forbidden";
      throw new Error(`Keystone answered ${response.status} about a token.`);
    });
  }

  /** The service's own token. Throws when Keystone issues none. */
  async ownToken(credentials: KeystoneCredentials, deps: KeystoneDeps): Promise<IssuedToken> {
    const issue = async (): Promise<CachedAnswer<IssuedToken | null>> => {
      const issued = await this.issue(toAuthRequest(credentials), deps);
      // Not tried again at once: Keystone locks accounts whose password is tried too often.
      if (issued === 401) return { value: null, until: after(deps.now(), REFUSAL_TTL) };
      if (typeof issued === "number") throw new Error(`Keystone answered ${issued} to the service's own credentials.`);
      return { value: issued, until: renewalTime(issued) };
    };
    const token = await this.own.get(OWN, issue, deps);
    if (token === null) throw new Error(CREDENTIALS_REFUSED);
    return token;
  }

  /** The token that Keystone gives for an authentication request, or the status of its refusal. */
  async issue(request: object, deps: KeystoneDeps): Promise<IssuedToken | number> {
    const headers = { "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(request) };
    return this.send("/auth/tokens?nocatalog", init, deps, async (response) => {
      const value = response.headers.get("X-Subject-Token");
      if (response.status === 201 && value !== null) return { ...decodeToken(await readJson(response)), value };
      await response.body?.cancel();
      return response.status;
    });
  }

  /** `path`: below `/v3`. `read` has to read the answer to its end, or cancel it. */
  async send<T>(
    path: string,
    init: RequestInit,
    deps: KeystoneDeps,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const late = new AbortController();
    // Not AbortSignal.timeout(), whose timer goes on after the answer: it would keep an object awake for all of that time.
    const timer = setTimeout(() => late.abort(new Error("Keystone did not answer in time.")), ANSWER_MS_MAX);
    try {
      // A redirect is not followed: it would send tokens to another server.
      const request = { ...init, redirect: "manual", signal: late.signal } as const;
      return await read(await deps.fetch(`${this.config.url}/v3${path}`, request));
    } finally {
      clearTimeout(timer);
    }
  }

  private async ownTokenValue(credentials: KeystoneCredentials, deps: KeystoneDeps): Promise<string> {
    return (await this.ownToken(credentials, deps)).value;
  }
}

/** When a token is renewed. */
export function renewalTime({ expiresAt }: Token): EpochMs {
  return toEpochMs(expiresAt - RENEWAL_MARGIN);
}

/**
 * Identity API v3, "Password authentication with scoped authorization" and "Authenticating with an Application Credential".
 */
function toAuthRequest(credentials: KeystoneCredentials): object {
  if (credentials.kind === "application-credential") {
    const { id, secret } = credentials;
    return { auth: { identity: { methods: ["application_credential"], application_credential: { id, secret } } } };
  }
  const { username, password, project, domain } = credentials;
  const user = { name: username, password, domain: { name: domain } };
  return {
    auth: {
      identity: { methods: ["password"], password: { user } },
      scope: { project: { name: project, domain: { name: domain } } },
    },
  };
}

/** Reads an answer. Throws if it has more than ANSWER_BYTES_MAX bytes or is not JSON. */
export async function readJson({ body }: Response): Promise<unknown> {
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  const chunks = body as AsyncIterable<Uint8Array> | null;
  for await (const chunk of chunks ?? []) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new Error(`Keystone's answer has more than ${ANSWER_BYTES_MAX} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    // The parser's message is not passed on: it quotes the text, which may contain a token.
    throw new Error("Keystone's answer is not JSON.");
  }
}
