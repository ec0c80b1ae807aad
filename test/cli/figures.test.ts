/** Figures of a service that has them: what is exact, what is not, and what that looks like. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { figureText, figureValue, sumOf } from "../../packages/sukkal/src/cli/places/figure-text.ts";
import type { Figure, Overview, PlaceFigures, ProjectUsage } from "sukkal/client";
import { sukkal } from "./command-line.ts";
import { SERVICE, startRecorder, type Recorder } from "./recorder.ts";

const NO_COUNTS = {
  posted: 0,
  adopted: 0,
  claimed: 0,
  released: 0,
  lapsed: 0,
  deleted: 0,
  expired: 0,
  dead_lettered: 0,
  redriven: 0,
};
const COUNTERS = { since: "2030-01-01T00:00:00Z", exact: true, ...NO_COUNTS };

function place(name: string, parts: Partial<PlaceFigures>): PlaceFigures {
  return {
    kind: "queue",
    name,
    href: `/v2/queues/${name}`,
    as_of: "2030-01-01T00:00:00Z",
    certainty: "current",
    messages: { total: 0, free: 0, claimed: 0, delayed: 0, oldest: null, first_expiry: null },
    waiting_claims: 0,
    bytes: 28_672,
    paused: [],
    rates: NO_COUNTS,
    counters: COUNTERS,
    subscriptions: null,
    dead_letter_queue: null,
    ...parts,
  };
}

function messages(free: Figure, age: Figure): PlaceFigures["messages"] {
  const oldest = age === null ? null : { age, created: "2030-01-01T00:00:00Z" };
  return { total: free, free, claimed: 0, delayed: 0, oldest, first_expiry: null };
}

const TOTALS = {
  places: 4,
  unknown: 0,
  unconfirmed: 0,
  messages: { total: 9, free: 9, claimed: 0, delayed: 0 },
  waiting_claims: 1,
  bytes: 4096,
  counters: { ...COUNTERS, posted: 1234 },
};

const PLACES: readonly PlaceFigures[] = [
  place("jobs", {
    messages: messages({ min: 3, max: 7 }, { min: 60, max: 120 }),
    rates: { ...NO_COUNTS, posted: 12.34, deleted: 0.26 },
    dead_letter_queue: "graves",
  }),
  place("mails", { messages: messages({ min: 0, max: 2 }, 30), waiting_claims: { min: 0, max: 4 } }),
  place("lost", {
    certainty: "unconfirmed",
    messages: messages(5, 10),
    as_of: new Date(Date.now() - 7_820_000).toISOString(),
  }),
  place("graves", { messages: messages(1, 3600) }),
];

function overview(places: readonly PlaceFigures[], total = places.length): Overview {
  return { at: "2030-01-01T00:00:00Z", totals: { ...TOTALS, places: total }, places };
}

function serve(document: unknown): Promise<Recorder> {
  return startRecorder(({ path }) => ({ body: path.startsWith("/v2/overview") ? document : SERVICE }));
}

async function show(document: unknown, line: string, terminal?: number) {
  await using recorder = await serve(document);
  const env = { SUKKAL_URL: recorder.url };
  const outcome = await sukkal(line.split(" "), { env, ...(terminal === undefined ? {} : { terminal }) });
  return { ...outcome, paths: recorder.requests.map(({ path }) => path) };
}

test("the overview is one request, and says what is not exact", async () => {
  const { stdout, stderr, paths } = await show(overview(PLACES), "overview", 100);
  assert.deepEqual(paths, ["/v2/overview?kind=queue&sort=free&limit=100&fresh=true"]);
  assert.deepEqual(
    stdout.split("\n").map((line) => line.trimEnd().replaceAll(/ {2,}/g, "  ")),
    [
      "NAME  FREE  CLAIMED  OLDEST  IN  OUT  WAITING  DEAD  AS OF",
      "jobs  3–7  0  ≤2 min  12/s  0.3/s  0  1  -",
      "lost  ~5  ~0  ~10 s  0/s  0/s  ~0  -  2 h 10 min ago",
      "mails  ≤2  0  30 s  0/s  0/s  ≤4  -  -",
      "graves  1  0  1 h  0/s  0/s  0  -  -",
      "",
    ],
  );
  assert.equal(stderr, "4 queues: 9–15 messages free, 0 claimed.\n");
});

test("the overview fits on a terminal of 80 columns", async () => {
  const long = place("thumbnails-of-all-pictures", { messages: messages(1, 3600), paused: ["notifications"] });
  const { stdout } = await show(overview([...PLACES, long]), "overview", 80);
  for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
  // Names are not cut while there are columns that matter less.
  assert.match(stdout, /^NAME +FREE +CLAIMED +OLDEST +IN +DEAD +PAUSED\n/);
  assert.match(stdout, /^thumbnails-of-all-pictures /m);
});

test("the overview says on how many objects a queue is, if one is spread", async () => {
  const spread = { phase: "spread", objects: 8, load: 2.5, changed: "2030-01-01T00:00:00Z" };
  const ending = { ...spread, phase: "draining" };
  const places = [place("busy", { spread }), place("ending", { spread: ending }), place("small", {})];
  const { stdout } = await show(overview(places), "overview", 80);
  assert.deepEqual(
    stdout.split("\n").map((line) => line.trimEnd().replaceAll(/ {2,}/g, "  ")),
    [
      "NAME  FREE  CLAIMED  OLDEST  OBJECTS",
      "busy  0  0  -  8",
      "ending  0  0  -  8 (draining)",
      "small  0  0  -  -",
      "",
    ],
  );
  assert.match((await show(overview(places), "overview")).stdout, /^busy\t.*Z\t8\nending\t.*Z\t8\nsmall\t.*Z\t\n$/);
});

test("a pipe has all columns, with bounds as 3..7", async () => {
  const { stdout } = await show(overview(PLACES.slice(0, 1)), "overview");
  assert.equal(stdout, "jobs\t3..7\t0\t0\t60..120\t12.3\t0.3\t0\t\t\t2030-01-01T00:00:00Z\t\n");
});

test("JSON has the figures of the API", async () => {
  const { stdout } = await show(overview(PLACES), "overview --json --name jobs");
  assert.deepEqual(JSON.parse(stdout), { ...PLACES[0], dead_letters: 1 });
});

test("it says how many queues it does not have", async () => {
  const { stderr } = await show(overview(PLACES, 1204), "overview");
  assert.match(stderr, /, and 1,200 more\.\n$/);
});

test("of more than 100 queues the others are as they are known", async () => {
  const places = Array.from({ length: 100 }, (_, index) => place(`q${index}`, { messages: messages(index, null) }));
  const { paths, stdout } = await show(overview(places, 101), "overview");
  assert.deepEqual(
    paths.map((path) => path.replace(/^.*limit/, "limit")),
    ["limit=100&fresh=true", "limit=5000", "limit=5000&marker=q99"],
  );
  assert.equal(stdout.split("\n").length, 101);
});

test("top asks no queue", async () => {
  await using recorder = await serve(overview(PLACES));
  const ending = new AbortController();
  const onStdout = (): void => ending.abort("interrupted");
  await sukkal(["top"], { env: { SUKKAL_URL: recorder.url }, signal: ending.signal, onStdout });
  assert.deepEqual(
    recorder.requests.map(({ path }) => path),
    ["/v2/overview?kind=queue&limit=5000"],
  );
});

test("figures as texts for people and for programs", () => {
  for (const [figure, text, value] of [
    [null, "?", null],
    [0, "0", 0],
    [1234, "1,234", 1234],
    [{ min: 0, max: 7 }, "≤7", "0..7"],
    [{ min: 3, max: 7 }, "3–7", "3..7"],
    [{ min: 3 }, "≥3", "3.."],
  ] as const) {
    assert.equal(figureText(figure), text);
    assert.equal(figureValue(figure), value);
  }
  assert.deepEqual(sumOf([1, null, { min: 2, max: 5 }]), { min: 3, max: 6 });
  assert.deepEqual(sumOf([1, { min: 2 }]), { min: 3 });
  assert.equal(sumOf([]), 0);
});

const USAGE: ProjectUsage = { project_id: "shop", at: "2030-01-01T00:00:00Z", ...TOTALS };

test("usage of a project", async () => {
  await using recorder = await startRecorder(() => ({ body: { ...USAGE, unknown: 2 } }));
  const env = { SUKKAL_URL: recorder.url };
  const { stdout, stderr } = await sukkal(["usage"], { env, terminal: 80 });
  assert.match(stdout, /^project +shop\nqueues_and_topics +4\nmessages +9\n/);
  assert.match(stdout, /\nsince +2030-01-01 00:00:00Z\nposted +1,234\n/);
  assert.equal(stderr, "Without 2 queues that nobody has used since the service has figures.\n");
});

test("usage that is not known for certain has bounds", async () => {
  const usage: ProjectUsage = {
    ...USAGE,
    unconfirmed: 1,
    messages: { ...USAGE.messages, total: null },
    bytes: { min: 4096 },
  };
  await using recorder = await startRecorder(() => ({ body: usage }));
  const { stdout, stderr } = await sukkal(["usage"], { env: { SUKKAL_URL: recorder.url }, terminal: 80 });
  assert.match(stdout, /\nmessages +\?\n/);
  assert.match(stdout, /\nbytes +≥4,096\n/);
  assert.equal(stderr, "Without 1 queue whose last changes may be lost.\n");
});

test("the projects in use", async () => {
  await using recorder = await startRecorder(() => ({ body: { projects: [USAGE] } }));
  const env = { SUKKAL_URL: recorder.url };
  const { stdout } = await sukkal(["project", "list", "--limit", "5"], { env });
  assert.equal(stdout, "shop\t4\t9\t1\t4096\t1234\t0\t0\t2030-01-01T00:00:00Z\n");
  assert.equal(recorder.requests[0]?.path, "/v2/projects?limit=5");
});

test("a service without figures says so", async () => {
  await using recorder = await startRecorder(() => ({ status: 404, body: { title: "x", code: "route-unknown" } }));
  for (const line of ["usage", "project list"]) {
    const { stderr, code } = await sukkal(line.split(" "), { env: { SUKKAL_URL: recorder.url } });
    assert.equal(stderr, "error: The service has no figures.\nhint: It has them with METER=on.\n");
    assert.notEqual(code, 0);
  }
});

test("a queue is shown with its figures and consumers", async () => {
  const consumers = [
    {
      client_id: "3381af92-2b9e-11e3-b191-71861300734c",
      last_asked: new Date(Date.now() - 5000).toISOString(),
      claimed_per_minute: 12.34,
      deleted_per_minute: 12,
      held: 3,
    },
  ];
  const figures = place("jobs", {
    rates: { ...NO_COUNTS, posted: 2.5, lapsed: 0.03 },
    consumers,
    load: 0.42,
  });
  const details = { name: "jobs", metadata: {}, messages: { total: 0, free: 0, claimed: 0 } };
  await using recorder = await startRecorder(({ path }) => ({ body: path.includes("/figures") ? figures : details }));
  const env = { SUKKAL_URL: recorder.url };
  const { stdout } = await sukkal(["queue", "show", "jobs"], { env, terminal: 120 });
  assert.match(
    stdout,
    /\ndelayed +0\nwaiting_claims +0\nbytes +28,672\nrates +2\.5\/s posted, under 0\.1\/s lapsed\nload +42 % of one object\n/,
  );
  assert.match(
    stdout,
    /\nconsumer +3381af92-2b9e-11e3-b191-71861300734c {2}holds 3 messages, claims 12\.3 a minute, asked \d s ago\n/,
  );
  const { stdout: json } = await sukkal(["queue", "show", "jobs", "--json"], { env });
  assert.deepEqual((JSON.parse(json) as { readonly figures: unknown }).figures, figures);
});

test("check asks a queue itself only if the overview is not certain about its free messages", async () => {
  const asked = { name: "x", metadata: {}, messages: { total: 9, free: 9, claimed: 0 } };
  const cases: readonly (readonly [parts: Partial<PlaceFigures>, says: string, isAsked: boolean])[] = [
    [{}, "x: 0 messages", false],
    [{ messages: messages(2, 90) }, "x: 2 messages, the oldest 1 min 30 s old", false],
    [{ messages: messages(2, 90), certainty: "recent" }, "x: 2 messages, the oldest 1 min 30 s old", false],
    [{ messages: messages(2, 90), certainty: "unconfirmed" }, "x: 9 messages", true],
    [{ messages: messages(2, { min: 1, max: 90 }) }, "x: 9 messages", true],
    [{ messages: messages({ min: 1, max: 2 }, 90) }, "x: 9 messages", true],
    [{ messages: { ...messages(2, 90), total: 3, claimed: 1 } }, "x: 9 messages", true],
    [{ messages: { ...messages(2, 90), total: 3, delayed: 1 } }, "x: 9 messages", true],
  ];
  for (const [parts, says, isAsked] of cases) {
    await using recorder = await startRecorder(({ path }) => ({
      body: path.startsWith("/v2/overview") ? overview([place("x", parts)]) : asked,
    }));
    const { stdout } = await sukkal(["check", "x"], { env: { SUKKAL_URL: recorder.url } });
    assert.ok(stdout.startsWith(`SUKKAL OK - ${says} |`), `${JSON.stringify(parts)}: ${stdout}`);
    assert.equal(recorder.requests.length, isAsked ? 2 : 1);
    assert.equal(recorder.requests[0]?.path, "/v2/overview?kind=queue&name=x&limit=1000");
  }
});
