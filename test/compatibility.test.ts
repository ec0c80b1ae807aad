/** The table of docs/COMPATIBILITY.md, compared with the routes, the operations and the test files. */
import { expect, test } from "vitest";
import compatibility from "../docs/COMPATIBILITY.md?raw";
import { OPERATIONS } from "../src/operations/table.ts";
import { send } from "./support/drivers/request.ts";

interface Row {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  readonly status: string;
  readonly file: string;
}

const ROW = /^\| `(?<method>[A-Z]+) (?<path>\/\S*)` \| (?<operation>\S+) \| (?<status>[^|]+) \| (?<file>\S+) \|$/gm;

const rows: readonly Row[] = [...compatibility.matchAll(ROW)].map(({ groups = {} }) => ({
  method: groups["method"] ?? "",
  path: (groups["path"] ?? "").replace(/\?.*/, "").replace(/\{\w+\}/g, "x"),
  operation: (groups["operation"] ?? "").replaceAll("`", ""),
  status: groups["status"] ?? "",
  file: groups["file"] ?? "",
}));
const done = rows.filter(({ status }) => status.startsWith("done"));
const missing = rows.filter(({ status }) => status === "not yet");
const testFiles = Object.keys(import.meta.glob("./**/*.test.ts")).map((path) => path.replace("./", "test/"));

test("every row is either done or not yet", () => {
  expect(rows.length).toBeGreaterThan(40);
  expect(done.length + missing.length).toBe(rows.length);
});

test("every operation has a row, and every named operation exists", () => {
  const named = new Set(rows.map(({ operation }) => operation).filter((operation) => operation !== "-"));
  expect([...named].toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
});

test.each(done)("$method $path is shown by a test that exists", ({ file }) => {
  expect(testFiles).toContain(file);
});

// Routes that a setting adds are in tests of their own.
test.each(done.filter(({ status }) => status === "done"))("$method $path is routed", async ({ method, path }) => {
  expect((await send("OPTIONS", path)).headers.get("Allow")?.split(", ")).toContain(method);
});

test.each(missing)("$method $path is not there yet", async ({ path }) => {
  expect((await send("OPTIONS", path)).status).toBe(404);
});
