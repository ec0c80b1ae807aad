/** What is wrong with a deployment as far as wrangler.toml, its secrets and its bundle tell: sentences for the operator. */
import { readConfig } from "../src/config/config.ts";
import { VARIABLES } from "../src/config/settings.ts";

/** The members of wrangler.toml that are judged. */
export interface WranglerConfig {
  readonly compatibility_flags?: readonly string[];
  readonly workers_dev?: boolean;
  readonly vars?: Readonly<Record<string, unknown>>;
}

export interface Judgement {
  readonly findings: readonly string[];
  /** Secrets without which these settings mean nothing. */
  readonly neededSecrets: readonly string[];
}

/** A webhook to a host of the Worker's own zone would reach its origin past what guards it. */
const FLAG = "global_fetch_strictly_public";
/** Cloudflare takes 64 on its free plan; a few are left for what an operator adds. */
export const BINDINGS_MAX = 60;
/** Cloudflare's bound for each. */
export const TEXT_BYTES_MAX = 5_000;
/** Of the bundle, compressed; Cloudflare takes 3 MB. */
export const BUNDLE_BYTES_MAX = 204_800;

const SECRETS = VARIABLES.filter(({ isSecret }) => isSecret === true).map(({ name }) => name);

/** `secrets`: those that will be there, with their values; null: not known, and taken for granted. */
export function judge(config: WranglerConfig, secrets: Readonly<Record<string, string>> | null): Judgement {
  const vars = config.vars ?? {};
  const settings = judgeSettings(vars, secrets);
  const count = new Set([...Object.keys(vars), ...Object.keys(secrets ?? {}), ...settings.neededSecrets]).size;
  return {
    neededSecrets: settings.neededSecrets,
    findings: [
      ...(config.compatibility_flags?.includes(FLAG) === true
        ? []
        : [
            `compatibility_flags lack "${FLAG}": subscribers could reach origins of your own zone past what guards them.`,
          ]),
      ...judgeTrust(config),
      ...judgeNames(vars),
      ...settings.findings,
      ...(count > BINDINGS_MAX
        ? [`There are ${count} vars and secrets, and ${BINDINGS_MAX} are safe: remove vars that are at their defaults.`]
        : []),
      ...Object.entries({ ...vars, ...secrets }).flatMap(([name, value]) => {
        const bytes = Buffer.byteLength(String(value));
        return bytes > TEXT_BYTES_MAX ? [`${name} has ${bytes} bytes: Cloudflare takes ${TEXT_BYTES_MAX}.`] : [];
      }),
    ],
  };
}

function judgeTrust({ vars, workers_dev: workersDev }: WranglerConfig): readonly string[] {
  if (vars?.["AUTH_STRATEGY"] !== "none" || workersDev === false) return [];
  const way = "choose keys or keystone, or set workers_dev = false and authenticate in front of a route";
  return [`AUTH_STRATEGY is none: anyone who finds the workers.dev address can act as any project. Either ${way}.`];
}

function judgeNames(vars: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(vars).flatMap(([name, value]) => {
    if (SECRETS.includes(name))
      return [`${name} is a secret: take it out of wrangler.toml, npx wrangler secret put it.`];
    if (!VARIABLES.some((setting) => setting.name === name)) return [`${name} is no setting of this version.`];
    return typeof value === "string" ? [] : [`${name} is no text: put its value into quotes.`];
  });
}

/** By the reader that the Worker itself uses. A secret that is not known stands in as any value of its form. */
function judgeSettings(
  vars: Readonly<Record<string, unknown>>,
  secrets: Readonly<Record<string, string>> | null,
): Judgement {
  const hasKeys = /\bkeys\b/.test(String(vars["AUTH_STRATEGY"]));
  const needed = hasKeys ? ["ADMIN_API_KEY"] : [];
  const environment = { ...vars, ...secrets };
  for (;;) {
    const standIns = Object.fromEntries(needed.map((name) => [name, secrets?.[name] ?? STAND_IN]));
    const defect = defectOf({ ...environment, ...standIns });
    const missing = SECRETS.find((name) => defect?.startsWith(`${name} is not set`) === true);
    if (missing !== undefined && !needed.includes(missing)) needed.push(missing);
    else {
      const absent = secrets === null ? [] : needed.filter((name) => (secrets[name] ?? "") === "");
      const findings = absent.map((name) => `${name} is not among the secrets, and these settings need it.`);
      return { neededSecrets: needed, findings: defect === null ? findings : [defect, ...findings] };
    }
  }
}

const STAND_IN = `sk_admin_${"0123456789abcdef".repeat(4)}`;

/** Never the value of a secret. */
function defectOf(environment: Readonly<Record<string, unknown>>): string | null {
  try {
    readConfig(environment);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
