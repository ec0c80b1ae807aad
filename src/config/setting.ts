/**
 * One setting: how its text is decoded to a value. docs/CONFIGURATION.md has its meaning. The function that makes a setting
 * determines the type of its value in the configuration: `seconds({ default: 60, … })` is a `Seconds`, `flag(…)` a boolean.
 */
import { toSeconds, type Seconds } from "../domain/time.ts";

/** Seconds. */
export const YEAR = 31_536_000;

interface Description {
  /** The allowed texts, in words for errors and as a pattern. */
  readonly form?: { readonly words: string; readonly pattern: Pick<RegExp, "test"> };
  /** An empty text is an error, and does not mean "unset". */
  readonly isNeverEmpty?: true;
  /** It has no default and must be set. */
  readonly required?: true;
}

export interface Setting<T> extends Description {
  /** null: no default. */
  readonly default: string | null;
  readonly isSecret?: true;
  /** The bounds of a whole number. */
  readonly range?: { readonly min: number; readonly max: number };
  /** The unit of a number that has one. */
  readonly unit?: "seconds" | "milliseconds" | "bytes" | "characters" | "percent";
  /** The values of a choice. */
  readonly choices?: readonly string[];
  /** Decodes a text that `readText` has accepted, or the default. */
  readonly decode: (text: string | null) => T;
}

/** Settings by the fields of the configuration. */
export type SettingGroup = Readonly<Record<string, Setting<unknown>>>;

/** The decoded values of a group of settings. */
export type SettingValues<Group extends SettingGroup> = {
  readonly [Field in keyof Group]: Group[Field] extends Setting<infer T> ? T : never;
};

interface NumberDescription extends Description {
  readonly default: number;
  readonly range: { readonly min: number; readonly max: number };
}

export function count(description: NumberDescription): Setting<number> {
  return { ...description, default: String(description.default), decode: Number };
}

export function seconds(description: NumberDescription): Setting<Seconds> {
  return { ...decoded(count(description), toSeconds), unit: "seconds" };
}

export function milliseconds(description: NumberDescription): Setting<number> {
  return { ...count(description), unit: "milliseconds" };
}

export function bytes(description: NumberDescription): Setting<number> {
  return { ...count(description), unit: "bytes" };
}

export function characters(description: NumberDescription): Setting<number> {
  return { ...count(description), unit: "characters" };
}

export function percent(description: NumberDescription): Setting<number> {
  return { ...count(description), unit: "percent" };
}

export function flag(description: Description & { readonly default: boolean }): Setting<boolean> {
  const decode = (value: string | null): boolean => value === "true";
  return { ...description, default: String(description.default), choices: ["true", "false"], decode };
}

export function choice<const T extends string>(
  description: Description & { readonly default: T; readonly choices: readonly T[] },
): Setting<T> {
  // `readText` accepts only a choice.
  return {
    ...description,
    decode: (value) => description.choices.find((known) => known === value) ?? description.default,
  };
}

/** null: unset. */
export function optionalText(description: Description = {}): Setting<string | null> {
  return { ...description, default: null, decode: (value) => value };
}

/** A text with a default. */
export function textWithDefault(otherwise: string, description: Description = {}): Setting<string> {
  return { ...description, default: otherwise, decode: (value) => value ?? otherwise };
}

/** A secret: no error contains its value, and no file of the repository sets it. null: unset. */
export function secret(description: Description = {}): Setting<string | null> {
  return { ...optionalText(description), isSecret: true };
}

/** A list with commas between its items; empty when unset. */
export function list(description: Description = {}): Setting<readonly string[]> {
  return decoded(optionalText(description), (value) => (value ?? "").split(",").flatMap((item) => item.trim() || []));
}

/** The setting with `convert` as a further step of decoding. For an invalid value `convert` throws an Error with the variable. */
export function decoded<T, U>(setting: Setting<T>, convert: (value: T) => U): Setting<U> {
  return { ...setting, decode: (value) => convert(setting.decode(value)) };
}

/** The environment variable of a field: `maxMessageTtl` is MAX_MESSAGE_TTL. */
export function variableOf(field: string): string {
  return field.replace(/[A-Z]/g, "_$&").toUpperCase();
}

/** Environment variables, or the bindings of a Worker. Values that are not texts are ignored. */
export type Environment = Readonly<Record<string, unknown>>;

/** Throws an Error that names the first invalid variable. It never contains the value of a secret. */
export function readSettings<Group extends SettingGroup>(group: Group, environment: Environment): SettingValues<Group> {
  const values = Object.entries(group).map(([field, setting]) => {
    const name = variableOf(field);
    return [field, setting.decode(readText(name, setting, environment[name]))];
  });
  // Each field has the value that its own setting has decoded.
  return Object.fromEntries(values) as SettingValues<Group>;
}

/** The text of the environment if it is valid, or the default. An empty text counts as unset. */
function readText(name: string, setting: Setting<unknown>, set: unknown): string | null {
  if (set === "" && setting.isNeverEmpty === true)
    throw new Error(`${name} is empty: give it a value, or remove the variable.`);
  if (typeof set !== "string" || set === "") {
    if (setting.required === true) throw new Error(`${name} is not set: it must be ${describeAllowed(setting)}.`);
    return setting.default;
  }
  if (isAllowedText(setting, set)) return set;
  const value = setting.isSecret === true ? "invalid" : `"${set}"`;
  throw new Error(`${name} is ${value}: it must be ${describeAllowed(setting)}.`);
}

function isAllowedText({ range, choices, form }: Setting<unknown>, set: string): boolean {
  if (range !== undefined) return /^-?\d{1,15}$/.test(set) && Number(set) >= range.min && Number(set) <= range.max;
  if (choices !== undefined) return choices.includes(set);
  return form === undefined || form.pattern.test(set);
}

function describeAllowed({ range, choices = [], form }: Setting<unknown>): string {
  if (range !== undefined) return `a whole number from ${range.min} to ${range.max}`;
  return form?.words ?? choices.map((known) => `"${known}"`).join(" or ");
}
