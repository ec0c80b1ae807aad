/** The contexts of a user, in `config.toml`. Only the user can read the file: it may have keys. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "smol-toml";
import { EXIT, Failure } from "../exit-code.ts";

/** A service, and how to reach it. All members are optional: others come from flags and variables. */
export interface Context {
  readonly url?: string;
  readonly project?: string;
  /** An API key. */
  readonly key?: string;
  /** A shell command that prints an API key, such as one of a password manager. */
  readonly key_command?: string;
  /** The name of a cloud in clouds.yaml. */
  readonly cloud?: string;
}

export interface ConfigFile {
  /** The name of the context that commands use. */
  readonly current: string | null;
  readonly contexts: Readonly<Record<string, Context>>;
}

const MEMBERS: readonly (keyof Context)[] = ["url", "project", "key", "key_command", "cloud"];
const EMPTY: ConfigFile = { current: null, contexts: {} };

/** `SUKKAL_CONFIG`, or `sukkal/config.toml` in the user's folder for configuration. */
export function configPath(env: NodeJS.ProcessEnv): string {
  const given = env["SUKKAL_CONFIG"] ?? "";
  if (given !== "") return given;
  const folder = env["XDG_CONFIG_HOME"] ?? "";
  return join(folder === "" ? join(homedir(), ".config") : folder, "sukkal", "config.toml");
}

export async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return EMPTY;
    throw new Failure(`${path} cannot be read: ${messageOf(error)}`, { exitCode: EXIT.usage });
  }
  try {
    return toConfig(parse(text));
  } catch (error) {
    throw new Failure(`${path} is not a configuration: ${messageOf(error)}`, { exitCode: EXIT.usage });
  }
}

/** Replaces the file in one step, so that a crash leaves the former one. */
export async function writeConfigFile(path: string, { current, contexts }: ConfigFile): Promise<void> {
  const document = { ...(current === null ? {} : { current }), contexts };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, stringify(document), { mode: 0o600 });
  await rename(fresh, path);
}

function toConfig(document: Readonly<Record<string, unknown>>): ConfigFile {
  const { current, contexts = {} } = document;
  if (current !== undefined && typeof current !== "string") throw new Error("current must be the name of a context");
  if (!isTable(contexts)) throw new Error("contexts must be a table");
  return {
    current: current ?? null,
    contexts: Object.fromEntries(Object.entries(contexts).map(([name, value]) => [name, toContext(name, value)])),
  };
}

function toContext(name: string, value: unknown): Context {
  if (!isTable(value)) throw new Error(`contexts.${name} must be a table`);
  for (const [member, text] of Object.entries(value)) {
    if (!(MEMBERS as readonly string[]).includes(member))
      throw new Error(`contexts.${name}.${member} is unknown; known are ${MEMBERS.join(", ")}`);
    if (typeof text !== "string") throw new Error(`contexts.${name}.${member} must be a text`);
  }
  return value;
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
