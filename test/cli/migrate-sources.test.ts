/** What `sukkal migrate` makes of sources that fail, are older, or have the faults of Zaqar's storages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal } from "sukkal/client";
import { EXIT } from "../../packages/sukkal/src/cli/exit-code.ts";
import { membersOf } from "../../packages/sukkal/src/cli/migrate/metadata.ts";
import { unwrapped, wrapped } from "../../packages/sukkal/src/cli/migrate/python-json.ts";
import type { Outcome } from "./command-line.ts";
import { startRecorder, type Recorded, type Recorder, type Reply } from "./recorder.ts";
import { allOf, linesOf, serviceOfTests } from "./service.ts";

const service = serviceOfTests();

/** Answers to paths without a query; what is not named is 404, as in Zaqar. */
type Answers = Readonly<Record<string, Reply | ((query: URLSearchParams, request: Recorded) => Reply | null)>>;

const LIMITED: Reply = {
  status: 400,
  body: { title: "Invalid API request", description: "Limit must be at least 1 and may not be greater than 20." },
};
const EMPTY = { claimed: 0, free: 0, total: 0 };

/** A Zaqar with the queue `jobs`. */
function zaqar(answers: Answers): Promise<Recorder> {
  const usual: Answers = {
    "/v2/queues": (query) => (query.has("limit", "1000000000") ? LIMITED : pageOf("queues", [{ name: "jobs" }], query)),
    "/v2/queues/jobs/stats": { body: { messages: EMPTY } },
    "/v2/queues/jobs/subscriptions": { body: { subscriptions: [], links: [] } },
    "/v2/queues/jobs/messages": { body: { messages: [], links: [] } },
  };
  return startRecorder((request) => {
    const { pathname, searchParams } = new URL(request.path, "http://zaqar");
    const answer = answers[pathname] ?? usual[pathname] ?? (pathname.startsWith("/v2/queues/") ? { body: {} } : null);
    if (answer === null) return { status: 404, body: { title: "404 Not Found" } };
    if (pathname.endsWith("/messages") && searchParams.has("limit", "1000000000")) return LIMITED;
    return typeof answer === "function" ? answer(searchParams, request) : answer;
  });
}

/** All entries behind the marker, in one page. */
function pageOf(member: string, entries: readonly { readonly name: string }[], query: URLSearchParams): Reply {
  const rest = entries.filter(({ name }) => name > (query.get("marker") ?? ""));
  const last = rest.at(-1);
  const links = last === undefined ? [] : [{ rel: "next", href: `/v2/${member}?marker=${last.name}` }];
  return { body: { [member]: rest, links } };
}

const messageOf = (id: string): object => ({ id, href: `/v2/queues/jobs/messages/${id}`, ttl: 300, age: 0, body: id });
const linkTo = (marker: string): object => ({ rel: "next", href: `/v2/queues/jobs/messages?marker=${marker}` });

let projects = 0;

async function migrate(line: string, source: Recorder): Promise<Outcome & { readonly target: Sukkal }> {
  const project = `p${++projects}`;
  const words = ["migrate", ...line.split(" "), "--from", source.url, "--to", service.url(), "--project", project];
  return { ...(await service.sukkal(words)), target: new Sukkal({ url: service.url(), project }) };
}

async function copiedOf(answers: Answers): Promise<readonly unknown[]> {
  await using source = await zaqar(answers);
  const { code, stderr, target } = await migrate("copy", source);
  assert.equal(code, EXIT.done, stderr);
  return (await allOf(target.queue("jobs").messages())).map(({ body }) => body);
}

test("an older Zaqar, and a server that is none", async () => {
  const old = { versions: [{ id: "1" }, { id: "1.1" }] };
  for (const [answer, says] of [
    [{ status: 300, body: old }, /is Zaqar with version 1 and 1\.1 of the API only\.\nhint: Update it first/],
    [{ status: 404 }, /is no Zaqar\.\nhint: Name the address that the catalog has/],
  ] as const) {
    await using source = await zaqar({ "/": answer, "/v2/queues": { status: 404 } });
    const { code, stderr } = await migrate("plan", source);
    assert.match(stderr, says);
    assert.equal(code, EXIT.notFound);
  }
});

test("answers without what they should have", async () => {
  for (const body of [{}, { queues: 5 }, [1], null]) {
    await using source = await zaqar({
      "/v2/queues": (query) => (query.has("limit", "1000000000") ? LIMITED : { body }),
    });
    const { code, stderr } = await migrate("plan", source);
    assert.match(stderr, /answers without a list of queues\.\nhint: Is it Zaqar/);
    assert.equal(code, EXIT.refused);
  }
  await using source = await zaqar({ "/v2/queues/jobs/messages": { body: { messages: [7] } } });
  const { code, stderr } = await migrate("copy", source);
  assert.match(stderr, /✗ jobs: .* answers without a list of messages/);
  assert.equal(code, EXIT.refused);
});

