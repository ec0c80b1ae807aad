/** What a guide contains that is run: the settings of its service, the files that its reader saves, lines of examples. */
import assert from "node:assert/strict";

export interface Guide {
  readonly parts: readonly Part[];
  readonly files: readonly SavedFile[];
  readonly excerpts: readonly string[];
  /** Paths of the files below examples/ to which the guide links. */
  readonly examples: readonly string[];
}

/** What is run with one start of the service. The next part begins with another start, on the same data. */
interface Part {
  /** Assignments of variables of the shell before `npm start`; empty for a service without settings. */
  readonly settings: string;
  readonly text: string;
}

interface SavedFile {
  readonly name: string;
  readonly text: string;
}

/** Lines of `sh` that prepare a checkout, which the tests run in already. */
const PREPARATIONS = new Set([
  "npm ci",
  "npm run build --workspace sukkal",
  "npm ci && npm run build --workspace sukkal",
]);
const START = /^((?:[A-Z_]+=\S*(?:\$\([^)]*\))?\S* )*)npm start$/;
const SAVED = new Set(["ts", "js", "py", "toml"]);

/** Fails for a block of code that no test would run. */
export function readGuide(document: string): Guide {
  const found = { files: [] as SavedFile[], excerpts: [] as string[] };
  for (const [, before = "", indent = "", language = "", indented = ""] of document.matchAll(
    /(?:^|\n)([^\n]*)\n\n( *)```(\w*)\n(.*?)^\2```/gms,
  )) {
    const text = indented.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    const [, name] = /\bSave this as `([^`]+)`.*:$/.exec(before) ?? [];
    if (SAVED.has(language)) {
      if (name === undefined) found.excerpts.push(text);
      else found.files.push({ name, text });
    } else if (language !== "sh") assert.equal(language, "console", `no test runs this block:\n${text}`);
  }
  const blocks = document.match(/^ *```\w+$/gm) ?? [];
  const opened = blocks.filter((line) => !line.endsWith("console")).length;
  const read = found.files.length + found.excerpts.length + (document.match(/^ *```sh$/gm) ?? []).length;
  assert.equal(read, opened, "a block of code needs a blank line before it");
  const examples = Array.from(document.matchAll(/\]\([./]*(examples\/[\w./-]+\.\w+)\)/g), ([, path = ""]) => path);
  const parts = document.split(/^(?=```sh$)/m).map((text) => ({ settings: settingsIn(text), text }));
  return { ...found, examples, parts: parts.filter(({ text }) => text.includes("```console")) };
}

/** The settings with which the first lines of a part start the service. */
function settingsIn(part: string): string {
  const [, text = ""] = /^```sh\n(.*?)^```/ms.exec(part) ?? [];
  const lines = text
    .trim()
    .split("\n")
    .filter((line) => line !== "" && !PREPARATIONS.has(line));
  return lines
    .map(
      (line) =>
        START.exec(line)?.[1] ?? assert.fail(`no test runs this line; the service is started by npm start: ${line}`),
    )
    .join("");
}

/** Whether a program contains these lines, wherever they are indented to. `// …` stands for lines that are left out. */
export function contains(program: string, excerpt: string): boolean {
  const trimmed = (text: string): string => text.trim().replaceAll(/^[ \t]+|[ \t]+$/gm, "");
  let rest = trimmed(program);
  return excerpt.split(/^ *(?:\/\/|#) …$/m).every((part) => {
    const at = rest.indexOf(trimmed(part));
    if (at >= 0) rest = rest.slice(at + trimmed(part).length);
    return at >= 0;
  });
}
