/** Which service a command talks to, and with what credential: flags win over variables, variables over the context. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { EXIT, Failure } from "../exit-code.ts";
import { configPath, readConfigFile, type Context } from "./config-file.ts";

export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly project: string | null;
  readonly credential: Credential;
  /** The name of the context; null: none is used. */
  readonly context: string | null;
}

export type Credential =
  | { readonly kind: "none" }
  | { readonly kind: "key"; readonly key: string; readonly source: string }
  | { readonly kind: "token"; readonly token: () => Promise<string>; readonly source: string };

/** The flags that all commands have. */
export interface ConnectionFlags {
  readonly context?: string | undefined;
  readonly url?: string | undefined;
  readonly project?: string | undefined;
}

/** What `npm start` and `sukkal dev` serve. */
export const URL_DEFAULT = "http://127.0.0.1:8787";
/** Services without authentication take any project; this is the one of the README. */
const PROJECT_DEFAULT = "demo";

export async function connectionOf(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Promise<Connection> {
  const { name, context } = await chosenContext(flags, env);
  const url = (flags.url ?? variable(env, "SUKKAL_URL") ?? context.url ?? URL_DEFAULT).replace(/\/+$/, "");
  assertUrl(url);
  const credential = ownCredential(env) ?? (await credentialOf(context, { name, url }));
  const project = flags.project ?? variable(env, "SUKKAL_PROJECT") ?? context.project;
  // A credential names its project.
  const assumed = credential.kind === "none" ? PROJECT_DEFAULT : null;
  return { url, project: project ?? assumed, credential, context: name };
}

async function chosenContext(
  flags: ConnectionFlags,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly name: string | null; readonly context: Context }> {
  const path = configPath(env);
  const { current, contexts } = await readConfigFile(path);
  const name = flags.context ?? variable(env, "SUKKAL_CONTEXT") ?? current;
  if (name === null) return { name: null, context: {} };
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (context !== undefined) return { name, context };
  const known = Object.keys(contexts);
  const hint =
    known.length === 0 ? "Add one: sukkal context add NAME --url URL" : `Known contexts: ${known.join(", ")}`;
  throw new Failure(`There is no context "${name}" in ${path}.`, { exitCode: EXIT.usage, hint });
}

function ownCredential(env: NodeJS.ProcessEnv): Credential | null {
  const key = variable(env, "SUKKAL_KEY");
  if (key !== null) return { kind: "key", key, source: "SUKKAL_KEY" };
  const token = variable(env, "SUKKAL_TOKEN");
  if (token !== null) return { kind: "token", token: async () => token, source: "SUKKAL_TOKEN" };
  return null;
}

/** A credential goes to the service that the context names, and to no other that a flag or variable names instead. */
async function credentialOf(
  { url: own, key, key_command: command }: Context,
  { name, url }: { readonly name: string | null; readonly url: string },
): Promise<Credential> {
  if (key === undefined && command === undefined) return { kind: "none" };
  if (own !== undefined && new URL(own).origin !== new URL(url).origin) return { kind: "none" };
  const source = `context ${name ?? ""}`;
  return { kind: "key", key: key ?? (await outputOf(command ?? "")), source };
}

async function outputOf(command: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", command], { timeout: 60_000 });
    const key = stdout.trim();
    if (key === "") throw new Error("it printed nothing");
    return key;
  } catch (error) {
    // The error of `execFile` repeats the command, and what it has printed to standard error.
    const reason = error instanceof Error ? (error.message.split("\n").at(-1) ?? "") : String(error);
    throw new Failure(`key_command has failed: ${reason}`, { exitCode: EXIT.notAllowed });
  }
}

function assertUrl(url: string): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (protocol === "http:" || protocol === "https:") return;
  throw new Failure(`"${url}" is no address of a service.`, {
    exitCode: EXIT.usage,
    hint: "Write it like https://queues.example.com or http://127.0.0.1:8787.",
  });
}

/** An empty variable counts as unset. */
export function variable(env: NodeJS.ProcessEnv, name: string): string | null {
  const text = env[name] ?? "";
  return text === "" ? null : text;
}
