/** The help of a command: how it is written, what it does, examples, its flags and arguments. */
import { broken } from "./terminal/display-text.ts";
import { painter, type Paint } from "./terminal/style.ts";

/** What help shows of a flag. */
interface ShownFlag {
  readonly kind: string;
  readonly brief: string;
  readonly placeholder?: string;
  readonly optional?: boolean;
  readonly default?: unknown;
  /** The value may be left out. */
  readonly inferEmpty?: boolean;
  readonly values?: readonly string[];
}

/** What help shows of an argument. */
interface ShownArgument {
  readonly brief: string;
  readonly placeholder?: string;
  readonly optional?: boolean;
}

export type ShownArguments =
  | { readonly kind: "tuple"; readonly parameters: readonly ShownArgument[] }
  | { readonly kind: "array"; readonly parameter: ShownArgument };

/** What a command says of itself. */
export interface HelpDefinition {
  /** One line of the list of commands. */
  readonly brief: string;
  /** The arguments, where the list of them does not say it, such as `<queue> <body>...`. */
  readonly usage?: string;
  /** What else one has to know, in a few sentences. */
  readonly description?: string;
  /** Command lines without `sukkal`, each with what it does. At least one: help teaches by example. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
}

export interface HelpSource {
  readonly definition: HelpDefinition;
  readonly args: ShownArguments | undefined;
  /** Those of all commands too. */
  readonly flags: Readonly<Record<string, ShownFlag>>;
  /** By letter. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** Between columns, and before lines of a section. */
export const GAP = "  ";
const COLUMNS = 100;

/** `prefix`: the words that name the command. */
export function helpText(
  { definition, args, flags, aliases }: HelpSource,
  prefix: readonly string[],
  paint: Paint,
): string {
  const { brief, description = "", examples } = definition;
  const own = argumentRows(definition.usage, args);
  const required = Object.entries(flags)
    .filter(([, flag]) => isRequired(flag))
    .map(([name, flag]) => flagName(name, flag));
  const usage = [...prefix, ...own.map(([name]) => name), ...required, "[FLAGS]"].join(" ");
  const parts = [
    section(paint, "USAGE", [usage]),
    `${brief}.`,
    broken(description, COLUMNS),
    examplesOf(examples),
    section(paint, "FLAGS", inColumns(flagRows(flags, aliases))),
    own.length === 0 ? "" : section(paint, "ARGUMENTS", inColumns(own)),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** Colours of a stream that has them or not. */
export function helpPainter(hasColours: boolean): Paint {
  return painter({ isTTY: hasColours, hasColors: () => hasColours }, {});
}

export function section(paint: Paint, heading: string, lines: readonly string[]): string {
  return [paint("strong", heading), ...lines.map((line) => GAP + line)].join("\n");
}

/** What a person types for a name in the code. */
export function typed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}

function examplesOf(examples: readonly (readonly [line: string, meaning: string])[]): string {
  const widest = Math.max(...examples.map(([line]) => line.length));
  const beside = examples.map(([line, meaning]) => `  sukkal ${line.padEnd(widest)}  ${meaning}`);
  const below = examples.map(([line, meaning]) => `  sukkal ${line}\n      ${meaning}`);
  const lines = beside.every((line) => line.length <= COLUMNS) ? beside : below;
  return `Examples:\n${lines.join("\n")}`;
}

type Row = readonly [name: string, brief: string];

function flagRows(flags: HelpSource["flags"], aliases: HelpSource["aliases"]): readonly Row[] {
  const letters = new Map(Object.entries(aliases).map(([letter, name]) => [name, letter]));
  const rows = Object.entries(flags).map(([name, flag]): Row => {
    const letter = letters.get(name);
    const before = letter === undefined ? "   " : `-${letter} `;
    const { brief, values = [] } = flag;
    return [before + flagName(name, flag), values.length === 0 ? brief : `${brief} (${values.join(", ")})`];
  });
  return [
    ...rows,
    ["-h --help", "print this text"],
    ["   --", "what follows is an argument, even if it begins with -"],
  ];
}

function flagName(name: string, { kind, placeholder = "value", inferEmpty = false }: ShownFlag): string {
  if (kind === "boolean") return `--${typed(name)}`;
  return `--${typed(name)} ${inferEmpty ? `[${placeholder}]` : `<${placeholder}>`}`;
}

function isRequired({ kind, optional = false, default: value }: ShownFlag): boolean {
  return kind !== "boolean" && !optional && value === undefined;
}

function argumentRows(usage: string | undefined, shown: ShownArguments | undefined): readonly Row[] {
  if (shown === undefined) return [];
  if (shown.kind === "tuple")
    return shown.parameters.map(({ placeholder = "", optional, brief }) => [
      optional === true ? `[<${placeholder}>]` : `<${placeholder}>`,
      brief,
    ]);
  const { placeholder = "", brief } = shown.parameter;
  return [[usage ?? `<${placeholder}>...`, brief]];
}

function inColumns(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  const indent = GAP.length + width + GAP.length;
  return rows.map(([name, brief]) => {
    const lines = broken(brief, COLUMNS - indent).replaceAll("\n", `\n${" ".repeat(indent)}`);
    return name.padEnd(width) + GAP + lines;
  });
}
