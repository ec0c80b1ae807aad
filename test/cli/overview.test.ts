/** `sukkal overview` and `sukkal top` against a service. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pauseAfter, Rates } from "../../packages/sukkal/src/cli/places/rates.ts";
import { toFigures } from "../../packages/sukkal/src/cli/places/overview-source.ts";
import type { OverviewRow } from "../../packages/sukkal/src/cli/places/overview.ts";
import { sukkal as run } from "./command-line.ts";
import { SERVICE, startRecorder } from "./recorder.ts";
import { linesOf, serviceOfTests } from "./service.ts";

const service = serviceOfTests();
const sukkal = (line: string, options = {}): ReturnType<typeof service.sukkal> =>
  service.sukkal(line.split(" "), options);

/** Of a line in a pipe: the name and the figures that do not change with time. */
function cells(line: string): (string | undefined)[] {
  const [name, free, claimed, , , , , , dead, paused] = line.split("\t");
  return [name, free, claimed, dead, paused];
}

test("without a queue the overview says so", async () => {
  assert.deepEqual(await sukkal("overview"), {
    stdout: "",
    stderr: "0 queues: 0 messages free, 0 claimed.\n",
    code: 0,
  });
});

test("the overview has the figures of all queues and of their dead letters, the deepest first", async () => {
  const client = service.client();
  await client.queue("jobs").create({ _dead_letter_queue: "graves", _max_claim_count: 1 });
  await client.queue("jobs").postMany([1, 2, 3]);
  await client.queue("jobs").claim({ limit: 1 });
  await client.queue("graves").postMany([1, 2, 3, 4, 5]);
  await client.queue("new").create({ _dead_letter_queue: "not-yet", _paused: ["claims"] });
  const outcome = await sukkal("overview");
  assert.deepEqual(linesOf(outcome).map(cells), [
    ["graves", "5", "0", "", ""],
    ["jobs", "2", "1", "5", ""],
    ["new", "0", "0", "", "claims"],
  ]);
  assert.equal(outcome.stderr, "3 queues: 7 messages free, 1 claimed.\n");
  const shown = await sukkal("overview", { terminal: 80 });
  assert.match(
    shown.stdout,
    /^NAME +FREE +CLAIMED +OLDEST .*DEAD +PAUSED\ngraves +5 +0 +\d+ s .*- +-\njobs +2 +1 +\d+ s .*5 +-\n/,
  );
});

test("it is selected, sorted and cut; dead letters of a queue that is left out count too", async () => {
  const namesOf = async (flags: string): Promise<string[]> =>
    linesOf(await sukkal(`overview ${flags}`)).map((line) => line.split("\t")[0] ?? "");
  assert.deepEqual(await namesOf("--sort name"), ["graves", "jobs", "new"]);
  assert.deepEqual(await namesOf("--sort dead --limit 1"), ["jobs"]);
  // What has no age comes last.
  assert.equal((await namesOf("--sort oldest")).at(-1), "new");
  const [document = ""] = linesOf(await sukkal("overview --name jobs --json"));
  const { dead_letters: dead, messages } = JSON.parse(document) as Record<string, unknown>;
  assert.deepEqual([dead, (messages as { readonly total: number }).total], [5, 3]);
});

