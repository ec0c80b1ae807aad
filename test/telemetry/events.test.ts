/** The table of events in docs/LOGS.md: it has the events of the code with their levels and members, and no others. */
import { expect, test } from "vitest";
import logs from "../../docs/LOGS.md?raw";
import { EVENTS } from "../../src/telemetry/events.ts";

const SOURCES = import.meta.glob(["../../src/**/*.ts", "!../../src/telemetry/events.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});

test("docs/LOGS.md has a row for every event", () => {
  const rows = [...logs.matchAll(/^\| `([\w.]+)` \| `(\w+)` \| (.*?) \|/gm)];
  const documented = rows.map(([, name, level, members = ""]) => ({ name, level, members: membersIn(members) }));
  const wanted = Object.entries(EVENTS).map(([name, { level, members }]) => ({ name, level, members: [...members] }));
  expect(documented, "write the events of src/telemetry/events.ts into the table, in this order").toEqual(wanted);
});

test("every event is logged somewhere, and no other", () => {
  const code = Object.values(SOURCES).join("\n");
  const byKind = /`\$\{place\.kind\}\.(\w+)`/g;
  const written = new Set([...code.matchAll(/"((?:\w+\.)?\w+)"/g)].map(([, name]) => name));
  for (const [, fact = ""] of code.matchAll(byKind))
    for (const kind of ["queue", "topic"]) written.add(`${kind}.${fact}`);
  const unused = Object.keys(EVENTS).filter((name) => !written.has(name));
  expect(unused, "remove it from src/telemetry/events.ts").toEqual([]);
  const logged = [...code.matchAll(/\blogEvent\("([^"]+)"/g)].map(([, name]) => name);
  expect(logged.length).toBeGreaterThan(10);
  expect(logged.filter((name = "") => !(name in EVENTS))).toEqual([]);
});

function membersIn(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
}
