/** Which service a command talks to, and with what credential. A flag wins over a variable, a variable over the context. */
import { EXIT, Failure } from "../exit-code.ts";
import { readContexts, type Context } from "./config-file.ts";
import { cloudOfVariables, cloudSettings, CLOUD_OF_VARIABLES, scopedTo } from "./clouds.ts";
import { outputOf } from "./key-command.ts";
import { enterCloud, type CloudSession } from "./keystone.ts";
import { variable } from "./variables.ts";

export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  /** What names the address, such as `--url` or `context local`. */
  readonly urlSource: string;
  readonly project: string | null;
  readonly credential: Credential;
  /** The name of the context; null: none is used. */
  readonly context: string | null;
}

export type Credential =
  | { readonly kind: "none" }
  | { readonly kind: "key"; readonly key: string; readonly source: string }
  | { readonly kind: "token"; readonly token: () => Promise<string>; readonly source: string };

type PresentCredential = Exclude<Credential, { readonly kind: "none" }>;

/** The flags that all commands have. */
export interface ConnectionFlags {
  readonly context?: string | undefined;
  readonly url?: string | undefined;
  readonly project?: string | undefined;
}

/** What a connection depends on beside its flags. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly warn: (text: string) => void;
  /** The command is for operators, whose key is `ADMIN_API_KEY`. */
  readonly isForOperators: boolean;
}

/** What `npm start` and `sukkal dev` serve. */
export const URL_DEFAULT = "http://127.0.0.1:8787";
/** Services without authentication take any project; this is the one of the README. */
const PROJECT_DEFAULT = "demo";

export async function connectionOf(flags: ConnectionFlags, surroundings: Surroundings): Promise<Connection> {
  const connection = await resolved(flags, surroundings);
  const { project, credential } = connection;
  assertHeader(project ?? "", "The project");
  if (credential.kind === "key") assertHeader(credential.key, `The key of ${credential.source}`);
  if (credential.kind !== "token") return connection;
  const { token: given, source } = credential;
  const token = async (): Promise<string> => assertHeader(await given(), `The token of ${source}`);
  return { ...connection, credential: { ...credential, token } };
}

/** What cannot be sent in a header would look as if the service could not be reached. The text may be a secret. */
function assertHeader(text: string, what: string): string {
  if (/^[\x20-\x7E]*$/.test(text)) return text;
  throw new Failure(`${what} has a character that it cannot have, such as a line break.`, { exitCode: EXIT.usage });
}

async function resolved(flags: ConnectionFlags, surroundings: Surroundings): Promise<Connection> {
  // A context that is named in the command line counts alone: the variables may be those of another service.
  const env = flags.context === undefined ? surroundings.env : {};
  const address = addressOf(flags, env);
  const chosen = await chosenContext(flags, surroundings);
  const named = ofSameService(chosen, address, surroundings);
  const project = flags.project ?? variable(env, "SUKKAL_PROJECT") ?? named?.context.project ?? null;
  const cloud = named?.context.cloud ?? (named === null && address === null ? unnamedCloud(env) : null);
  if (cloud !== null) {
    const entered = await cloudConnection(cloud, named, flags.project, surroundings);
    const own = credentialOfVariables(env, entered, surroundings);
    return { ...entered, ...(own === null ? {} : { credential: own }), project };
  }
  const url = serviceUrl(address?.url ?? named?.context.url ?? URL_DEFAULT);
  const urlSource = address?.source ?? (named?.context.url === undefined ? "default" : `context ${named.name}`);
  const credential =
    credentialOfVariables(env, { url, urlSource }, surroundings) ?? (await credentialOf(named, surroundings.signal));
  // A credential names its project.
  const assumed = credential.kind === "none" ? PROJECT_DEFAULT : null;
  return { url, urlSource, project: project ?? assumed, credential, context: named?.name ?? null };
}

/** OpenStack's variables describe other programs too: those of Sukkal win. */
function unnamedCloud(env: NodeJS.ProcessEnv): string | null {
  return ownCredential(env) === null && variable(env, "ADMIN_API_KEY") === null ? cloudOfVariables(env) : null;
}

async function cloudConnection(
  cloud: string,
  named: NamedContext | null,
  project: string | undefined,
  { env, signal }: Surroundings,
): Promise<Omit<Connection, "project">> {
  const own = await cloudSettings(cloud, env);
  // A token is for one project, whatever a header says.
  const settings = project === undefined ? own : scopedTo(project, own);
  const source = cloud === CLOUD_OF_VARIABLES ? "OS_ variables" : `cloud ${cloud}`;
  const first = await enterCloud(source, settings, signal);
  let unused: CloudSession | null = first;
  // The client asks again when the service refuses the token.
  const token = async (): Promise<string> => {
    const session = unused ?? (await enterCloud(source, settings, signal));
    unused = null;
    return session.token;
  };
  const address = named?.context.url;
  return {
    url: serviceUrl(address ?? first.url),
    urlSource: address === undefined ? source : `context ${named?.name ?? ""}`,
    credential: { kind: "token", token, source },
    context: named?.name ?? null,
  };
}

