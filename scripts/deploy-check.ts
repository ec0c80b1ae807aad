/**
 * `npm run deploy:check`, which also runs before `npm run deploy`: checks a deployment without making it. It makes no
 * requests, so it does not know which secrets are set in the cloud. With `-- --secrets-file PATH`, an option of wrangler, it
 * checks the secrets in that file.
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

const USAGE = `Usage: npm run deploy:check -- [--config PATH] [--secrets-file PATH]
Checks what npm run deploy would send. The options have the same meaning as in wrangler.
`;

async function main(): Promise<void> {
  const values = readOptions();
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const config = values.config ?? join(ROOT, "wrangler.toml");
  const secrets = values["secrets-file"] === undefined ? null : readSecrets(values["secrets-file"]);
  const { findings, neededSecrets } = judge(readToml(config), secrets?.values ?? null);
  const all = [...findings, ...(secrets?.findings ?? []), ...(await judgeBundle(config))];
  if (secrets === null && neededSecrets.length > 0) {
    const names = neededSecrets.join(", ");
    process.stderr.write(`These settings need the secrets ${names}. To see which are set: npx wrangler secret list\n`);
  }
  if (all.length > 0) throw new Refusal(all.join("\n"));
  process.stderr.write("The deployment check found no problems.\n");
}

function readOptions(): { readonly config?: string; readonly "secrets-file"?: string; readonly help?: boolean } {
  const path = { type: "string" } as const;
  try {
    return parseArgs({ options: { config: path, "secrets-file": path, help: { type: "boolean" } } }).values;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(
      `${why}\nThe options are --config PATH and --secrets-file PATH, with the same meaning as in wrangler.`,
    );
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

/** JSON, or lines of NAME=value. In such lines wrangler replaces a dollar sign and a name by the value of that variable. */
function readSecrets(path: string): Secrets {
  const text = readOr(path, (code) => `${path} cannot be read (${code}).`);
  try {
    if (text.trimStart().startsWith("{")) {
      return { values: JSON.parse(text) as Record<string, string>, findings: [] };
    }
    const values = parseEnv(text) as Record<string, string>;
    const expanded = Object.keys(values).filter((name) => values[name]?.includes("$") === true);
    return {
      values,
      findings: expanded.map(
        (name) =>
          `${name} contains a $, which wrangler would read as a variable. Use a JSON object in the secrets file.`,
      ),
    };
  } catch {
    // The parser's message is not passed on, because it may quote a secret.
    throw new Refusal(`${path} is not a valid secrets file: it must be a JSON object, or lines of NAME=value.`);
  }
}

function readOr(path: string, sentence: (code: string) => string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Refusal(sentence(String((error as NodeJS.ErrnoException).code)));
  }
}

/** Builds the bundle as wrangler would send it. Returns wrangler's warnings and a bundle that is too large. */
async function judgeBundle(config: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "sukkal-deploy-"));
  try {
    const args = ["deploy", "--dry-run", "--outdir", folder, "--config", config];
    const { code, output } = await runWrangler(args);
    const report = stripVTControlCharacters(output);
    if (code !== 0) return [toRefusal(report)];
    const [warnings = ""] = report.includes("[WARNING]") ? report.split(/^Total Upload: /m) : [];
    const bytes = gzipSync(readFileSync(join(folder, "index.js"))).length;
    return [
      ...(warnings === "" ? [] : [`wrangler warns:\n${warnings.trim()}`]),
      ...(bytes > BUNDLE_BYTES_MAX
        ? [`The compressed bundle has ${bytes} bytes. The limit is ${BUNDLE_BYTES_MAX}.`]
        : []),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `report`: what wrangler has printed. Its stack for a package that is not installed would hide which one it is. */
function toRefusal(report: string): string {
  const [, imported, named = imported] =
    /Cannot find (?:module|package) '(.+?)'|The package "(.+?)" could not be found/.exec(report) ?? [];
  return named === undefined
    ? `wrangler refuses this deployment:\n${report}`
    : `The bundle was not checked: ${named} is not installed. Run npm ci --include=dev.`;
}

await main().catch((error: unknown) => {
  const text = error instanceof Refusal ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
