/** Command lines that are wrong, help, and services that do not answer. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { sukkal } from "./command-line.ts";

const WRONG: readonly (readonly [line: string, says: RegExp])[] = [
  ["queue lst", /no command "lst".*Did you mean `list`/],
  ["queue list --limt 3", /^error: There is no flag --limt\. Did you mean --limit\?\nhint: sukkal queue list --help /],
  ["queue list -x", /^error: There is no flag -x\.\n/],
  ["queue list --limit", /^error: The flag --limit needs a value\.\n/],
  ["queue list --limit 1 --limit 2", /^error: The flag --limit is there twice\.\n/],
  ["consume jobs", /^error: The flag --exec is missing\.\nhint: sukkal consume --help /],
  ["post", /^error: The argument <queue> is missing\.\nhint: sukkal post --help /],
  ["ack jobs", /^error: The argument <claim> is missing\.\n/],
  ["post jobs hello", /^error: The body is no JSON: "hello"\./],
  ["--project x queue lst", /no command "lst"/],
  ["quota set queues=x", /queues is a whole number or none, not "x"/],
  ["queue list --limit x", /limit: "x" is no whole number/],
  [`post jobs 1 --ttl ${"9".repeat(20)}`, /ttl: it is too long/],
  ["queue set a n=1e400", /1e400 has too many digits/],
  ['queue set a n={"m":[9007199254740993]}', /has too many digits/],
  ["peek ", /it is empty/],
  ["message delete jobs ", /it is empty/],
  ["message show jobs ", /it is empty/],
  ["queue create", /^error: The argument <queue> is missing\.\n/],
  ["queue create a b", /^error: "b" is one argument too many\.\n/],
  ["queue create a --set nothing", /"nothing" is no member/],
  ["queue delete a", /--yes/],
  ["queue list --url ftp://x", /no address of a service/],
  ["queue list --context nowhere", /no context "nowhere"/],
];

for (const [line, says] of WRONG) {
  test(`sukkal ${line}: exit code 2, and what is wrong`, async () => {
    const { code, stderr, stdout } = await sukkal(line.split(" "));
    assert.match(stderr, says);
    assert.equal(code, 2);
    assert.equal(stdout, "");
  });
}

test("a service that does not answer: exit code 5, its address and what to do", async () => {
  const port = await unusedPort();
  const { code, stderr } = await sukkal(["queue", "list", "--url", `http://127.0.0.1:${port}`]);
  assert.equal(code, 5);
  assert.match(stderr, /error: http:\/\/127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\.\nhint: .*--url/);
});

for (const [line, same] of [
  ["help", "--help"],
  ["help queue list", "queue list --help"],
  ["version", "--version"],
] as const) {
  test(`sukkal ${line} is sukkal ${same}`, async () => {
    const [one, other] = await Promise.all([line, same].map((words) => sukkal(words.split(" "))));
    assert.deepEqual(one, other);
    assert.equal(one?.code, 0);
    assert.notEqual(one?.stdout, "");
  });
}

test("flags of all commands may come before the command, and arguments after -- stay what they are", async () => {
  const url = `http://127.0.0.1:${await unusedPort()}`;
  for (const line of [
    `--url ${url} queue list`,
    `--url=${url} -q queue list`,
    `--json --url ${url} queue show -- -1`,
  ]) {
    const { code, stderr } = await sukkal(line.split(" "));
    assert.match(stderr, new RegExp(`error: ${url} cannot be reached`));
    assert.equal(code, 5);
  }
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("Ctrl-C ends a command that waits for standard input", async () => {
  const words = [
    ["post", "jobs", "-"],
    ["post", "jobs", "--ndjson"],
    ["import", "jobs", "-"],
    ["context", "add", "x", "--url", "http://a.example", "--key", "-"],
    ["sub", "add", "jobs", "https://a.example", "--post-data", "-"],
    ["listen", "jobs", "--forward-to", "http://127.0.0.1:1", "--secret", "-"],
  ];
  for (const line of words) {
    const { code } = await sukkal(line, { isSilent: true, signal: AbortSignal.timeout(50) });
    assert.equal(code, 130, line.join(" "));
  }
});
