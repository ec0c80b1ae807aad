/** The transcripts of docs/CLI.md, in their order, against one service. They print what the document shows on a terminal. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startServer } from "sukkal/testing";
import { makeScratch } from "../../bench/scratch.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { stepsOf, toPattern } from "../support/transcript-steps.ts";
import { seen } from "./command-line.ts";
import { runInTerminal } from "./terminal.ts";

const ADMIN_API_KEY = "sk_admin_".padEnd(52, "0");
/** The services of the document: one without authentication, and one whose operator's key is in the file admin-key. */
const SERVICES = [
  ["http://127.0.0.1:8787", {}],
  ["https://queues.example.com", { AUTH_STRATEGY: "keys", ADMIN_API_KEY }],
] as const;
const STEPS = stepsOf(readFileSync(join(ROOT, "docs/CLI.md"), "utf8"));
const COLUMNS = 100;

test("the commands of docs/CLI.md print what it shows", { timeout: 110_000 }, async (t) => {
  const scratch = makeScratch("transcripts");
  const servers = await Promise.all(
    SERVICES.map(async ([documented, settings]) => ({
      documented,
      ...(await startServer({ server: ROOT, settings })),
    })),
  );
  t.after(() => Promise.all(servers.map((server) => server.stop())));
  writeFileSync(join(scratch.path, "admin-key"), ADMIN_API_KEY);
  const commands = STEPS.map(({ command }) =>
    servers.reduce((text, { documented, url }) => text.replaceAll(documented, url), command),
  );
  const printed = await runInTerminal(commands, { folder: scratch.path, columns: COLUMNS, timeoutMs: 90_000 });
  for (const [index, { command, answer }] of STEPS.entries()) {
    await t.test(`$ ${command}`, () => {
      const text = printed[index];
      assert.ok(text !== undefined, "The command was not run, or did not end in time.");
      const named = servers.reduce((shown, { documented, url }) => shown.replaceAll(url, documented), seen(text));
      const shown = comparable(named);
      const expected = comparable(answer);
      // The failure shows the difference.
      if (!toPattern(expected, "[^]*?").test(shown)) assert.equal(shown, expected);
    });
  }
  scratch.remove();
});

/** Before what a line shows now. Progress is drawn on slow machines only. */
const ERASE = "\r\u001B[K";

/** The widths of columns depend on texts that vary, such as the address of the service. */
function comparable(text: string): string {
  const shown = text.split("\n").map((line) => line.split(ERASE).at(-1));
  return shown.join("\n").trimEnd().replaceAll(/ {2,}/g, "  ");
}
