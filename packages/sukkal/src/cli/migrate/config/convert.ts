/** The settings that correspond to a configuration of Zaqar, and what has none. */
import type { Option } from "./ini.ts";
import { LOG_OPTION, OPTIONS, SECTIONS, type Rule } from "./options.ts";

/** One line of the result. */
export type Line =
  | { readonly kind: "setting"; readonly variable: string; readonly value: string; readonly option: string }
  | {
      readonly kind: "secret";
      readonly variable: string;
      readonly value: string;
      readonly option: string;
      readonly advice: string;
    }
  | { readonly kind: "none"; readonly option: string; readonly reason: string };

/** In the order of the file. Of a setting that several options have, the last one counts. */
export function convert(options: readonly Option[]): readonly Line[] {
  const lines = options.flatMap((option) => lineOf(option));
  return withoutRepeats([...lines, ...smtpLines(options), ...authLines(options)]);
}

function lineOf({ section, name, values }: Option): readonly Line[] {
  const option = `[${section}] ${name}`;
  const rule = ruleOf(section, name);
  const value = values.at(-1) ?? "";
  if (rule === null) return [];
  if ("reason" in rule) return [{ kind: "none", option, reason: rule.reason }];
  if ("secret" in rule)
    return value === "" ? [] : [{ kind: "secret", variable: rule.secret, value, option, advice: rule.advice }];
  const converted = (rule.convert ?? listed)(value);
  if (typeof converted !== "string") return [{ kind: "none", option, reason: converted.reason }];
  return [{ kind: "setting", variable: rule.variable, value: converted, option }];
}

/** null: it is read elsewhere. */
function ruleOf(section: string, name: string): Rule | null {
  if (section === "oslo_policy" && name === "policy_file") return null;
  const rule = OPTIONS[section]?.[name];
  if (rule !== undefined) return rule;
  if (section === "DEFAULT" && LOG_OPTION.test(name))
    return { reason: "logs go to standard output, in the form of LOG_FORMAT" };
  const [, reason] = SECTIONS.find(([beginning]) => section.startsWith(beginning)) ?? [];
  return { reason: reason ?? "it is not known" };
}

/** Lists are written on one line. */
function listed(value: string): string {
  return value
    .split("\n")
    .map((part) => part.trim().replace(/,$/, ""))
    .join(",");
}

/** Whoever is to be trusted has to be said. */
function authLines(options: readonly Option[]): readonly Line[] {
  if (options.some(({ section, name }) => section === "DEFAULT" && name === "auth_strategy")) return [];
  const reason =
    "it is not set, so Zaqar trusts every X-Project-ID; AUTH_STRATEGY has to be set, and none does the same";
  return [{ kind: "none", option: "[DEFAULT] auth_strategy", reason }];
}

/** The mail server is one setting, and a secret if it has a password. */
function smtpLines(options: readonly Option[]): readonly Line[] {
  const valueOf = (wanted: string): string =>
    options.find(({ section, name }) => section === "notification" && name === wanted)?.values.at(-1) ?? "";
  const [host, port] = [valueOf("smtp_host"), valueOf("smtp_port")];
  if (host === "") return [];
  const [user, password] = [valueOf("smtp_user_name"), valueOf("smtp_user_password")].map(encodeURIComponent);
  const own = { variable: "SMTP_URL", option: "[notification] smtp_host" };
  const address = `${host}${port === "" ? "" : `:${port}`}`;
  if (user === "" || password === "") return [{ kind: "setting", ...own, value: `smtp://${address}` }];
  const value = `smtp://${user}:${password}@${address}`;
  return [{ kind: "secret", ...own, value, advice: "it is smtp://USER:PASSWORD@HOST:PORT" }];
}

function withoutRepeats(lines: readonly Line[]): readonly Line[] {
  return lines.filter(
    (line, index) =>
      line.kind === "none" ||
      !lines.slice(index + 1).some((later) => later.kind !== "none" && later.variable === line.variable),
  );
}

/** As a shell, systemd and compose read it. */
export function assignment(variable: string, value: string): string {
  return /^[\w.,:/@%+-]*$/.test(value)
    ? `${variable}=${value}`
    : `${variable}='${value.replaceAll("'", String.raw`'\''`)}'`;
}
