/**
 * One setting: how operators see it, and how its text becomes a value. A setting is made by the kind of its value, and the
 * type of the configuration follows from that: `seconds({ default: 60, … })` is a `Seconds`, `flag(…)` a boolean.
 */
import { toSeconds, type Seconds } from "../domain/time.ts";

/** Seconds. */
export const YEAR = 31_536_000;

interface About {
  /** Upstream's option, or "ours". */
  readonly option: string;
  /** As in the table in docs/CONFIGURATION.md. */
  readonly meaning: string;
  /** What wrangler.toml sets instead of the default, and why: on Cloudflare every use is paid for. */
  readonly cloud?: { readonly value: string; readonly reason: string };
  /** The texts that are allowed, in words and as a test. */
  readonly form?: { readonly words: string; readonly pattern: Pick<RegExp, "test"> };
  /** An empty text is an error instead of "unset". */
  readonly isNeverEmpty?: true;
  /** Has no default; the error says what to set it to. */
  readonly required?: true;
}

export interface Setting<T> extends About {
  /** null: unset. */
  readonly default: string | null;
  readonly isSecret?: true;
  /** Bounds of a whole number. */
  readonly range?: { readonly min: number; readonly max: number };
  /** Of a number, where it has one. */
  readonly unit?: "seconds" | "milliseconds" | "bytes" | "characters" | "percent";
  /** The values of a choice. */
  readonly choices?: readonly string[];
  /** Decodes a text that has passed the checks above, or the default. */
  readonly decode: (text: string | null) => T;
}

/** By the names of the configuration's fields. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** What a group of settings is decoded to. */
export type ValuesOf<Group extends Settings> = {
  readonly [Field in keyof Group]: Group[Field] extends Setting<infer T> ? T : never;
};

interface NumberAbout extends About {
  readonly default: number;
  readonly range: { readonly min: number; readonly max: number };
}

export function count(about: NumberAbout): Setting<number> {
  return { ...about, default: String(about.default), decode: Number };
}

export function seconds(about: NumberAbout): Setting<Seconds> {
  return { ...decoded(count(about), toSeconds), unit: "seconds" };
}

export function milliseconds(about: NumberAbout): Setting<number> {
  return { ...count(about), unit: "milliseconds" };
}

export function bytes(about: NumberAbout): Setting<number> {
  return { ...count(about), unit: "bytes" };
}

export function characters(about: NumberAbout): Setting<number> {
  return { ...count(about), unit: "characters" };
}

export function percent(about: NumberAbout): Setting<number> {
  return { ...count(about), unit: "percent" };
}

export function flag(about: About & { readonly default: boolean }): Setting<boolean> {
  const decode = (given: string | null): boolean => given === "true";
  return { ...about, default: String(about.default), choices: ["true", "false"], decode };
}

export function choice<const T extends string>(
  about: About & { readonly default: T; readonly choices: readonly T[] },
): Setting<T> {
  // Only a choice passes the check.
  return { ...about, decode: (given) => about.choices.find((known) => known === given) ?? about.default };
}

/** null: unset. */
export function text(about: About): Setting<string | null> {
  return { ...about, default: null, decode: (given) => given };
}

/** A text whose default is one too. */
export function textOr(otherwise: string, about: About): Setting<string> {
  return { ...about, default: otherwise, decode: (given) => given ?? otherwise };
}

/** No error repeats its value, and it is not written into files. null: unset. */
export function secret(about: About): Setting<string | null> {
  return { ...text(about), isSecret: true };
}

/** Comma-separated; empty when unset. */
export function list(about: About): Setting<readonly string[]> {
  return decoded(text(about), (given) => (given ?? "").split(",").flatMap((item) => item.trim() || []));
}

/** The setting with a further step of decoding. It throws where the value is wrong, and names the variable. */
export function decoded<T, U>(setting: Setting<T>, convert: (value: T) => U): Setting<U> {
  return { ...setting, decode: (given) => convert(setting.decode(given)) };
}

/** The environment variable of a field: `maxMessageTtl` is MAX_MESSAGE_TTL. */
export function variableOf(field: string): string {
  return field.replace(/[A-Z]/g, "_$&").toUpperCase();
}

/** Environment variables, or the bindings of a Worker: only texts count. */
export type Environment = Readonly<Record<string, unknown>>;

/** Throws an Error whose message names the first variable that is wrong; never the value of a secret. */
export function readSettings<Group extends Settings>(group: Group, environment: Environment): ValuesOf<Group> {
  const values = Object.entries(group).map(([field, setting]) => {
    const name = variableOf(field);
    return [field, setting.decode(readText(name, setting, environment[name]))];
  });
  // Each field holds what its own setting has decoded.
  return Object.fromEntries(values) as ValuesOf<Group>;
}

/** The text that was given, or the default. An empty text counts as unset. */
function readText(name: string, setting: Setting<unknown>, given: unknown): string | null {
  if (given === "" && setting.isNeverEmpty === true)
    throw new Error(`${name} is empty: set it, or do not set it at all.`);
  if (typeof given !== "string" || given === "") {
    if (setting.required === true) throw new Error(`${name} is not set: it must be ${words(setting)}.`);
    return setting.default;
  }
  if (isAllowed(setting, given)) return given;
  const shown = setting.isSecret === true ? "not what it must be" : `"${given}"`;
  throw new Error(`${name} is ${shown}: it must be ${words(setting)}.`);
}

function isAllowed({ range, choices, form }: Setting<unknown>, given: string): boolean {
  if (range !== undefined)
    return /^-?\d{1,15}$/.test(given) && Number(given) >= range.min && Number(given) <= range.max;
  if (choices !== undefined) return choices.includes(given);
  return form === undefined || form.pattern.test(given);
}

function words({ range, choices = [], form }: Setting<unknown>): string {
  if (range !== undefined) return `a whole number from ${range.min} to ${range.max}`;
  return form?.words ?? choices.map((known) => `"${known}"`).join(" or ");
}
