/**
 * `npm run deploy:check`, which also runs before `npm run deploy`: what is wrong with the deployment, before it is one. Asks
 * nobody, so whether a secret is set in the cloud it cannot tell; with `-- --secrets-file PATH`, as wrangler has it, it judges
 * those that will be sent.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, parseEnv, stripVTControlCharacters } from "node:util";
import { gzipSync } from "node:zlib";
import { parse } from "smol-toml";
import { BUNDLE_BYTES_MAX, judge, type WranglerConfig } from "./deployment.ts";
import { Refusal } from "./refusal.ts";
import { ROOT, runWrangler } from "./wrangler.ts";

async function main(): Promise<void> {
  const values = readOptions();
  const config = values.config ?? join(ROOT, "wrangler.toml");
  const secrets = values["secrets-file"] === undefined ? null : readSecrets(values["secrets-file"]);
  const { findings, neededSecrets } = judge(readToml(config), secrets?.values ?? null);
  const all = [...findings, ...(secrets?.findings ?? []), ...(await judgeBundle(config))];
  if (secrets === null && neededSecrets.length > 0) {
    const names = neededSecrets.join(", ");
    process.stderr.write(`These settings need the secrets ${names}: npx wrangler secret list shows what is set.\n`);
  }
  if (all.length > 0) throw new Refusal(all.join("\n"));
  process.stderr.write("Nothing speaks against deploying this.\n");
}

function readOptions(): { readonly config?: string; readonly "secrets-file"?: string } {
  try {
    return parseArgs({ options: { config: { type: "string" }, "secrets-file": { type: "string" } } }).values;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(`${why}\nIt takes --config PATH and --secrets-file PATH, as wrangler has them.`);
  }
}

function readToml(path: string): WranglerConfig {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Refusal(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Secrets {
  readonly values: Readonly<Record<string, string>>;
  readonly findings: readonly string[];
}

/** JSON or lines of NAME=value, in which wrangler takes a dollar sign for the name of a variable, and sends that one's value. */
function readSecrets(path: string): Secrets {
  try {
    const text = readFileSync(path, "utf8");
    if (text.trimStart().startsWith("{")) {
      return { values: JSON.parse(text) as Record<string, string>, findings: [] };
    }
    const values = parseEnv(text) as Record<string, string>;
    const expanded = Object.keys(values).filter((name) => values[name]?.includes("$") === true);
    return {
      values,
      findings: expanded.map(
        (name) => `${name} holds a $, behind which wrangler expects a variable: use a JSON object.`,
      ),
    };
  } catch {
    // What a parser says may quote what it parsed.
    throw new Refusal(`${path} cannot be read as secrets: it must be a JSON object, or lines of NAME=value.`);
  }
}

/** As wrangler would send it. */
async function judgeBundle(config: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "sukkal-deploy-"));
  try {
    const args = ["deploy", "--dry-run", "--outdir", folder, "--config", config];
    const { code, output } = await runWrangler(args);
    const said = stripVTControlCharacters(output);
    if (code !== 0) return [`wrangler would not deploy this:\n${said}`];
    const [warnings = ""] = said.includes("[WARNING]") ? said.split(/^Total Upload: /m) : [];
    const bytes = gzipSync(readFileSync(join(folder, "index.js"))).length;
    return [
      ...(warnings === "" ? [] : [`wrangler warns:\n${warnings.trim()}`]),
      ...(bytes > BUNDLE_BYTES_MAX
        ? [`The bundle has ${bytes} bytes compressed: the bound is ${BUNDLE_BYTES_MAX}.`]
        : []),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch((error: unknown) => {
  const text = error instanceof Refusal ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
