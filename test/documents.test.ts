/** The Markdown documents: their relative links, the length of the README, the words of the glossary, and that the guides are
 * complete. */
import { expect, test } from "vitest";
import { RESERVED_KEYS } from "../src/domain/reserved-metadata.ts";

/** By path, relative to the root of the repository. */
const DOCUMENTS = byPath(
  import.meta.glob(
    [
      "../*.md",
      "../console/*.md",
      "../deploy/*.md",
      "../docs/**/*.md",
      "../examples/**/*.md",
      "../test/*.md",
      "../.github/**/*.md",
    ],
    {
      query: "?raw",
      import: "default",
      eager: true,
      exhaustive: true,
    },
  ),
);
const SOURCES = byPath(import.meta.glob(["../src/**/*.ts"], { query: "?raw", import: "default", eager: true }));
/** The files to which documents may link. Only their names are used. */
const FILES = new Set(
  Object.keys({
    ...import.meta.glob(["../*", "../deploy/**/*", "../docs/**/*", "../examples/**/*", "../.github/**/*", "../.ci/*"], {
      exhaustive: true,
    }),
    ...import.meta.glob(["../src/**/*", "../scripts/*", "../bench/**/*.ts", "../openapi/**/*.ts", "../console/**/*"]),
    ...import.meta.glob("../test/**/*"),
  }).map(toPath),
);

const README_LINES_MAX = 200;
const GLOSSARY_ROWS_MAX = 40;

test("every relative link leads to a file, and every anchor to a heading", () => {
  const findings = [...DOCUMENTS].flatMap(([path, text]) =>
    linksOf(text).flatMap((link) => {
      const url = new URL(link, `file:///${path}`);
      const target = decodeURIComponent(url.pathname.slice(1));
      const anchor = decodeURIComponent(url.hash.slice(1));
      const document = DOCUMENTS.get(target);
      if (document === undefined) return exists(target) ? [] : [`${path}: ${link} is no file`];
      return anchor === "" || anchorsOf(document).has(anchor) ? [] : [`${path}: ${link} is no heading`];
    }),
  );
  expect(findings, "correct the link, or the heading that it names").toEqual([]);
});

test("every source file that a document names exists", () => {
  const findings = [...DOCUMENTS].flatMap(([path, text]) =>
    [...withoutFences(text).matchAll(/`((?:[a-z0-9-]+\/)+[a-z0-9.-]+\.(?:ts|md|mjs|py|sh))`/g)].flatMap(
      ([, name = ""]) => ([name, `src/${name}`, path.replace(/[^/]*$/, name)].some(exists) ? [] : [`${path}: ${name}`]),
    ),
  );
  expect(
    findings,
    "correct the path: from the top of the checkout, from src, or from the folder of the document",
  ).toEqual([]);
});

test("the guide to metadata has each reserved key in its table, and a section that shows its effect", () => {
  const guide = DOCUMENTS.get("docs/guides/metadata.md") ?? "";
  const headings = Array.from(guide.matchAll(/^## (.+)$/gm), ([, heading]) => heading).join();
  const undescribed = [...RESERVED_KEYS].filter(
    (key) => !guide.includes(`| [\`${key}\`](#`) || !headings.includes(`\`${key}\``),
  );
  expect(undescribed, "describe these keys in docs/guides/metadata.md").toEqual([]);
});

test("the table of the guides has a row for each", () => {
  const table = DOCUMENTS.get("docs/guides/README.md") ?? "";
  const guides = [...DOCUMENTS.keys()].filter((path) => /^docs\/guides\/(?!README)/.test(path));
  expect(guides.length).toBeGreaterThan(10);
  const missing = guides.filter((path) => !table.includes(`](${path.replace("docs/guides/", "")})`));
  expect(missing, "add a row to docs/guides/README.md").toEqual([]);
});

test(`the README has at most ${README_LINES_MAX} lines`, () => {
  expect(DOCUMENTS.get("README.md")?.split("\n").length, "move details to docs/ and link to them").toBeLessThanOrEqual(
    README_LINES_MAX + 1,
  );
});

test("the glossary is short, and the code uses each of its words", () => {
  const words = glossaryWords();
  expect(words.length).toBeGreaterThan(10);
  expect(words.length, "keep only the words that other projects do not use").toBeLessThanOrEqual(GLOSSARY_ROWS_MAX);
  const code = squeeze([...SOURCES.values()].join("\n"));
  const unused = words.flat().filter((word) => !code.includes(squeeze(word)));
  expect(unused, "remove these words from the glossary of docs/DESIGN.md: no file of src contains them").toEqual([]);
});

/** Lower case without blanks and hyphens: "wake gate" is `WakeGate` in code and `wake-gate` in the name of a file. */
function squeeze(text: string): string {
  return text.toLowerCase().replace(/[\s_-]/g, "");
}

function exists(target: string): boolean {
  return FILES.has(target) || (target.endsWith("/") && [...FILES].some((file) => file.startsWith(target)));
}

/** The words of each row in the glossary of docs/DESIGN.md. */
function glossaryWords(): readonly (readonly string[])[] {
  const [, glossary = ""] = (DOCUMENTS.get("docs/DESIGN.md") ?? "").split("\n## Glossary\n");
  const rows = [...glossary.matchAll(/^\| (?!word |---)([^|]+) \|/gm)];
  return rows.map(([, cell = ""]) =>
    cell
      .replace(/\([^)]*\)|`/g, "")
      .split(",")
      .map((word) => word.trim()),
  );
}

/** Relative links outside of code. */
function linksOf(text: string): readonly string[] {
  const links = withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g);
  return [...links].map(([, link = ""]) => link).filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors that GitHub makes of the headings. A repeated one gets a number. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutFences(text).matchAll(/^#+ (.+)$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    let repeat = anchor;
    for (let number = 1; anchors.has(repeat); number++) repeat = `${anchor}-${number}`;
    anchors.add(repeat);
  }
  return anchors;
}

function withoutFences(text: string): string {
  return text.replace(/^(`{3,}).*?^\1$/gms, "");
}

function withoutCode(text: string): string {
  return withoutFences(text).replace(/`[^`\n]+`/g, "");
}

function byPath(files: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(files).map(([key, text]) => [toPath(key), text]));
}

/** Vite names files relative to the folder of this one. */
function toPath(key: string): string {
  return key.startsWith("./") ? `test/${key.slice(2)}` : key.replace(/^(?:\.\.\/)+/, "");
}
