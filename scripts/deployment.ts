/** Checks wrangler.toml and its secrets. Each finding is a sentence for the operator. */
import { readConfig } from "../src/config/config.ts";
import { VARIABLES } from "../src/config/settings.ts";
import { misspelt } from "../src/config/warnings.ts";

/** The members of wrangler.toml that are checked. */
export interface WranglerConfig {
  readonly compatibility_flags?: readonly string[];
  readonly workers_dev?: boolean;
  readonly vars?: Readonly<Record<string, unknown>>;
}

export interface Judgement {
  readonly findings: readonly string[];
  /** The secrets that these settings need. */
  readonly neededSecrets: readonly string[];
}

/** The compatibility flags that the service relies on, with what happens without them. `wrangler.toml` has the reasons. */
const FLAGS = {
  global_fetch_strictly_public: "subscribers could reach the origins of your own zone directly",
  enable_request_signal: "a claim that waits would take a message for a client that has disconnected",
  no_web_socket_compression:
    "a WebSocket connection would need three times the memory, and a small frame could become 32 MiB",
};
/** Cloudflare's free plan allows 64 vars and secrets. The operator may add a few. */
export const BINDINGS_MAX = 60;
/** Cloudflare's limit for the size of each. */
export const TEXT_BYTES_MAX = 5_000;
/** The limit for the compressed bundle. Cloudflare's own limit is 3 MB. */
export const BUNDLE_BYTES_MAX = 204_800;

const SECRETS = VARIABLES.filter(({ isSecret }) => isSecret === true).map(({ name }) => name);

/** `secrets`: the values that will be set; null: unknown, so needed ones are assumed to be set. */
export function judge(config: WranglerConfig, secrets: Readonly<Record<string, string>> | null): Judgement {
  const vars = config.vars ?? {};
  const settings = judgeSettings(vars, secrets);
  const count = new Set([...Object.keys(vars), ...Object.keys(secrets ?? {}), ...settings.neededSecrets]).size;
  return {
    neededSecrets: settings.neededSecrets,
    findings: [
      ...judgeFlags(config),
      ...judgeTrust(config),
      ...judgeNames(vars),
      ...judgeSecretNames(secrets),
      ...settings.findings,
      ...(count > BINDINGS_MAX
        ? [
            `There are ${count} vars and secrets. The limit is ${BINDINGS_MAX}. Remove vars that have their default value.`,
          ]
        : []),
      ...Object.entries({ ...vars, ...secrets }).flatMap(([name, value]) => {
        const bytes = Buffer.byteLength(String(value));
        return bytes > TEXT_BYTES_MAX ? [`${name} has ${bytes} bytes. Cloudflare allows ${TEXT_BYTES_MAX}.`] : [];
      }),
    ],
  };
}

function judgeFlags({ compatibility_flags: flags = [] }: WranglerConfig): readonly string[] {
  const missing = Object.entries(FLAGS).filter(([flag]) => !flags.includes(flag));
  return missing.map(([flag, effect]) => `compatibility_flags lack "${flag}": ${effect}.`);
}

function judgeTrust({ vars, workers_dev: workersDev }: WranglerConfig): readonly string[] {
  if (vars?.["AUTH_STRATEGY"] !== "none" || workersDev === false) return [];
  const remedy = "Choose keys or keystone, or set workers_dev = false and use a route behind an authenticating proxy";
  return [`AUTH_STRATEGY is none: anyone who finds the workers.dev address can act as any project. ${remedy}.`];
}

function judgeNames(vars: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(vars).flatMap(([name, value]) => {
    if (SECRETS.includes(name))
      return [`${name} is a secret. Remove it from wrangler.toml and run: npx wrangler secret put ${name}`];
    if (!VARIABLES.some((setting) => setting.name === name))
      return [`${name} is not a setting of this version${hint(name)}`];
    return typeof value === "string" ? [] : [`${name} must be a text: put its value into quotes.`];
  });
}

/** Only misspelt ones: other Workers and tools may share the secrets. */
function judgeSecretNames(secrets: Readonly<Record<string, string>> | null): readonly string[] {
  const names = Object.keys(secrets ?? {}).filter((name) => misspelt(name) !== null);
  return names.map((name) => `The secret ${name} is not a setting of this version${hint(name)}`);
}

function hint(name: string): string {
  const meant = misspelt(name);
  return meant === null ? "." : `: did you mean ${meant}?`;
}

/** Uses the function that the Worker itself uses. Unknown secrets are replaced by a valid placeholder. */
function judgeSettings(
  vars: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>> | null,
): Judgement {
  const hasKeys = /\bkeys\b/.test(String(vars["AUTH_STRATEGY"]));
  const needed = hasKeys ? ["ADMIN_API_KEY"] : [];
  const environment = { ...vars, ...secrets };
  for (;;) {
    const placeholders = Object.fromEntries(needed.map((name) => [name, secrets?.[name] ?? PLACEHOLDER]));
    const defect = defectOf({ ...environment, ...placeholders });
    const missing = SECRETS.find((name) => defect?.startsWith(`${name} is not set`) === true);
    if (missing !== undefined && !needed.includes(missing)) needed.push(missing);
    else {
      const absent = secrets === null ? [] : needed.filter((name) => (secrets[name] ?? "") === "");
      const findings = absent.map(
        (name) => `These settings need the secret ${name}, which is not in the secrets file.`,
      );
      return { neededSecrets: needed, findings: defect === null ? findings : [defect, ...findings] };
    }
  }
}

const PLACEHOLDER = `sk_admin_${"0123456789abcdef".repeat(4)}`;

/** The first invalid setting, in sentences, which never contain the value of a secret; null: all are valid. */
function defectOf(environment: Readonly<Record<string, unknown>>): string | null {
  try {
    readConfig(environment);
    return null;
  } catch (error) {
    const defect = error instanceof Error ? error.message : String(error);
    const [, unset = ""] = /^(\w+) is not set\b/.exec(defect) ?? [];
    return unset === "" || SECRETS.includes(unset) ? defect : `${defect} ${WHERE}`;
  }
}

/** `npm start` reads the environment, where operators set them first. */
const WHERE = "Settings belong under [vars] in wrangler.toml: variables of this shell are not deployed.";