test("top shows how fast queues grow, in place, until q", async () => {
  const posting = service.client().queue("growing");
  await posting.post(0);
  const ending = new AbortController();
  let frames = 0;
  const onStdout = (text: string): void => {
    if (!text.includes("growing")) return;
    if (++frames === 1) void posting.postMany([1, 2, 3, 4, 5]);
    if (/growing +6 +0 +\+\d/.test(text)) ending.abort("interrupted");
  };
  const { stdout, code } = await sukkal("top --interval 1s --name growing", {
    terminal: 80,
    signal: ending.signal,
    onStdout,
  });
  assert.equal(code, 130);
  const shown = stdout.replaceAll("\u001B", "␛");
  // It has a screen of its own, and gives it back.
  assert.match(shown, /^␛\[\?1049h␛\[\?25l[^]*␛\[\?25h␛\[\?1049l$/);
  assert.match(shown, /\d\d:\d\d:\d\d {2}1 queue: 6 messages free, 0 claimed {2}q ends {2}http/);
  for (const line of shown.split(/\r\n|␛\[H/)) assert.ok(line.replaceAll(/␛\[[?\d]*[A-Za-z]/g, "").length <= 80, line);
});

for (const [key, code] of [
  ["q", 0],
  ["\u0003", 130],
] as const) {
  test(`the key ${JSON.stringify(key)} ends top with the exit code ${code}`, async () => {
    const outcome = await sukkal("top", { terminal: 80, isTyped: true, input: key });
    assert.equal(outcome.code, code);
  });
}

test("in a pipe top prints lines with the time", async () => {
  const ending = new AbortController();
  const onStdout = (text: string): void => {
    if (text.includes("\tnew\t")) ending.abort("interrupted");
  };
  const lines = linesOf(await sukkal("top", { signal: ending.signal, onStdout })).map((line) => line.split("\t"));
  assert.ok(lines.every(([time = ""]) => !Number.isNaN(Date.parse(time))));
  assert.deepEqual(lines.find(([, name]) => name === "new")?.slice(1, 4), ["new", "0", "0"]);
  assert.equal((await sukkal("top --interval 0")).code, 2);
});

/** Another server at the address may answer anything. */
const HOSTILE = { title: "\u001B[31mred\nline", description: "" };

test("while the service does not answer, top shows since when, and then goes on", async () => {
  let lists = 0;
  const list = { queues: [{ name: "jobs", metadata: {}, messages: { free: 7, claimed: 0, total: 7 } }], links: [] };
  await using recorder = await startRecorder(({ path }) => {
    if (!path.startsWith("/v2/queues")) return { body: SERVICE };
    // The client repeats a request once.
    return ++lists === 2 || lists === 3 ? { status: 503, body: HOSTILE } : { body: list };
  });
  const ending = new AbortController();
  let frames = 0;
  const onStdout = (text: string): void => {
    if (text.includes("jobs") && ++frames === 3) ending.abort("interrupted");
  };
  const env = { SUKKAL_URL: recorder.url };
  const { stdout } = await run(["top", "--interval", "1s"], { env, terminal: 80, signal: ending.signal, onStdout });
  const states = stdout.split("\u001B[H").map((frame) => /No figures for \d s|1 queue: 7/.exec(frame)?.[0]);
  assert.deepEqual(states, [undefined, "1 queue: 7", "No figures for 1 s", "1 queue: 7"]);
  assert.equal(stdout.includes("\u001B[31m"), false);
  // The size of a page is asked for once.
  assert.equal(recorder.requests.filter(({ path }) => path === "/v2/service").length, 1);
  lists = 1;
  assert.equal((await run(["top"], { env, terminal: 80 })).code, 5);
});

test("a rate is the change of free and claimed messages over the time between two figures", () => {
  const row = (name: string, total: number | null): OverviewRow => ({
    ...toFigures({ name, metadata: {}, stats: total === null ? null : { total, oldest: null, newest: null } }),
    deadLetters: undefined,
  });
  const changes = (rows: readonly { readonly change: number | null }[]): unknown[] => rows.map(({ change }) => change);
  const rates = new Rates();
  assert.deepEqual(changes(rates.of([row("a", 10), row("b", 5)], 1000)), [null, null]);
  assert.deepEqual(changes(rates.of([row("b", 0), row("a", 40), row("c", 1)], 3000)), [-2.5, 15, null]);
  assert.deepEqual(changes(rates.of([row("a", null), row("b", 0)], 4000)), [null, 0]);
  assert.deepEqual(changes(rates.of([row("a", 40)], 5000)), [null]);
});

test("figures are read every interval, and for at most half of the time", () => {
  for (const [tookMs, expected] of [
    [0, 2000],
    [100, 1900],
    [1000, 1000],
    [1001, 1001],
    [5000, 5000],
  ] as const)
    assert.equal(pauseAfter({ tookMs, intervalMs: 2000 }), expected);
});

test("more queues than one answer has are read in pages, so that dead letters and names count everywhere", async () => {
  const place = (name: string, total: number, target: string | null = null): object => ({
    ...toFigures({ name, metadata: {}, stats: { total, oldest: null, newest: null } }),
    dead_letter_queue: target,
  });
  const all = [place("a", 1), place("b", 1, "c"), place("c", 9)];
  const queries: string[] = [];
  await using recorder = await startRecorder(({ path }) => {
    if (!path.startsWith("/v2/overview")) return { body: SERVICE };
    const query = new URL(path, "http://127.0.0.1").searchParams;
    queries.push([query.get("sort"), query.get("fresh"), query.get("marker")].join(" "));
    const from = query.get("marker") === "a" ? 1 : query.get("marker") === "b" ? 2 : 0;
    return { body: { at: new Date().toISOString(), totals: { places: 3 }, places: all.slice(from, from + 1) } };
  });
  const env = { SUKKAL_URL: recorder.url };
  const { stdout } = await run(["overview", "--sort", "dead", "--name", "^[ab]$"], { env });
  assert.deepEqual(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t")[0]),
    ["b", "a"],
  );
  assert.deepEqual(queries, ["name true ", "  ", "  a", "  b"]);
});
