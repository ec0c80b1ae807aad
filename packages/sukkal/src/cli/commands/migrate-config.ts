/** `sukkal migrate config`: the settings that correspond to a configuration of Zaqar. */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { flag, text, unreadable } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { assignment, convert, type Line } from "../migrate/config/convert.ts";
import { parseIni, substituted, type Option } from "../migrate/config/ini.ts";
import { toPolicyRules } from "../migrate/config/policy.ts";
import { onOneLine } from "../terminal/display-text.ts";

type Flags = { readonly secrets?: boolean };

export const MIGRATE_CONFIG_COMMAND = command({
  brief: "Print the settings that correspond to a configuration of Zaqar",
  description: `Prints a line for each option that the file sets: a variable of the environment, or a comment that says why
there is none. Secrets are named and not printed, unless --secrets is given, and never on a terminal.
A policy file that the configuration names is read too.`,
  examples: [
    ["migrate config /etc/zaqar/zaqar.conf", "shows the settings"],
    [
      "migrate config /etc/zaqar/zaqar.conf --secrets > sukkal.env",
      "with secrets, into a file that only you should read",
    ],
  ],
  flags: { secrets: flag("print secrets too, not on a terminal") },
  args: {
    kind: "array",
    parameter: { brief: "files of oslo.config; a later one wins", placeholder: "file", parse: text },
    minimum: 1,
  },
  async run({ output }: Session, { secrets = false }: Flags, ...paths: readonly string[]) {
    if (secrets && output.isTerminal)
      throw new Failure("Secrets are not printed on a terminal.", {
        exitCode: EXIT.usage,
        hint: "Write them into a file: (umask 077; sukkal migrate config FILE --secrets > sukkal.env)",
      });
    const files = await Promise.all(paths.map(async (path) => parseIni(await read(path), path)));
    const options = substituted(merged(files.flat()));
    const lines = [...convert(options), ...(await policyLines(options, dirname(paths[0] ?? ".")))];
    if (output.isJson) return output.line(JSON.stringify(toDocument(lines, secrets)));
    for (const line of lines) if (line.kind === "setting") await output.line(assignment(line.variable, line.value));
    for (const line of lines) if (line.kind === "secret") await output.line(secretLine(line, secrets));
    for (const line of lines)
      if (line.kind === "none") await output.line(onOneLine(`# ${line.option}: ${line.reason}.`));
    const hidden = lines.filter(({ kind }) => kind === "secret").length;
    if (hidden > 0 && !secrets) output.hint("Secrets are not printed: set them by hand, or use --secrets.");
    if (secrets && hidden > 0) output.warn("The output has secrets: keep it where only the service can read it.");
  },
});

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}

function merged(options: readonly Option[]): readonly Option[] {
  return [...new Map(options.map((option) => [`${option.section} ${option.name}`, option])).values()];
}

function secretLine({ variable, value, option, advice }: Extract<Line, { kind: "secret" }>, isShown: boolean): string {
  return isShown ? assignment(variable, value) : `# ${variable}= set it by hand: ${option} is a secret; ${advice}.`;
}

function toDocument(lines: readonly Line[], isShown: boolean): object {
  const settings = lines.flatMap((line): readonly (readonly [string, string])[] =>
    line.kind === "setting" || (line.kind === "secret" && isShown) ? [[line.variable, line.value]] : [],
  );
  return {
    settings: Object.fromEntries(settings),
    secrets: lines.flatMap((line) => (line.kind === "secret" ? [line.variable] : [])),
    without: lines.flatMap((line) => (line.kind === "none" ? [{ option: line.option, reason: line.reason }] : [])),
  };
}

/** Relative to the configuration, as oslo.policy finds it. Files that are not there have no rules. */
async function policyLines(options: readonly Option[], folder: string): Promise<readonly Line[]> {
  const given = options.find(({ section, name }) => section === "oslo_policy" && name === "policy_file");
  if (given === undefined) return [];
  const option = "[oslo_policy] policy_file";
  const path = resolve(folder, given.values.at(-1) ?? "");
  const content = await readFile(path, "utf8").catch(() => null);
  if (content === null) return [{ kind: "none", option, reason: `${path} cannot be read; POLICY_RULES has the rules` }];
  const { parse } = await import("yaml");
  const { rules, others } = toPolicyRules(parse(content, { logLevel: "error" }));
  const byHand: Line[] =
    others.length === 0
      ? []
      : [
          {
            kind: "none",
            option,
            reason: `more than lists of roles, so add them to POLICY_RULES by hand: ${others.join(", ")}`,
          },
        ];
  if (Object.keys(rules).length === 0) return byHand;
  return [{ kind: "setting", variable: "POLICY_RULES", value: JSON.stringify(rules), option }, ...byHand];
}
