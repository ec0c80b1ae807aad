/** `sukkal doctor` against a healthy service, one whose queues need attention, and services with one defect each. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startServer, type TestServer } from "sukkal/testing";
import { Sukkal } from "sukkal/client";
import { ROOT } from "../../scripts/wrangler.ts";
import { selfSigned } from "../notifications/certificate.ts";
import { sukkal as run, type Outcome } from "./command-line.ts";
import { SERVICE, startRecorder, type Recorded, type Reply } from "./recorder.ts";

let server: TestServer;

before(async () => {
  // A short wait is one too.
  server = await startServer({ server: ROOT, settings: { MAX_CLAIM_WAIT: "2" } });
});

after(() => server.stop());

function doctor(url: string, ...flags: readonly string[]): Promise<Outcome> {
  return run(["doctor", "--url", url, ...flags]);
}

test("a healthy service: all checks are passed, and nothing is changed", async () => {
  const { code, stdout, stderr } = await doctor(server.url, "--project", "healthy");
  assert.deepEqual(
    stdout.split("\n").map((line) => line.split("\t").slice(0, 2).join(" ")),
    ["address", "health", "version", "clock", "credential", "pauses", "subscriptions", "waiting"]
      .map((check) => `ok ${check}`)
      .concat(""),
  );
  assert.match(stdout, /a claim waits 2 s/);
  assert.equal(stderr, "A claim waits 2 s. --quick leaves this out.\n");
  assert.equal(code, 0);
  const list = await run(["queue", "list", "--url", server.url, "--project", "healthy"]);
  assert.equal(list.stdout, "");
});

test("on a terminal each check has a mark, and advice is below", async () => {
  const { stdout } = await run(["doctor", "--quick", "--url", server.url, "--origin", "http://page.test"], {
    terminal: 80,
  });
  assert.match(
    stdout,
    /^✓ address {8}http.*\n✓ health {9}answers in \d+ ms\n✗ origin .*\n {17}Add it to CORS_ALLOWED_ORIGINS\.\n/,
  );
});

test("pauses, subscriptions that end and subscribers in private networks are warned about", async () => {
  const jobs = new Sukkal({ url: server.url, project: "ill" }).queue("jobs");
  await jobs.create({ _paused: ["claims"] });
  const id = await jobs.subscriptions.create({ subscriber: "http://127.0.0.1:8080/", ttl: 86_000 });
  await jobs.subscriptions.create({ subscriber: "https://example.com/", ttl: 90_000 });
  await jobs.post("a");
  for (let polls = 0; polls < 200; polls++) {
    if ((await jobs.subscriptions.deliveries(id)).attempts.length > 0) break;
    await pause(50);
  }
  const { code, stdout } = await doctor(server.url, "--quick", "--project", "ill");
  assert.equal(code, 0);
  assert.match(stdout, /^warning\tpauses\tPaused: jobs\.\t/m);
  assert.match(stdout, new RegExp(`^warning\tsubscriptions\tEnd within a day: jobs ${id}\\.\t`, "m"));
  assert.match(stdout, new RegExp(`^warning\tsubscribers\tNot called.*: jobs ${id} \\(private\\)\\.\t`, "m"));
});

/** A service that answers as Sukkal does, except what is replaced. */
function like(replaced: (request: Recorded) => Reply | null | undefined): (request: Recorded) => Reply | null {
  const usual = { ...SERVICE, time: new Date().toISOString(), limits: { max_claim_wait: 2 } };
  return (request) => {
    const own = replaced(request);
    if (own !== undefined) return own;
    if (request.path.startsWith("/v2/queues")) return { body: { queues: [] } };
    if (request.path.startsWith("/v2/topics")) return { body: { topics: [] } };
    return { body: usual };
  };
}

const at =
  (path: string, reply: Reply) =>
  (request: Recorded): Reply | undefined =>
    request.path.startsWith(path) ? reply : undefined;
const inFuture = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
const described = (members: object): ReturnType<typeof at> =>
  at("/v2/service", { body: { ...SERVICE, time: inFuture(0), ...members } });