test("a source that goes away, and one that refuses the credential, end the command", async () => {
  await using source = await zaqar({ "/v2/queues/jobs/subscriptions": { status: 401, body: {} } });
  const refused = await migrate("plan", source);
  assert.equal(refused.code, EXIT.notAllowed);
  assert.match(refused.stderr, /error: The source http:\S+ answers: HTTP 401/);
  const url = "http://127.0.0.1:1";
  const { code, stderr } = await service.sukkal(["migrate", "plan", "--from", url, "--to", service.url()]);
  assert.equal(code, EXIT.unavailable);
  assert.match(stderr, /The source \(--from\) http:\/\/127\.0\.0\.1:1 cannot be reached.*\.\nhint: .*--from/);
  assert.doesNotMatch(stderr, /sukkal dev/);
});

test("the failure of a queue does not end the others", async () => {
  const names = [{ name: "bad" }, { name: "jobs" }];
  await using source = await zaqar({
    "/v2/queues": (query) => (query.has("limit", "1000000000") ? LIMITED : pageOf("queues", names, query)),
    "/v2/queues/bad/messages": { status: 403, body: { title: "Not authorized" } },
    "/v2/queues/bad/subscriptions": { body: { subscriptions: [] } },
    "/v2/queues/bad/stats": { body: { messages: EMPTY } },
    "/v2/queues/jobs/messages": (query) =>
      query.has("marker", "a")
        ? { body: { messages: [] } }
        : { body: { messages: [messageOf("a")], links: [linkTo("a")] } },
  });
  const { code, stderr, target } = await migrate("copy", source);
  assert.match(stderr, /✗ bad: The source \S+ answers: Not authorized/);
  assert.match(stderr, /error: 1 queue could not be copied/);
  assert.equal(code, EXIT.notAllowed);
  assert.equal((await target.queue("jobs").stats()).total, 1);
});

test("a source that cannot count its messages is read nevertheless", async () => {
  await using source = await zaqar({ "/v2/queues/jobs/stats": { status: 503, body: {} } });
  const { code, stdout, stderr } = await migrate("plan --json", source);
  assert.equal(code, EXIT.done);
  assert.equal((JSON.parse(stdout) as { readonly messages: number }).messages, 0);
  assert.match(stderr, /jobs: the source cannot count its messages/);
});

test("a target that is not Sukkal is refused before anything is read", async () => {
  await using source = await zaqar({});
  const { code, stderr } = await service.sukkal(["migrate", "copy", "--from", service.url(), "--to", source.url]);
  assert.equal(code, EXIT.refused);
  assert.match(stderr, /The target \S+ is not Sukkal: .*\nhint: --from names Zaqar/);
  assert.ok(source.requests.every(({ method }) => method === "GET"));
});

test("Redis: a list that starts after its first entry begins again", async () => {
  const messages = [messageOf("a")];
  const bodies = await copiedOf({ "/v2/queues/jobs/messages": { body: { messages, links: [linkTo("a")] } } });
  assert.deepEqual(bodies, ["a"]);
});

test("Redis: a list whose marker was deleted begins again, and goes on to the end", async () => {
  const pages: Readonly<Record<string, readonly string[]>> = {
    "-1": ["a", "b"],
    b: ["a", "b2"],
    b2: ["c", "d"],
    d: [],
  };
  const bodies = await copiedOf({
    "/v2/queues/jobs/messages": (query) => {
      const ids = pages[query.get("marker") ?? "-1"] ?? [];
      return { body: { messages: ids.map(messageOf), links: ids.length === 0 ? [] : [linkTo(ids.at(-1) ?? "")] } };
    },
  });
  assert.deepEqual(bodies, ["a", "b", "b2", "c", "d"]);
});

test("Redis: expired messages at the beginning do not hide the others, those in the middle are told", async () => {
  const answers: Answers = {
    "/v2/queues/jobs/stats": { body: { messages: { ...EMPTY, total: 50 } } },
    "/v2/queues/jobs/messages": (query) => {
      if (query.has("include_claimed") && query.has("marker", "-1")) return { body: { messages: [], links: [] } };
      if (query.has("marker")) return { body: { messages: [], links: [] } };
      return { body: { messages: [messageOf("a")], links: [linkTo("a")] } };
    },
  };
  assert.deepEqual(await copiedOf(answers), ["a"]);
  await using source = await zaqar(answers);
  assert.match(
    (await migrate("copy", source)).stderr,
    /jobs: the source counts 50 messages and lists 1: .* only drain finds/,
  );
});

