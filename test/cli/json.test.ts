/** `--json` of all commands that print data: each line is a document, and a list has a line for each entry. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf, serviceOfTests } from "./service.ts";

const { sukkal, client } = serviceOfTests({ SIGNED_URL_SECRET_KEY: "0".repeat(32), ALLOW_PRIVATE_SUBSCRIBERS: "true" });

/** CRLF, bytes that a terminal could obey, and a number that JavaScript cannot write. */
const BODY = '{"a":\r\n 9007199254740993,\t"b": "\u009B31m\u202E\u2028 ü 👩‍👩‍👧"}';

async function documents(words: readonly string[], code: number): Promise<readonly unknown[]> {
  const outcome = await sukkal([...words, "--json"]);
  assert.equal(outcome.code, code, `${words.join(" ")}: ${outcome.stderr}`);
  return linesOf(outcome).map((line) => JSON.parse(line) as unknown);
}

test("each command prints valid JSON", { timeout: 60_000 }, async () => {
  const id = String((await documents(["post", "jobs", BODY], 0)).map((each) => (each as { id: string }).id));
  await client().topic("news").create();
  await sukkal(["queue", "create", "work", "--set", "_dead_letter_queue=jobs", "--set", "_max_claim_count=1"]);
  const added = await documents(["sub", "add", "jobs", "http://127.0.0.1:1/hook"], 0);
  const { id: subscription } = added[0] as { readonly id: string };
  const cases: readonly (readonly [line: string, lines: number, code?: number])[] = [
    ["peek jobs", 1],
    [`message show jobs ${id}`, 1],
    ["export jobs", 1],
    ["queue list", 2],
    ["queue list --details", 2],
    ["queue show jobs", 1],
    ["queue set jobs team=web", 1],
    ["queue pause jobs", 0],
    ["queue resume jobs", 0],
    ["queue share jobs", 1],
    ["topic list --details", 1],
    ["topic show news", 1],
    ["overview", 2],
    ["check jobs --max-messages 5", 1],
    ["check jobs --max-messages 0", 1, 2],
    ["dead list", 1],
    ["dead show jobs", 0],
    ["sub list jobs", 1],
    [`sub show jobs ${subscription}`, 1],
    [`sub deliveries jobs ${subscription}`, 1],
    [`sub test jobs ${subscription}`, 1, 1],
    [`sub secret jobs ${subscription}`, 1],
    [`sub redeliver jobs ${subscription}`, 1],
    ["whoami", 1],
    ["quota show", 0],
    ["key new-admin-key", 1],
    ["context list", 0],
    ["claim jobs", 1],
    ["consume work --exec true --until-empty", 0],
  ];
  for (const [line, lines, code = 0] of cases) {
    const printed = await documents(line.split(" "), code);
    if (lines > 0) assert.equal(printed.length, lines, line);
  }
  assert.equal(typeof JSON.parse((await sukkal(["openapi", "--json"])).stdout), "object");
});

test("a body stays the same value in JSON on a terminal, without characters that it could obey", async () => {
  await sukkal(["post", "shown", BODY]);
  for (const line of ["peek shown --json", "export shown --json", "tail shown --from-start --json"]) {
    const leaving = new AbortController();
    const { stdout } = await sukkal(line.split(" "), {
      terminal: 80,
      signal: leaving.signal,
      onStdout: () => leaving.abort(),
    });
    assert.doesNotMatch(stdout, /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u, line);
    const { body } = JSON.parse(stdout) as { readonly body: { readonly b: string } };
    assert.equal(body.b, (JSON.parse(BODY) as { readonly b: string }).b, line);
  }
});
