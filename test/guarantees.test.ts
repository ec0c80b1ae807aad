/** docs/GUARANTEES.md: each promise names the tests that fail when it is broken. */
import { describe, expect, test } from "vitest";
import document from "../docs/GUARANTEES.md?raw";

const SOURCES: Readonly<Record<string, string>> = import.meta.glob(["./**/*.ts", "./clients/*.py"], {
  query: "?raw",
  import: "default",
  eager: true,
});

/** The links to tests, whose text is the name of a test or of a rule of the crash test. */
const LINKS = Array.from(document.matchAll(/\[([^\]]+)\]\(\.\.\/test\/([^)]+)\)/g), ([, name = "", path = ""]) => ({
  name,
  path,
}));
const ROWS = document.split("\n").filter((line) => /^\| [A-Z]/.test(line));

describe("a promise", () => {
  test.each(LINKS)("names a test that exists: $name ($path)", ({ name, path }) => {
    const written = path.endsWith(".py") ? `def test_${name.replaceAll(" ", "_")}(` : `"${name}"`;
    expect(SOURCES[`./${path}`] ?? "", `test/${path} is not there, or has another name`).toContain(written);
  });

  test.each(ROWS)("names a test for a queue on one object, and says what a spread one does: %s", (row) => {
    const [, , one = "", spread = ""] = row.split("|");
    expect(one).toContain("](../test/");
    expect(spread.trim()).not.toBe("");
  });
});
