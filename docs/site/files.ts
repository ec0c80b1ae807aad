/** The files that are pages, and their addresses. A page is a file of Markdown, or a file of code that one of them links to. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { lexer, walkTokens, type TokensList } from "marked";
import { textOf } from "./text.ts";

/** What is always a page. Other files are pages if one of these leads to them. */
const BEGINNINGS = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "deploy/README.md",
  "examples/README.md",
];

/** Where the first heading says too little among those of other pages. */
const TITLES: Readonly<Record<string, string>> = { "README.md": "Overview" };

/** Served as it is, beside the pages. */
export const API_DOCUMENT = "docs/openapi.json";

export interface SourceFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly address: string;
  readonly title: string;
  readonly isCode: boolean;
  readonly tokens: TokensList;
}

/** All pages, by their paths. */
export function readFiles(root: string): ReadonlyMap<string, SourceFile> {
  const files = new Map<string, SourceFile>();
  const left = [...BEGINNINGS, ...markdownBelow(root, "docs")];
  for (let path = left.shift(); path !== undefined; path = left.shift()) {
    if (files.has(path)) continue;
    const file = readSource(root, path);
    files.set(path, file);
    if (!file.isCode) left.push(...linksOf(root, file));
  }
  return files;
}

function markdownBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => posix.join(folder, name))
    .toSorted();
}

function readSource(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), "utf8");
  const isCode = !path.endsWith(".md");
  const markdown = isCode ? `# ${path}\n\n~~~~~~${posix.extname(path).slice(1)}\n${text.trimEnd()}\n~~~~~~\n` : text;
  const tokens = lexer(markdown);
  const [heading] = tokens;
  if (heading?.type !== "heading") throw new Error(`${path} does not begin with a heading.`);
  return { path, address: addressOf(path), title: TITLES[path] ?? textOf([heading]), isCode, tokens };
}

/** `docs/SELF-HOSTING.md` is `self-hosting.html`: one folder, so that all addresses in it are relative and short. */
export function addressOf(path: string): string {
  const name = path.replace(/^docs\//, "").replace(/\.md$/, "");
  return `${name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "")}.html`;
}

function linksOf(root: string, file: SourceFile): readonly string[] {
  const paths: string[] = [];
  void walkTokens(file.tokens, (token) => {
    if (token.type !== "link") return;
    const path = targetOf(file.path, String(token["href"]));
    if (path === null || path === API_DOCUMENT) return;
    if (existsSync(join(root, path)) && statSync(join(root, path)).isFile()) paths.push(path);
  });
  return paths;
}

/** The file to which a link of a file leads; null: not to a file. That of a folder is its README. */
export function targetOf(from: string, href: string): string | null {
  const [path = ""] = href.split("#");
  if (path === "" || /^[a-z]+:|^\//.test(path)) return null;
  const target = posix.join(posix.dirname(from), decodeURIComponent(path));
  return target.endsWith("/") ? `${target}README.md` : target;
}
