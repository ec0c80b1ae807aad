/**
 * `npm run keys`: creates, lists and revokes API keys from the command line, over the API that docs/COMPATIBILITY.md
 * describes. Results for scripts go to standard output, all other text to standard error.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { Refusal } from "./refusal.ts";

const USAGE = `npm run keys -- COMMAND

  new-admin-key            generates a value for the secret ADMIN_API_KEY; needs no running service
  create --project ID      creates a key and prints it; it cannot be shown again
    [--roles ROLES]          reader, member (default) or admin; several separated by commas
    [--prefix TEXT]          the key covers only queues and topics whose names begin with TEXT
    [--expires TIME]         for example 2030-01-01T00:00:00Z; default: never
    [--description TEXT]
  list --project ID        lists the keys of a project, without their secrets
  revoke KEY_ID            revokes a key; takes effect everywhere within 60 seconds

Environment variables:
  SUKKAL_URL     the service (default: http://127.0.0.1:8787)
  ADMIN_API_KEY  the key for these requests: the operator's key, or an admin key of a project (then without --project)`;

const OPTIONS = {
  project: { type: "string" },
  roles: { type: "string" },
  prefix: { type: "string" },
  expires: { type: "string" },
  description: { type: "string" },
  help: { type: "boolean" },
} as const;

type Options = Readonly<Partial<Record<Exclude<keyof typeof OPTIONS, "help">, string>>>;

interface Key {
  readonly id: string;
  readonly key?: string;
  readonly project_id: string;
  readonly roles: readonly string[];
  readonly queue_prefix: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly description: string;
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const [command, ...rest] = positionals;
  if (values.help === true || command === undefined) return void process.stdout.write(`${USAGE}\n`);
  const run = COMMANDS[command];
  if (run === undefined) throw new Refusal(`There is no command "${command}".\n\n${USAGE}`);
  await run(values, rest);
}

function readArguments(): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

const COMMANDS: Readonly<Record<string, (options: Options, rest: readonly string[]) => Promise<void> | void>> = {
  "new-admin-key": () => {
    process.stdout.write(`sk_admin_${randomBytes(32).toString("base64url")}\n`);
  },
  create: async ({ project, roles, prefix, expires, description }) => {
    const body = {
      ...(project === undefined ? {} : { project_id: project }),
      ...(roles === undefined ? {} : { roles: roles.split(",").map((role) => role.trim()) }),
      ...(prefix === undefined ? {} : { queue_prefix: prefix }),
      ...(expires === undefined ? {} : { expires_at: expires }),
      ...(description === undefined ? {} : { description }),
    };
    const made = (await ask("POST", "/v2/keys", body)) as Key;
    process.stderr.write(`${describe(made)}\nThe key, which cannot be shown again:\n`);
    process.stdout.write(`${made.key ?? ""}\n`);
  },
  list: async ({ project }) => {
    const query = project === undefined ? "" : `&project_id=${encodeURIComponent(project)}`;
    for (let marker = ""; ;) {
      const page = (await ask("GET", `/v2/keys?limit=100${marker}${query}`)) as { readonly keys: readonly Key[] };
      for (const key of page.keys) process.stdout.write(`${describe(key)}\n`);
      const last = page.keys.at(-1);
      if (last === undefined) return;
      marker = `&marker=${encodeURIComponent(last.id)}`;
    }
  },
  revoke: async (_, [id]) => {
    if (id === undefined) throw new Refusal(`revoke needs the id of a key, which list shows.\n\n${USAGE}`);
    await ask("DELETE", `/v2/keys/${encodeURIComponent(id)}`);
    process.stderr.write(`${id} is revoked; it may still be accepted for up to 60 seconds.\n`);
  },
};

function describe(key: Key): string {
  const { id, project_id: project, roles, queue_prefix: prefix, expires_at: expires, last_used_at: used } = key;
  const queues = prefix === "" ? "all queues" : `queues ${prefix}*`;
  const until = expires === null ? "no expiry" : `until ${expires}`;
  const use = used === null ? "never used" : `last used about ${used}`;
  return [id, `project ${project}`, roles.join(","), queues, until, use, key.description].join("  ").trimEnd();
}

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const url = (process.env["SUKKAL_URL"] ?? "http://127.0.0.1:8787").replace(/\/$/, "");
  const key = process.env["ADMIN_API_KEY"] ?? "";
  if (key === "")
    throw new Refusal("ADMIN_API_KEY is not set. Set it to the operator's key, or to an admin key of the project.");
  const response = await send(url + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Client-ID": randomUUID(), "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.ok) return text === "" ? null : JSON.parse(text);
  const hint =
    response.status === 401 ? "\nCheck that ADMIN_API_KEY is the one that the service was started with." : "";
  throw new Refusal(`${url} answered ${response.status}: ${text}${hint}`);
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Refusal(`${url} cannot be reached (${cause}). Check SUKKAL_URL, and that the service is running.`);
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Refusal ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
