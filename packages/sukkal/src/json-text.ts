/** JSON as text: the parts of a document exactly as they were written, and bodies that are posted as they are. */

/**
 * A body that is posted exactly as written, such as `9007199254740993` or `1.0`, which `JSON.stringify` cannot write.
 *
 * @example
 * ```ts
 * import { JsonText, Sukkal } from "sukkal/client";
 * const sukkal = new Sukkal({ url, project: "demo" });
 * await sukkal.queue("exact").post(new JsonText('{"price": 1.00, "id": 9007199254740993}'));
 * ```
 */
export class JsonText {
  readonly text: string;

  /** Throws a SyntaxError if it is not JSON. */
  constructor(text: string) {
    JSON.parse(text);
    this.text = text;
  }
}

/** Throws a TypeError for a value that JSON does not have, such as `undefined` or a function. */
export function toJson(value: unknown): string {
  if (value instanceof JsonText) return value.text;
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError("A body must be a JSON value.");
  return text;
}

/** A string, or a character of structure. All other characters are skipped: the text is known to be valid JSON. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]/g;

/** The texts of the member `name` of every object in the array that is the first member of the document. */
export function membersIn(document: string, name: string): string[] {
  const key = JSON.stringify(name);
  const texts: string[] = [];
  let depth = 0;
  let isName = false;
  let from = -1;
  let last = "";
  for (const { 0: token, index } of document.matchAll(TOKEN)) {
    // Depth 3: the members of the objects in the array of the document.
    if (token === "{" || token === "[") {
      depth++;
      isName = token === "{";
    } else if (token === ":" && depth === 3) {
      if (last === key && isName && from < 0) from = index + 1;
      isName = false;
    } else if ((token === "," || token === "}") && depth === 3) {
      if (from >= 0) texts.push(document.slice(from, index).trim());
      from = -1;
      isName = true;
      if (token === "}") depth--;
    } else if (token === "}" || token === "]") depth--;
    last = token;
  }
  return texts;
}
