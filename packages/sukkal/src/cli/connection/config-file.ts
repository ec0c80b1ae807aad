/** The contexts of a user, in `config.toml`. Only the user can read the file: it may have keys. */
import { readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify, TomlError } from "smol-toml";
import { pause } from "../../time.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { makeFolder } from "../folders.ts";

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

export interface Contexts {
  /** The name of the context that commands use. */
  readonly current: string | null;
  readonly contexts: Readonly<Record<string, Context>>;
}

const MEMBERS: readonly (keyof Context)[] = ["url", "project", "key", "key_command", "cloud"];
const EMPTY: Contexts = { current: null, contexts: {} };
/** The bits of a mode with which the group or others may read or write. Windows has none of them. */
const [READABLE, WRITABLE] = process.platform === "win32" ? [0, 0] : [0o044, 0o022];

/** `SUKKAL_CONFIG`, or `sukkal/config.toml` in the user's folder for configuration. */
function configPath(env: NodeJS.ProcessEnv): string {
  const given = env["SUKKAL_CONFIG"] ?? "";
  if (given !== "") return given;
  const folder = env["XDG_CONFIG_HOME"] ?? "";
  return join(folder === "" ? join(homedir(), ".config") : folder, "sukkal", "config.toml");
}

/** `warn`: hears that others can read the keys in the file, or change it. */
export async function readContexts(
  env: NodeJS.ProcessEnv,
  warn: (text: string) => void,
): Promise<Contexts & { readonly path: string }> {
  const path = configPath(env);
  const { current, contexts } = await storedIn(path);
  if (Object.keys(contexts).length > 0) {
    const { mode } = await stat(path);
    const hasKeys = Object.values(contexts).some(({ key }) => key !== undefined);
    if ((mode & WRITABLE) !== 0) warn(`Other users can change ${path}, which runs commands. Run: chmod 600 ${path}`);
    else if (hasKeys && (mode & READABLE) !== 0)
      warn(`Other users can read ${path}, which contains keys. Run: chmod 600 ${path}`);
  }
  return { path, current, contexts };
}

async function storedIn(path: string): Promise<Contexts> {
  const text = await readText(path);
  try {
    return text === null ? EMPTY : toContexts(parse(text));
  } catch (error) {
    // Further lines of a syntax error show a part of the file, which may be a key.
    const [reason = ""] = messageOf(error).split("\n");
    const line = error instanceof TomlError ? ` (line ${error.line})` : "";
    throw new Failure(`${path} is not a configuration: ${reason}${line}`, { exitCode: EXIT.usage });
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new Failure(`${path} cannot be read: ${messageOf(error)}`, { exitCode: EXIT.usage });
  }
}

/**
 * Changes what is stored. Commands that run at the same time wait for each other, so none of them overwrites what another has
 * added. Returns the path of the file.
 */
export async function changeContexts(env: NodeJS.ProcessEnv, change: (stored: Contexts) => Contexts): Promise<string> {
  const path = configPath(env);
  try {
    await replace(path, change);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new Failure(`${path} cannot be written (${String(error.code)}).`, { exitCode: EXIT.usage });
  }
  return path;
}

/** In one step, so that a crash leaves the former file. */
async function replace(path: string, change: (stored: Contexts) => Contexts): Promise<void> {
  makeFolder(dirname(path), 0o700);
  // Of a link, such as one into a folder of configuration files, the target is replaced.
  const target = await realpath(path).catch(() => path);
  const known = await stat(target).catch(() => null);
  if (known?.isFile() === false) throw new Failure(`${path} is no file.`, { exitCode: EXIT.usage });
  const fresh = `${target}.lock`;
  await takeLock(fresh, path);
  try {
    const { current, contexts } = change(await storedIn(path));
    await writeFile(fresh, stringify({ ...(current === null ? {} : { current }), contexts }));
    await rename(fresh, target);
  } catch (error) {
    // It may have keys. After the renaming a file of this name is that of another command.
    await rm(fresh, { force: true });
    throw error;
  }
}

/** Milliseconds. A change takes a few. */
const LOCK_WAIT_MS = 2000;
const LOCK_PAUSE_MS = 20;

/** Makes the file that becomes the new one. Only one command can make it. */
async function takeLock(lock: string, path: string): Promise<void> {
  const deadline = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return await writeFile(lock, "", { mode: 0o600, flag: "wx" });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    if (performance.now() >= deadline)
      throw new Failure(`${path} is being changed by another command.`, {
        exitCode: EXIT.usage,
        hint: `If there is none, one was killed: remove ${lock}`,
      });
    await pause(LOCK_PAUSE_MS);
  }
}

function toContexts(document: Readonly<Record<string, unknown>>): Contexts {
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
