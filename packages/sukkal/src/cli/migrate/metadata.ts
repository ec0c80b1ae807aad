/** Metadata as text: each member exactly as it was written, so that long numbers stay what they are. */
import { membersIn } from "../../json-text.ts";
import { unwrapped } from "./python-json.ts";

/** The texts of the values by name. */
export type Members = ReadonlyMap<string, string>;

/** The members of an object of JSON. */
export function membersOf(text: string): Members {
  const names = Object.keys(JSON.parse(text) as object);
  const listed = `[[${text}]]`;
  return new Map(names.map((name) => [name, unwrapped(membersIn(listed, name)[0] ?? "null")]));
}

/** Those that were set. What equals the default of the service cannot be told from what was not set, and means the same. */
export function storedMembers(members: Members, defaults: Members): Members {
  return new Map([...members].filter(([name, value]) => value !== defaults.get(name)));
}

/** Seconds by which messages of the queue are delayed by default; 0: they are not. */
export function delayIn(members: Members): number {
  return Number(members.get("_default_message_delay") ?? 0) || 0;
}

/** A document with the members. */
export function toObjectText(members: Members): string {
  return `{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
}

/** The changes that give a queue these members, as a patch. */
export function toPatchText(members: Members): string {
  const operations = [...members].map(([name, value]) => {
    const path = `/metadata/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return `{"op":"add","path":${JSON.stringify(path)},"value":${value}}`;
  });
  return `[${operations.join(",")}]`;
}

export interface Difference {
  readonly name: string;
  readonly source: string;
  /** null: the target does not have it. */
  readonly target: string | null;
}

/** The members of the source that the target does not have, or has with another value. */
export function differencesOf(source: Members, target: Members): readonly Difference[] {
  return [...source]
    .map(([name, value]) => ({ name, source: value, target: target.get(name) ?? null }))
    .filter(({ source: one, target: other }) => other === null || compact(one) !== compact(other));
}

/** Without blanks outside of strings. */
export function compact(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string: string | undefined) => string ?? "");
}
