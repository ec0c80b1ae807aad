/** The tables of docs/COMPATIBILITY.md, compared with the routes, the operations, the actions and the test files. */
import { describe, expect, test } from "vitest";
import compatibility from "../docs/COMPATIBILITY.md?raw";
import webSocket from "../docs/WEBSOCKET.md?raw";
import { OPERATIONS } from "../src/operations/table.ts";
import type { Action } from "../src/websocket/actions/action.ts";
import { ACTIONS } from "../src/websocket/actions/table.ts";
import { send } from "./support/drivers/request.ts";

interface Row {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  readonly status: string;
  readonly file: string;
}

const ROW = /^\| `(?<method>[A-Z]+) (?<path>\/\S*)` \| (?<operation>\S+) \| (?<status>[^|]+) \| (?<file>\S+) \|$/gm;

/** A capability, its operations, and whether Sukkal (by both transports), Zaqar and three clients have it. */
const CAPABILITY = /^\| [^|`]+ \| (-|(?:`\w+` ?)+) \| (\w+) \| (\w+) \| ([^|]+) \| (\w+) \| (\w+) \| (\w+) \|$/gm;

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

test("every action of a frame has a row, and each row names a test that exists", () => {
  const listed = [...compatibility.matchAll(/^\| `(\w+)` \| done \| (\S+) \|$/gm)];
  const actions = [...Object.keys(ACTIONS), "authenticate"];
  expect(listed.map(([, action = ""]) => action).toSorted()).toEqual(actions.toSorted());
  for (const [, , file] of listed) expect(testFiles).toContain(file);
});

test("docs/WEBSOCKET.md describes every action, with the members that its schema knows", () => {
  for (const [name, { fields }] of Object.entries<Action>(ACTIONS)) {
    const [, members = ""] = new RegExp(`^\\| \`${name}\` \\| ([^|]+) \\|`, "m").exec(webSocket) ?? [];
    const listed = [...members.matchAll(/`(\w+)`/g)].map(([, member = ""]) => member);
    expect(listed.toSorted(), name).toEqual(Object.keys(fields).toSorted());
    const required = [...members.matchAll(/\*\*`(\w+)`\*\*/g)].map(([, member = ""]) => member);
    const wanted = Object.keys(fields).filter((field) => fields[field]?.isRequired === true);
    expect(required.toSorted(), name).toEqual(wanted.toSorted());
  }
});

describe("the table of capabilities", () => {
  const capabilities = [...compatibility.matchAll(CAPABILITY)].map(([, names = "", ...cells]) => {
    const [http, framed, zaqar, ...clients] = cells;
    return { operations: [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name), http, framed, zaqar, clients };
  });
  const known = { ...OPERATIONS, authenticate: null };
  const inFrames = new Set(["authenticate", ...Object.values<Action>(ACTIONS).map(({ operation }) => operation)]);

  test("is read as a whole", () => {
    const [, section = ""] = compatibility.split("\n## Capabilities\n");
    const lines = section.split("\n## ")[0]?.match(/^\|.*$/gm) ?? [];
    // The head of the table has two lines.
    expect(capabilities).toHaveLength(lines.length - 2);
  });

  test("has every operation once, and authenticate", () => {
    const named = capabilities.flatMap(({ operations }) => operations);
    expect(named.toSorted()).toEqual(Object.keys(known).toSorted());
  });

  test("says for each which transport it has", () => {
    for (const { operations, http, framed } of capabilities) {
      for (const operation of operations) {
        expect(http, operation).toBe(rows.some((row) => row.operation === operation) ? "yes" : "no");
        expect(framed, operation).toBe(inFrames.has(operation) ? "yes" : "no");
      }
    }
  });

  test("says no for Zaqar where the endpoint is an extension, and then for its clients too", () => {
    const [, extensions = ""] = compatibility.split("\nEndpoints of [extensions]");
    for (const { operations, zaqar, clients } of capabilities) {
      for (const operation of operations) {
        expect(zaqar === "no", operation).toBe(extensions.includes(` | \`${operation}\` | `));
      }
      if (zaqar === "no") expect(clients).toEqual(["no", "no", "no"]);
      for (const cell of clients) expect(["yes", "no"]).toContain(cell);
    }
  });
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
