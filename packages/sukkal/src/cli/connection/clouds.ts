/** OpenStack's settings of a cloud: from clouds.yaml, or from the variables that openrc files set. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { EXIT, Failure } from "../exit-code.ts";
import { variable } from "./variables.ts";

/** The name of the cloud that consists of the variables, as in OpenStack's clients. */
export const CLOUD_OF_VARIABLES = "envvars";

export interface CloudSettings {
  /** Such as `password` or `v3applicationcredential`; null: what the members of `auth` suggest. */
  readonly authType: string | null;
  /** `auth_url`, `username` and so on. */
  readonly auth: Readonly<Record<string, string>>;
  readonly region: string | null;
  /** `public`, `internal` or `admin`. */
  readonly interface: string;
  /** The address of the service, in place of that in the catalog. */
  readonly endpoint: string | null;
  /** A file with certificates of authorities. */
  readonly caFile: string | null;
  /** Whether certificates are checked. */
  readonly isVerified: boolean;
}

type Table = Readonly<Record<string, unknown>>;

/** The cloud that variables name, or that they describe; null: none. */
export function cloudOfVariables(env: NodeJS.ProcessEnv): string | null {
  const isDescribed = variable(env, "OS_AUTH_URL") !== null || variable(env, "OS_ENDPOINT") !== null;
  return variable(env, "OS_CLOUD") ?? (isDescribed ? CLOUD_OF_VARIABLES : null);
}

export async function cloudSettings(name: string, env: NodeJS.ProcessEnv): Promise<CloudSettings> {
  if (name === CLOUD_OF_VARIABLES) return toSettings(fromVariables(env), env);
  const [clouds, secrets] = await Promise.all([readClouds("clouds", env), readClouds("secure", env)]);
  if (clouds === null)
    throw new Failure(`There is no clouds.yaml with a cloud "${name}".`, {
      exitCode: EXIT.usage,
      hint: `It is searched for in ${foldersOf(env).join(", ")}.`,
    });
  const cloud = clouds.tables[name];
  if (!isTable(cloud)) {
    const known = Object.keys(clouds.tables).join(", ");
    throw new Failure(`There is no cloud "${name}" in ${clouds.path}.`, {
      exitCode: EXIT.usage,
      hint: `Known: ${known}`,
    });
  }
  const secret = secrets?.tables[name];
  return toSettings(isTable(secret) ? merged(cloud, secret) : cloud, env);
}

/** The same cloud for another project, by its id. */
export function scopedTo(project: string, settings: CloudSettings): CloudSettings {
  if (settings.auth["application_credential_secret"] !== undefined)
    throw new Failure("An application credential is for its own project: --project cannot choose another one.", {
      exitCode: EXIT.usage,
    });
  const { project_name: _name, project_domain_id: _id, project_domain_name: _domain, ...auth } = settings.auth;
  return { ...settings, auth: { ...auth, project_id: project } };
}

function toSettings(cloud: Table, env: NodeJS.ProcessEnv): CloudSettings {
  const auth = isTable(cloud["auth"]) ? cloud["auth"] : {};
  return {
    authType: textOf(cloud["auth_type"]),
    auth: Object.fromEntries(
      Object.entries(auth).flatMap(([member, value]) => {
        const text = textOf(value);
        return text === null ? [] : [[member, text]];
      }),
    ),
    region: textOf(cloud["region_name"]) ?? variable(env, "OS_REGION_NAME"),
    // Older files write `publicURL`.
    interface: (textOf(cloud["interface"]) ?? textOf(cloud["endpoint_type"]) ?? "public").replace(/URL$/, ""),
    endpoint: textOf(cloud["messaging_endpoint_override"]),
    caFile: textOf(cloud["cacert"]),
    isVerified: cloud["verify"] !== false && cloud["insecure"] !== true,
  };
}

/** Members of `auth` that have a variable of the same name, in capitals. */
const AUTH_MEMBERS = [
  "auth_url",
  "username",
  "user_id",
  "password",
  "user_domain_id",
  "user_domain_name",
  "project_id",
  "project_name",
  "project_domain_id",
  "project_domain_name",
  "default_domain",
  "token",
  "endpoint",
  "application_credential_id",
  "application_credential_name",
  "application_credential_secret",
];

function fromVariables(env: NodeJS.ProcessEnv): Table {
  const own = (member: string): string | null => variable(env, `OS_${member.toUpperCase()}`);
  const project = { project_id: own("tenant_id"), project_name: own("tenant_name") };
  const auth = Object.fromEntries(AUTH_MEMBERS.map((member) => [member, own(member)] as const));
  const insecure = own("insecure")?.toLowerCase();
  return {
    auth_type: own("auth_type"),
    auth: { ...present(project), ...present(auth) },
    region_name: own("region_name"),
    interface: own("interface"),
    endpoint_type: own("endpoint_type"),
    messaging_endpoint_override: own("messaging_endpoint_override"),
    cacert: own("cacert"),
    insecure: insecure === "1" || insecure === "true",
  };
}

function present(table: Readonly<Record<string, string | null>>): Table {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== null));
}

interface Clouds {
  readonly path: string;
  readonly tables: Table;
}

/** The first file of this name. */
async function readClouds(name: "clouds" | "secure", env: NodeJS.ProcessEnv): Promise<Clouds | null> {
  const chosen = variable(env, name === "clouds" ? "OS_CLIENT_CONFIG_FILE" : "OS_CLIENT_SECURE_FILE");
  const paths = chosen === null ? foldersOf(env).map((folder) => join(folder, `${name}.yaml`)) : [chosen];
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch(() => null);
    if (text !== null) return { path, tables: await cloudsIn(text, path) };
  }
  return null;
}

async function cloudsIn(text: string, path: string): Promise<Table> {
  // Loaded here, because it is nearly half of the program, and few commands need it.
  const { parse } = await import("yaml");
  let document: unknown;
  try {
    // Errors would show a part of the file, which may be a password.
    document = parse(text, { prettyErrors: false, logLevel: "error" });
  } catch {
    throw new Failure(`${path} is not YAML.`, { exitCode: EXIT.usage });
  }
  const clouds = isTable(document) ? document["clouds"] : null;
  if (isTable(clouds)) return clouds;
  throw new Failure(`${path} has no clouds.`, { exitCode: EXIT.usage });
}

function foldersOf(env: NodeJS.ProcessEnv): readonly string[] {
  const home = variable(env, "HOME") ?? homedir();
  const config = variable(env, "XDG_CONFIG_HOME") ?? join(home, ".config");
  return [process.cwd(), join(config, "openstack"), "/etc/openstack"];
}

/** The members of both. Tables are merged too, other values are those of the second. */
function merged(one: Table, other: Table): Table {
  const all: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const former = one[name];
    all[name] = isTable(former) && isTable(value) ? merged(former, value) : value;
  }
  return all;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** YAML reads a project that consists of digits as a number. */
function textOf(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}
