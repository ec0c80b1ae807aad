/** `npm run stack`: replaces positions in the bundle by positions in the sources. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { buildIfChanged } from "./build.ts";
import { readMap, toSources } from "./stack.ts";
import { ROOT } from "./wrangler.ts";

before(buildIfChanged);

test("finds the line in the sources, in a JSON line and in a plain stack", () => {
  const text = "Queue stats could not be read.";
  const bundled = placeOf("dist/index.js", text);
  const written = placeOf("src/operations/queues.ts", text);
  const place = `index.js:${bundled.row}:${bundled.column}`;
  const found = toSources(JSON.stringify({ stack: `Error: a\n    at async $t (${place})\n    at b` }), readMap());
  assert.match(found, new RegExp(`at async \\$t \\(src/operations/queues\\.ts:${written.row}:\\d+\\)\\\\n    at b"}$`));
  assert.match(
    toSources(`    at file:///srv/${place}`, readMap()),
    new RegExp(`^    at src/operations/queues\\.ts:${written.row}:\\d+$`),
  );
});

test("does not change other lines", () => {
  for (const line of ['{"event":"request","status":200}', "reindex.js is 12:30", ""]) {
    assert.equal(toSources(line, readMap()), line);
  }
});

/** Row and column, counted from 1 as in stacks. */
function placeOf(file: string, text: string): { readonly row: number; readonly column: number } {
  const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
  const index = lines.findIndex((line) => line.includes(text));
  assert.notEqual(index, -1, `${file} does not hold "${text}"`);
  return { row: index + 1, column: (lines[index] ?? "").indexOf(text) + 1 };
}
