/** What commands say about answers of other servers, and of services that want no requests for a while. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { EXIT } from "../../packages/sukkal/src/cli/exit-code.ts";
import { sukkal, type Outcome } from "./command-line.ts";
import { startRecorder, type Reply } from "./recorder.ts";

const COMMANDS = [
  "post jobs {}",
  "peek jobs",
  "message show jobs 1",
  "message delete jobs 1",
  "claim jobs",
  "ack jobs c --all",
  "release jobs c",
  "export jobs",
  "copy jobs others",
  "consume jobs --exec true --until-empty",
  "queue create jobs",
  "queue list --details",
  "queue show jobs",
  "queue set jobs team=web",
  "queue pause jobs",
  "queue purge jobs --yes",
  "queue delete jobs --yes",
  "queue share jobs",
  "topic list",
  "topic show news",
  "overview",
  "dead list",
  "dead show jobs",
  "redrive jobs",
  "redrive jobs --status",
  "sub list jobs",
  "sub add jobs https://shop.example/hook",
  "sub show jobs 1",
  "sub set jobs 1 --ttl 1h",
  "sub test jobs 1",
  "sub deliveries jobs 1",
  "sub deliveries jobs 1 --failed",
  "sub redeliver jobs 1",
  "sub secret jobs 1",
  "sub confirm jobs 1",
  "sub delete jobs 1 --yes",
  "whoami",
  "doctor",
  "key create",
  "key list",
  "key show 1",
  "key revoke 1",
  "quota show",
  "quota set queues=1",
  "quota reset",
  "usage",
  "project list",
  "openapi",
];

async function eachCommand(reply: Reply, check: (outcome: Outcome, line: string) => void): Promise<void> {
  await using server = await startRecorder(() => reply);
  for (const line of COMMANDS) check(await sukkal(line.split(" "), { env: { SUKKAL_URL: server.url } }), line);
}

const DOCUMENTS: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  null: null,
  "an empty object": {},
  "an array": [1],
  "members of other types": {
    queues: "x",
    messages: 5,
    links: { a: 1 },
    stats: null,
    metadata: 7,
    limits: 3,
    caller: 3,
  },
};

for (const [title, body] of Object.entries(DOCUMENTS))
  test(`commands end with a sentence and without a stack if a server answers ${title}`, async () => {
    await eachCommand({ body }, ({ stderr }, line) => assert.doesNotMatch(stderr, /\n\s+at /, line));
  });

interface Refusal {
  readonly title: string;
  readonly reply: Reply;
  readonly codes: readonly number[];
  readonly says: RegExp;
}

const { refused, notAllowed, unavailable } = EXIT;

const REFUSALS: readonly Refusal[] = [
  {
    title: "wants no request for an hour",
    reply: { status: 429, headers: { "Retry-After": "3600" }, body: { title: "Too many requests" } },
    codes: [unavailable],
    says: /hint: The service asks to try again in 1 h\.|answers 429/,
  },
  {
    title: "redirects",
    reply: { status: 301, headers: { Location: "https://queues.example/v2" } },
    codes: [refused],
    says: /redirects to https:\/\/queues\.example\/v2/,
  },
  {
    title: "knows no credential",
    reply: { status: 401 },
    codes: [notAllowed],
    says: /hint: Give an API key|SUKKAL_KEY/,
  },
  { title: "forbids it", reply: { status: 403 }, codes: [notAllowed], says: /HTTP 403|role/ },
  { title: "refuses all requests", reply: { status: 400 }, codes: [refused], says: /HTTP 400/ },
];

for (const { title, reply, codes, says } of REFUSALS)
  test(`all commands say that a server ${title}, with the same exit code`, { timeout: 60_000 }, async () => {
    await eachCommand(reply, ({ stdout, stderr, code }, line) => {
      // It has findings instead.
      if (line === "doctor") return assert.equal(code, EXIT.refused);
      assert.match(stdout + stderr, says, line);
      assert.ok(codes.includes(code), `${line}: ${code}`);
    });
  });

test("an answer without an end is not kept", { timeout: 60_000 }, async (t) => {
  const blanks = Buffer.alloc(1024 * 1024, " ");
  const server = createServer(({ url: path }, response) => {
    // Keystone's answer to a credential.
    const [status, headers] = path?.startsWith("/v3/") === true ? [201, { "X-Subject-Token": "t" }] : [200, {}];
    response.writeHead(status, headers);
    const send = (): void => {
      while (response.write(blanks));
    };
    response.on("drain", send);
    send();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const listed = await sukkal(["queue", "list"], { env: { SUKKAL_URL: url } });
  assert.match(listed.stderr, new RegExp(`^error: The answer of ${url} is longer than 64 MiB\\.\nhint: `));
  assert.equal(listed.code, EXIT.unavailable);
  const doctor = await sukkal(["doctor"], { env: { SUKKAL_URL: url } });
  assert.match(doctor.stdout, /health.*longer than 64 MiB/);
  const keystone = { OS_AUTH_URL: url, OS_USERNAME: "a", OS_PASSWORD: "b", OS_PROJECT_NAME: "c" };
  const entered = await sukkal(["queue", "list"], { env: keystone });
  assert.match(entered.stderr, /longer than 64 MiB/);
});

test("text of a server does not reach a terminal raw", async () => {
  const evil = "\u001B[2J\u009B31m\u202Ex";
  await using server = await startRecorder(() => ({
    status: 201,
    body: { resources: [`/v2/queues/jobs/messages/${evil}`] },
  }));
  for (const words of [
    ["post", "jobs", "1"],
    ["post", "jobs", "1", "--json"],
  ]) {
    const { stdout } = await sukkal(words, { env: { SUKKAL_URL: server.url }, terminal: 80 });
    assert.doesNotMatch(stdout, /(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
    if (words.includes("--json")) assert.equal((JSON.parse(stdout) as { readonly id: string }).id, evil);
  }
});