test("drain: a source that deletes nothing, and the next drain, which deletes what was moved", async () => {
  let isWell = false;
  let hasMessage = true;
  await using source = await zaqar({
    "/v2/queues/jobs/claims": () => {
      if (!hasMessage) return { status: 204 };
      return { status: 201, headers: { Location: "/v2/queues/jobs/claims/c" }, body: { messages: [messageOf("a")] } };
    },
    "/v2/queues/jobs/messages": (_, { method }) => {
      if (method !== "DELETE") return { body: { messages: [], links: [] } };
      if (!isWell)
        return { status: 503, headers: { "Retry-After": "0" }, body: { title: "Service temporarily unavailable" } };
      hasMessage = false;
      return { status: 204 };
    },
  });
  const words = ["migrate", "drain", "--from", source.url, "--to", service.url(), "--project", "deleting", "--json"];
  const failed = await service.sukkal(words);
  assert.equal(failed.code, EXIT.unavailable);
  assert.match(failed.stderr, /✗ jobs: The source \S+ answers: Service temporarily unavailable/);
  assert.doesNotMatch(failed.stderr, /\n\s+at /);
  isWell = true;
  const drained = await service.sukkal(words);
  assert.equal(drained.code, EXIT.done, drained.stderr);
  assert.match(drained.stdout, /"moved":0,"known":1/);
  const { total } = await new Sukkal({ url: service.url(), project: "deleting" }).queue("jobs").stats();
  assert.equal(total, 1);
});

test("nothing is changed by plan and verify", async () => {
  await using source = await zaqar({});
  const { target } = await migrate("plan", source);
  await migrate("verify", source);
  assert.ok(source.requests.every(({ method }) => method === "GET"));
  assert.deepEqual(await allOf(target.queues()), []);
});

test("findings of metadata and subscribers", async () => {
  const subscription = { id: "1", source: "jobs", ttl: 300, age: 0, options: {}, confirmed: false };
  const subscribers = [
    "https://shop.example/hook",
    "http://10.0.0.3/hook",
    "ftp://shop.example/",
    "https://user:canary@shop.example/",
    "trust+https://shop.example/hook?key=canary",
    "mailto:ops@shop.example",
  ];
  const subscriptions = subscribers.map((subscriber, id) => ({ ...subscription, id: String(id), subscriber }));
  await using source = await zaqar({
    "/v2/queues/jobs": {
      body: {
        _default_message_ttl: 59,
        _max_claim_count: -1,
        _paused: ["claims"],
        _retry_policy: [],
        _dead_letter_queue: "a/b",
        _enable_encrypt_messages: true,
        _flavor: "gold",
        note: null,
      },
    },
    "/v2/queues/jobs/subscriptions": (query) => ({ body: { subscriptions: query.has("marker") ? [] : subscriptions } }),
    "/v2/pools": { body: { pools: [{ name: "p" }] } },
  });
  const { code, stderr, stdout } = await migrate("plan", source);
  assert.equal(code, EXIT.refused);
  for (const text of [
    "✗ jobs: _default_message_ttl is 59, the target takes 60 to 1209600 (MAX_MESSAGE_TTL)",
    "✗ jobs: _max_claim_count is -1, the target takes 0 or more",
    '! jobs: _paused is ["claims"], which pauses it at the target',
    "✗ jobs: _retry_policy is [], not an object",
    '! jobs: _dead_letter_queue is "a/b", which switches dead letters off',
    "! jobs: it is encrypted: the target needs MESSAGE_ENCRYPTION_KEY, or refuses it",
    '! jobs: its flavor "gold" has no effect: the target has no pools',
    "✗ jobs: a subscriber of the kind ftp: is not known to the target",
    "✗ jobs: the subscriber at shop.example has a user in its URL",
    "! jobs: 10.0.0.3 is private: the target calls it with ALLOW_PRIVATE_SUBSCRIBERS=true only",
    "! jobs: shop.example gets tokens of a trust",
    "! pools of the source are not moved",
  ])
    assert.ok(stderr.replaceAll("warning:", "!").includes(text), `${text} in ${stderr}`);
  assert.doesNotMatch(stdout + stderr, /canary/);
  assert.deepEqual(linesOf({ stdout }), ["jobs\t0\t0\t6\tnew\t11"]);
});

test("Python's NaN and infinities are copied as they are", () => {
  for (const text of [
    '{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \\" NaN"}',
    '{"NaN": 1}',
    "[1]",
    '{"a":"Infinity"}',
  ]) {
    assert.doesNotThrow(() => JSON.parse(wrapped(text)));
    assert.equal(unwrapped(wrapped(text)), text);
  }
  assert.deepEqual(
    [...membersOf(wrapped('{"a": 9007199254740993, "b": NaN, "c\\"": {"a": 1.0}}'))],
    [
      ["a", "9007199254740993"],
      ["b", "NaN"],
      ['c"', '{"a": 1.0}'],
    ],
  );
});
