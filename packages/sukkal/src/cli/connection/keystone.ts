/** Tokens of Keystone v3, and the address of the service in Keystone's catalog. */
import { readFile } from "node:fs/promises";
import * as tls from "node:tls";
import { EXIT, Failure } from "../exit-code.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import type { CloudSettings } from "./clouds.ts";

export interface CloudSession {
  readonly url: string;
  readonly token: string;
}

const TIMEOUT_MS = 30_000;
const SERVICE_TYPES: readonly string[] = ["messaging", "message"];

/** Authenticates. `name`: what names the cloud, for errors, which contain nothing of the credential. */
export async function enterCloud(name: string, settings: CloudSettings, signal: AbortSignal): Promise<CloudSession> {
  const { auth, authType, endpoint } = settings;
  await trustAuthorities(name, settings);
  // Without Keystone, for services that take a key as a token.
  if (authType === "admin_token") return { url: needed(name, auth, "endpoint"), token: needed(name, auth, "token") };
  const { token, catalog } = await newToken(name, settings, signal);
  return { url: endpoint ?? addressIn(name, catalog, settings), token };
}

async function newToken(
  name: string,
  settings: CloudSettings,
  signal: AbortSignal,
): Promise<{ readonly token: string; readonly catalog: Catalog }> {
  const { auth } = settings;
  const url = `${needed(name, auth, "auth_url").replace(/\/*(?:\/v3\/*)?$/, "")}/v3/auth/tokens`;
  const response = await post(url, JSON.stringify({ auth: requestOf(name, settings) }), signal);
  const token = response.headers.get("X-Subject-Token");
  if (response.status === 201 && token !== null) {
    const { token: document } = (await response.json()) as { readonly token?: { readonly catalog?: Catalog } };
    return { token, catalog: document?.catalog ?? [] };
  }
  // The process ends only after its requests.
  await response.body?.cancel();
  const failure = response.status === 401 ? "refuses the credential" : `answers ${response.status} to the credential`;
  const exitCode = response.status >= 500 ? EXIT.unavailable : EXIT.notAllowed;
  throw new Failure(`Keystone (${url}) ${failure} of ${name}.`, { exitCode });
}

async function post(url: string, body: string, signal: AbortSignal): Promise<Response> {
  if (!URL.canParse(url)) throw new Failure(`"${url}" is no address of Keystone.`, { exitCode: EXIT.usage });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const headers = { "Content-Type": "application/json" };
  try {
    // A redirect could lead the password to another host.
    return await boundedFetch(url, { method: "POST", redirect: "manual", headers, body, signal: limit });
  } catch (error) {
    signal.throwIfAborted();
    const { cause } = error as Error;
    const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    throw new Failure(`Keystone (${url}) cannot be reached${code}.`, { exitCode: EXIT.unavailable });
  }
}

/** The body of the request, by the type of authentication. */
function requestOf(name: string, { auth, authType }: CloudSettings): object {
  switch (authType ?? assumedType(auth)) {
    case "password":
    case "v3password": {
      const user = { ...userOf(name, auth), password: needed(name, auth, "password") };
      return { identity: { methods: ["password"], password: { user } }, ...scopeOf(auth) };
    }
    case "token":
    case "v3token":
      return { identity: { methods: ["token"], token: { id: needed(name, auth, "token") } }, ...scopeOf(auth) };
    case "v3applicationcredential": {
      const { application_credential_id: id, application_credential_name: called } = auth;
      const secret = needed(name, auth, "application_credential_secret");
      const credential = id === undefined ? { name: called, secret, user: userOf(name, auth) } : { id, secret };
      // Its project is a part of it.
      return { identity: { methods: ["application_credential"], application_credential: credential } };
    }
    default:
      throw new Failure(`The auth_type ${authType ?? ""} of ${name} is not supported.`, {
        exitCode: EXIT.usage,
        hint: "These work: password, token, v3applicationcredential, admin_token.",
      });
  }
}

function assumedType(auth: CloudSettings["auth"]): string {
  if (auth["application_credential_secret"] !== undefined) return "v3applicationcredential";
  return auth["token"] === undefined ? "password" : "token";
}

function userOf(name: string, auth: CloudSettings["auth"]): object {
  const { user_id: id } = auth;
  if (id !== undefined) return { id };
  return { name: needed(name, auth, "username"), domain: domainOf("user", auth) };
}

function scopeOf(auth: CloudSettings["auth"]): object {
  const { project_id: id, project_name: name } = auth;
  if (id !== undefined) return { scope: { project: { id } } };
  if (name !== undefined) return { scope: { project: { name, domain: domainOf("project", auth) } } };
  return {};
}

function domainOf(kind: "user" | "project", auth: CloudSettings["auth"]): object {
  const id = auth[`${kind}_domain_id`] ?? auth["domain_id"];
  const name = auth[`${kind}_domain_name`] ?? auth["domain_name"];
  if (id !== undefined) return { id };
  return name === undefined ? { id: auth["default_domain"] ?? "default" } : { name };
}

/** The members of Keystone's catalog that are read. */
type Catalog = readonly {
  readonly type: string;
  readonly endpoints: readonly { readonly interface: string; readonly region: string | null; readonly url: string }[];
}[];

function addressIn(name: string, catalog: Catalog, { region, interface: wanted }: CloudSettings): string {
  const all = catalog.filter(({ type }) => SERVICE_TYPES.includes(type)).flatMap(({ endpoints }) => endpoints);
  const found = all.find(
    (endpoint) => endpoint.interface === wanted && (region === null || endpoint.region === region),
  );
  if (found !== undefined) return found.url;
  const known = all.map((endpoint) => `${endpoint.interface} in ${endpoint.region ?? "no region"}`).join(", ");
  throw new Failure(
    `The catalog of ${name} has no ${wanted} endpoint of the type messaging${region === null ? "" : ` in ${region}`}.`,
    {
      exitCode: EXIT.notFound,
      hint: known === "" ? "messaging_endpoint_override sets its address." : `It has: ${known}.`,
    },
  );
}

/** Node checks certificates with its own authorities. Those of a file are added where Node can do that while it runs. */
async function trustAuthorities(name: string, { caFile, isVerified }: CloudSettings): Promise<void> {
  if (!isVerified)
    throw new Failure(`${name}: certificates are not checked, so anybody could get the credential.`, {
      exitCode: EXIT.usage,
      hint: "Set cacert to the file with the certificate of its authority.",
    });
  if (caFile === null) return;
  const certificate = await readFile(caFile, "utf8").catch(() => null);
  if (certificate === null) throw new Failure(`${caFile} (cacert) cannot be read.`, { exitCode: EXIT.usage });
  if (typeof tls.setDefaultCACertificates === "function")
    return tls.setDefaultCACertificates([...tls.getCACertificates("default"), certificate]);
  if (process.env["NODE_EXTRA_CA_CERTS"] === caFile) return;
  throw new Failure("This version of Node cannot use cacert.", {
    exitCode: EXIT.usage,
    hint: `Set NODE_EXTRA_CA_CERTS=${caFile}, or use Node 24.`,
  });
}

function needed(name: string, auth: CloudSettings["auth"], member: string): string {
  const value = auth[member];
  if (value !== undefined) return value;
  throw new Failure(`${name}: ${member} is missing.`, { exitCode: EXIT.usage });
}