const DEFECTS: readonly (readonly [
  title: string,
  replaced: (request: Recorded) => Reply | null | undefined,
  says: RegExp,
])[] = [
  [
    "a full disk",
    at("/healthz", { status: 503, body: { ready: false, checks: { storage: "The disk is full." } } }),
    /^failed\thealth\tThe disk is full\./m,
  ],
  ["a proxy without a service", at("/healthz", { status: 503 }), /^failed\thealth\tIt answers 503\./m],
  [
    "a redirect",
    at("/healthz", { status: 301, headers: { Location: "https://elsewhere.test/" } }),
    /^failed\thealth\tIt redirects to https:\/\/elsewhere/m,
  ],
  [
    "another program",
    (): Reply => ({ status: 404, body: {} }),
    /^warning\thealth\t[^]*^failed\tservice\tIt does not describe itself/m,
  ],
  [
    "a refused credential",
    at("/v2/service", { status: 401, body: {} }),
    /^failed\tcredential\tThere is no credential/m,
  ],
  ["a credential without rights", at("/v2/service", { status: 403, body: {} }), /^failed\tcredential\t.*may not ask/m],
  ["a newer service", described({ version: "99.0.0" }), /^warning\tversion\tThe service is 99\.0\.0/m],
  ["a clock that is a little ahead", described({ time: inFuture(60) }), /^warning\tclock\t.*(?:1 min|5\d s).* ahead/m],
  ["a clock that is far behind", described({ time: inFuture(-3600) }), /^failed\tclock\t.*behind/m],
  [
    "a credential that expires",
    described({ caller: { ...SERVICE.caller, expires_at: inFuture(3600) } }),
    /^warning\texpiry\t/m,
  ],
  ["no waits", described({ limits: { max_claim_wait: 0 } }), /^warning\twaiting\tClaims cannot wait/m],
  [
    "a proxy that takes the header away",
    (request) => (request.path.includes("/claims") ? { status: 204 } : undefined),
    /^failed\twaiting\t.*answered after 0\.\d s/m,
  ],
  [
    "a proxy that gives up",
    (request) => (request.path.includes("/claims") ? { status: 504 } : undefined),
    /^failed\twaiting\t.*cut off after/m,
  ],
  [
    "a reader",
    (request) => (request.path.includes("/claims") ? { status: 403, body: {} } : undefined),
    /^warning\twaiting\tThe credential may not claim/m,
  ],
  ["queues that may not be listed", at("/v2/queues?", { status: 403, body: {} }), /^warning\tcontents\t/m],
];
test("a token of Keystone that expires is no defect: it lives for hours, and commands get new ones", async () => {
  const caller = { ...SERVICE.caller, proof: "keystone", expires_at: inFuture(3600) };
  await using service = await startRecorder(like(described({ caller })));
  const { stdout } = await doctor(service.url, "--quick");
  assert.doesNotMatch(stdout, /expiry/);
});

for (const [title, replaced, says] of DEFECTS) {
  test(`${title} is found`, async () => {
    await using service = await startRecorder(like(replaced));
    const { code, stdout } = await doctor(service.url);
    assert.match(stdout, says);
    assert.equal(code, stdout.includes("failed\t") ? 1 : 0);
  });
}

test("a name without an address, and a port without a service", async () => {
  const unknown = await doctor(`http://${"x".repeat(64)}.test`);
  assert.match(unknown.stdout, /^failed\tname\t.*cannot be resolved/m);
  assert.equal(unknown.code, 1);
  const closed = await startRecorder(() => null);
  await closed[Symbol.asyncDispose]();
  assert.match((await doctor(closed.url)).stdout, /^failed\thealth\t.*does not answer \(ECONNREFUSED\)/m);
  const proxied = await run(["doctor", "--url", closed.url], { env: { http_proxy: "http://proxy.test:3128" } });
  assert.match(proxied.stdout, /NODE_USE_ENV_PROXY=1/);
});

test("a certificate that nobody trusts", async () => {
  const certificate = selfSigned();
  const service = createServer(certificate, (_, response) => response.end());
  await once(service.listen(0, "127.0.0.1"), "listening");
  try {
    const { stdout } = await doctor(`https://127.0.0.1:${(service.address() as AddressInfo).port}`);
    assert.match(
      stdout,
      /^failed\tencryption\t.*\((?:DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY\w*|SELF_SIGNED\w*)\)\.\t.*NODE_EXTRA_CA_CERTS/m,
    );
  } finally {
    service.close();
  }
});

test("a page is allowed by its origin or by all", async () => {
  for (const [allowed, outcome] of [
    ["*", "ok"],
    ["http://page.test", "ok"],
    ["http://other.test", "failed"],
  ] as const) {
    const headers = {
      "Access-Control-Allow-Origin": allowed,
      "Access-Control-Allow-Headers": "Authorization, Client-ID, Content-Type",
    };
    await using service = await startRecorder(like(({ method }) => (method === "OPTIONS" ? { headers } : undefined)));
    const { stdout } = await doctor(service.url, "--quick", "--origin", "http://page.test");
    assert.match(stdout, new RegExp(`^${outcome}\torigin\t`, "m"));
  }
});
