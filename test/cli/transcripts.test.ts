/** The transcripts of docs/CLI.md, in their order, against one service. They print what the document shows on a terminal. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startServer } from "sukkal/testing";
import { makeScratch } from "../../bench/scratch.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { checkTranscripts } from "./transcript-runner.ts";

const ADMIN_API_KEY = "sk_admin_".padEnd(52, "0");
/** The services of the document: one without authentication, and one whose operator's key is in the file admin-key. */
const SERVICES = [
  ["http://127.0.0.1:8787", {}],
  ["https://queues.example.com", { AUTH_STRATEGY: "keys", ADMIN_API_KEY }],
] as const;

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
  const text = readFileSync(join(ROOT, "docs/CLI.md"), "utf8");
  await checkTranscripts(t, { text, servers, folder: scratch.path, timeoutMs: 90_000 });
  scratch.remove();
});
