/** What people read when the command line is wrong. */
import { formatMessageForArgumentScannerError, type ArgumentScannerError } from "@stricli/core";

/** One sentence. `words`: the command line. */
export function describeUsage(error: ArgumentScannerError, words: readonly string[]): string {
  return formatMessageForArgumentScannerError(error, {
    FlagNotFoundError: ({ input, corrections }) => `There is no flag --${input}.${meant(corrections)}`,
    AliasNotFoundError: ({ input }) => `There is no flag -${input}.`,
    UnsatisfiedFlagError: ({ externalFlagName: name }) =>
      words.includes(`--${name}`) ? `The flag --${name} needs a value.` : `The flag --${name} is missing.`,
    UnexpectedFlagError: ({ externalFlagName: name }) => `The flag --${name} is there twice.`,
    UnexpectedPositionalError: ({ input }) => `"${input}" is one argument too many.`,
    UnsatisfiedPositionalError: ({ placeholder, limit }) => `The argument ${missing(placeholder, limit)} is missing.`,
    EnumValidationError: ({ externalFlagName: name, input, values }) =>
      `--${name}: "${input}" is none of ${values.join(", ")}.`,
    ArgumentParseError: ({ externalFlagNameOrPlaceholder: name, exception }) => `${name}: ${messageOf(exception)}`,
  });
}

function meant(corrections: readonly string[]): string {
  return corrections.length === 0 ? "" : ` Did you mean ${corrections.map((name) => `--${name}`).join(" or ")}?`;
}

/** The placeholder of a list names its first arguments, such as `queue claim id`. */
function missing(placeholder: string, limit: readonly [minimum: number, count: number] | undefined): string {
  const names = placeholder.split(" ");
  return `<${names[limit?.[1] ?? 0] ?? names.at(-1) ?? ""}>`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
