/** No link of any page is dead, nothing is loaded from elsewhere, and every document can be found. The pages are those of the build. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFiles } from "../../../docs/site/files.ts";
import { sectionsOf } from "../../../docs/site/navigation.ts";

const ROOT = join(import.meta.dirname, "../../..");
const FOLDER = join(ROOT, "dist/site/docs");

const NAMES = readdirSync(FOLDER);
const PAGES = new Map(
  NAMES.filter((name) => name.endsWith(".html")).map(
    (name) => [name, readFileSync(join(FOLDER, name), "utf8")] as const,
  ),
);
const IDS = new Map([...PAGES].map(([name, html]) => [name, new Set(valuesOf(html, "id"))] as const));

/** The values of an attribute. Text has no quotes that are not escaped. */
function valuesOf(html: string, attribute: string): readonly string[] {
  return [...html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, "g"))].map(([, value = ""]) => value);
}

/** Why an address leads nowhere; null: it leads somewhere. */
function defectOf(page: string, href: string): string | null {
  if (/^https?:/.test(href)) return null;
  const [file = "", id] = href.split("#");
  const name = file === "" ? page : file;
  if (!NAMES.includes(name)) return "no such page";
  return id === undefined || IDS.get(name)?.has(id) === true ? null : "no such heading";
}

test("every link leads to a page and a heading", () => {
  const dead = [...PAGES].flatMap(([page, html]) =>
    [...valuesOf(html, "href"), ...valuesOf(html, "src"), ...valuesOf(html, "data-index")].flatMap((href) => {
      const defect = defectOf(page, href);
      return defect === null ? [] : [`${page}: ${href}: ${defect}`];
    }),
  );
  expect(dead, "mend the link in the Markdown that the page names at its end").toEqual([]);
});

test("the links of the search lead somewhere too", () => {
  const [index = ""] = NAMES.filter((name) => /^search-.*\.json$/.test(name));
  const entries = JSON.parse(readFileSync(join(FOLDER, index), "utf8")) as readonly (readonly string[])[];
  expect(entries.length).toBeGreaterThan(300);
  expect(entries.map(([href = ""]) => href).filter((href) => defectOf("index.html", href) !== null)).toEqual([]);
});

test.each([...PAGES])("%s contains neither code nor styles, and ids once", (name, html) => {
  expect(html).not.toMatch(/<style|\sstyle="|<script(?![^>]*\ssrc=)|\son\w+="|="data:/);
  const ids = valuesOf(html, "id");
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  expect([...html.matchAll(/<h1[ >]/g)], "one heading of the page").toHaveLength(name === "api.html" ? 0 : 1);
});

test("every document that readers look for is in a section", () => {
  const paths = new Set(readFiles(ROOT).keys());
  const { all } = sectionsOf(paths);
  const listed = new Set(all.flatMap(({ pages }) => pages));
  // Decisions are listed on a page of their own, and the others by the pages that they belong to.
  const missing = [...paths].filter(
    (path) => !listed.has(path) && /^(?:docs\/(?!adr\/|ACCESS)|[A-Z]+\.md$)/.test(path),
  );
  expect(missing, "name it in docs/site/navigation.ts").toEqual([]);
});

test.each([...readFiles(ROOT).values()].filter(({ path, isCode }) => !isCode && !/\/adr\/\d/.test(path)))(
  "$path begins with what it is and for whom",
  ({ tokens: [, ...rest] }) => {
    expect(rest.find(({ type }) => type !== "space")?.type).toBe("paragraph");
  },
);

test("every column of a table has a heading", () => {
  expect([...PAGES].filter(([, html]) => /<th[^>]*><\/th>/.test(html)).map(([name]) => name)).toEqual([]);
});

test("every page leads on: to the next one, or to that of its folder", () => {
  const ends = [...PAGES].filter(
    ([name, html]) =>
      !["404.html", "api.html", "index.html"].includes(name) &&
      !/<a class="(?:next|prev)"/.test(html) &&
      !/<p class="label"><a href=/.test(html),
  );
  expect(ends.map(([name]) => name)).toEqual([]);
});

test("every decision is in their list", () => {
  const list = readFileSync(join(ROOT, "docs/adr/README.md"), "utf8");
  const titles = readdirSync(join(ROOT, "docs/adr"))
    .filter((name) => /^\d/.test(name))
    .map((name) => [name, /^# (.*)/.exec(readFileSync(join(ROOT, "docs/adr", name), "utf8"))?.[1] ?? ""] as const);
  expect(list.match(/^- .*/gm)).toEqual(titles.map(([name, title]) => `- [${title}](${name})`));
});
