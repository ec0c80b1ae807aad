/** Changes of metadata, as people read them. */
import type { Metadata } from "../../place-details.ts";
import type { Output } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";

interface Change {
  readonly name: string;
  /** undefined: it was not there. */
  readonly before?: unknown;
  /** undefined: it was removed. */
  readonly after?: unknown;
}

const COLUMNS: readonly Column<Change>[] = [
  { title: "MEMBER", value: ({ name }) => name },
  { title: "BEFORE", value: ({ before }) => textOf(before), style: () => "bad" },
  { title: "AFTER", value: ({ after }) => textOf(after), style: () => "good" },
];

/** Shows what differs, a member a line. */
export async function printChanges(output: Output, before: Metadata, after: Metadata): Promise<void> {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changes = [...names]
    .map((name): Change => ({ name, before: before[name], after: after[name] }))
    .filter((change) => textOf(change.before) !== textOf(change.after));
  await output.list(changes, COLUMNS, { empty: "Nothing has changed." });
}

/** JSON, so that the number 5 and the text "5" differ. */
function textOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