interface Address {
  readonly url: string;
  readonly source: string;
}

interface NamedContext {
  readonly name: string;
  readonly context: Context;
}

function addressOf({ url }: ConnectionFlags, env: NodeJS.ProcessEnv): Address | null {
  if (url !== undefined) return { url, source: "--url" };
  const own = variable(env, "SUKKAL_URL");
  return own === null ? null : { url: own, source: "SUKKAL_URL" };
}

async function chosenContext(flags: ConnectionFlags, { env, warn }: Surroundings): Promise<NamedContext | null> {
  const { path, current, contexts } = await readContexts(env, warn);
  const name = flags.context ?? variable(env, "SUKKAL_CONTEXT") ?? current;
  if (name === null) return null;
  return { name, context: contextCalled(name, contexts, path) };
}

/** The context of a name; a failure if there is none. */
export function contextCalled(name: string, contexts: Readonly<Record<string, Context>>, path: string): Context {
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context !== undefined) return context;
  const known = Object.keys(contexts);
  const hint =
    known.length === 0 ? "Add one: sukkal context add NAME --url URL" : `Known contexts: ${known.join(", ")}`;
  throw new Failure(`There is no context "${name}" in ${path}.`, { exitCode: EXIT.usage, hint });
}

/** Nothing of a context goes to another service than its own, least of all its credential. */
function ofSameService(
  named: NamedContext | null,
  address: Address | null,
  { warn }: Surroundings,
): NamedContext | null {
  if (named === null || address === null) return named;
  const { url, key, key_command: command, cloud } = named.context;
  // The address of a cloud's service is in its catalog, which only a token shows.
  const own = url ?? (cloud === undefined ? URL_DEFAULT : null);
  if (own !== null && isSameOrigin(own, address.url)) return named;
  if (key !== undefined || command !== undefined || cloud !== undefined) {
    const what = `The credential of the context ${named.name} is for ${own ?? `the cloud ${cloud ?? ""}`}.`;
    warn(`${what} It is not sent to ${address.url} (${address.source}).`);
  }
  return null;
}

/** Variables hold a credential for the service of `SUKKAL_URL`; without it, for that of the command line or context. */
function credentialOfVariables(
  env: NodeJS.ProcessEnv,
  { url, urlSource }: Pick<Connection, "url" | "urlSource">,
  { warn, isForOperators }: Surroundings,
): Credential | null {
  const credential = (isForOperators ? operatorKey(env, { urlSource, warn }) : null) ?? ownCredential(env);
  const own = variable(env, "SUKKAL_URL");
  if (credential === null || own === null || isSameOrigin(own, url)) return credential;
  warn(`${credential.source} is for ${own} (SUKKAL_URL). It is not sent to ${url}.`);
  return null;
}

function ownCredential(env: NodeJS.ProcessEnv): PresentCredential | null {
  const key = variable(env, "SUKKAL_KEY");
  if (key !== null) return { kind: "key", key, source: "SUKKAL_KEY" };
  const token = variable(env, "SUKKAL_TOKEN");
  if (token !== null) return { kind: "token", token: async () => token, source: "SUKKAL_TOKEN" };
  return null;
}

/** The variable configures the service too, so whoever starts one has it: it is not meant for the service of a context. */
function operatorKey(
  env: NodeJS.ProcessEnv,
  { urlSource, warn }: { readonly urlSource: string; readonly warn: Surroundings["warn"] },
): PresentCredential | null {
  const key = variable(env, "ADMIN_API_KEY");
  if (key === null) return null;
  if (!urlSource.startsWith("context ")) return { kind: "key", key, source: "ADMIN_API_KEY" };
  warn(`ADMIN_API_KEY is not sent to the service of the ${urlSource}. Name that with SUKKAL_URL if it is meant.`);
  return null;
}

async function credentialOf(named: NamedContext | null, signal: AbortSignal): Promise<Credential> {
  const { key, key_command: command } = named?.context ?? {};
  const source = `context ${named?.name ?? ""}`;
  if (key !== undefined) return { kind: "key", key, source };
  if (command !== undefined) return { kind: "key", key: await outputOf(command, signal), source };
  return { kind: "none" };
}

/** The address of a service, as the client takes it: many write it with `/v2`. */
export function serviceUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (isWeb && url.username === "" && url.password === "" && url.search === "" && url.hash === "")
    return text.replace(/\/*(?:\/v2\/*)?$/, "");
  // A user, a query or anything else may have a password.
  const shown = /^[\w.:/-]+$/.test(text) && !text.startsWith("sk_") ? `"${text}"` : "The text that is given";
  throw new Failure(`${shown} is no address of a service.`, {
    exitCode: EXIT.usage,
    hint: "Write it like https://queues.example.com or http://127.0.0.1:8787.",
  });
}

function isSameOrigin(one: string, other: string): boolean {
  return new URL(serviceUrl(one)).origin === new URL(serviceUrl(other)).origin;
}
