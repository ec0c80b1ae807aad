/** Requests: what they carry, when they are repeated, and what becomes of failures. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { mock, test } from "node:test";
import { inspect } from "node:util";
import { Sukkal, SukkalError, type SukkalOptions } from "sukkal/client";
import { CLAIMS, serviceWith } from "./consumption.ts";
import { collectGarbage } from "./garbage.ts";
import { done, never, nothing, refused, ScriptedService, unending } from "./scripted-service.ts";
import { VirtualTime } from "./virtual-time.ts";

const ANY = /./;

function connect(service: ScriptedService, options: Partial<SukkalOptions> = {}): Sukkal {
  return new Sukkal({ url: "http://service.test/", fetch: service.fetch, ...options });
}

const CREDENTIALS: readonly (readonly [string, Partial<SukkalOptions>, Readonly<Record<string, string | null>>])[] = [
  ["a project", { project: "demo" }, { "x-project-id": "demo", authorization: null, "x-auth-token": null }],
  ["an API key", { key: "sk_1" }, { "x-project-id": null, authorization: "Bearer sk_1", "x-auth-token": null }],
  ["a token", { token: () => "gAAA" }, { authorization: null, "x-auth-token": "gAAA" }],
  ["a token that has to be fetched", { token: async () => "gAAB" }, { "x-auth-token": "gAAB" }],
  [
    "a Client-ID",
    { clientId: "3381af92-2b9e-11e3-b191-71861300734c" },
    { "client-id": "3381af92-2b9e-11e3-b191-71861300734c" },
  ],
];
for (const [title, options, headers] of CREDENTIALS) {
  test(`a request carries ${title}`, async () => {
    const service = new ScriptedService().on(ANY, () => Response.json({}));
    await connect(service, options).queue("jobs").metadata();
    for (const [name, value] of Object.entries(headers)) assert.equal(service.asked[0]?.headers.get(name), value);
  });
}

const SIGNED = { paths: [], methods: [], project: "demo", expires: "2030-01-01T00:00:00", signature: "SECRET" };
const SECRETS: readonly Partial<SukkalOptions>[] = [{ key: "SECRET" }, { token: () => "SECRET" }, { signed: SIGNED }];
for (const options of SECRETS) {
  test(`nothing that is logged or serialized has the ${Object.keys(options)[0]}`, async () => {
    const service = serviceWith([{ id: "a" }]);
    const sukkal = new Sukkal({ url: "http://service.test", fetch: service.fetch, ...options });
    const [queue, topic] = [sukkal.queue("jobs"), sukkal.topic("news")];
    const claim = await queue.claim();
    service.on(CLAIMS, () => nothing(false));
    const consumer = queue.consume(() => undefined);
    const failure = await queue.stats().catch((error: unknown) => error);
    const things = [sukkal, sukkal.keys, sukkal.quotas, queue, queue.subscriptions, topic, queue.producer(), consumer];
    for (const thing of [...things, claim, failure]) {
      const text = inspect(thing, { depth: Infinity, showHidden: true, getters: true }) + JSON.stringify(thing);
      assert.ok(!text.includes("SECRET"), text);
    }
    await consumer.stop();
  });
}

test("a refused signature says what it is for, and is not taken for something missing", async () => {
  const answer = (): Response => Response.json({ title: "404 Not Found", code: "route-unknown" }, { status: 404 });
  const service = new ScriptedService().on(ANY, answer);
  const signed = { ...SIGNED, paths: ["/v2/queues/jobs/messages"], methods: ["GET", "POST"] };
  const queue = connect(service, { signed }).queue("jobs-1");
  const failure = { status: 404, code: "signature-refused", title: "404 Not Found" };
  const right = "The signed URL is for GET,POST /v2/queues/jobs/messages until 2030-01-01T00:00:00";
  const description = `${right}; this is GET /v2/queues/jobs-1/stats`;
  await assert.rejects(queue.stats(), { ...failure, description });
  for (const call of [queue.get("m1"), queue.getClaim("c1"), queue.exists()]) await assert.rejects(call, failure);
  assert.equal(await connect(service).queue("jobs").get("m1"), null);
  service.on(ANY, () => Response.json({ title: "No", description: "None.", code: "queue-not-found" }, { status: 404 }));
  await assert.rejects(queue.stats(), { code: "queue-not-found", description: "None." });
  assert.equal(await queue.get("m1"), null);
});

test("names are encoded in paths", async () => {
  const service = new ScriptedService().on(ANY, done);
  await connect(service).queue("../a b").delete();
  assert.equal(service.asked[0]?.path, "/v2/queues/..%2Fa%20b");
});

test("a refused token is replaced once", async () => {
  let count = 0;
  const service = new ScriptedService().on(ANY, ({ headers }) =>
    headers.get("X-Auth-Token") === "t1" ? Response.json({}) : refused(401),
  );
  const token = (): string => `t${count++}`;
  await connect(service, { token }).queue("jobs").metadata();
  assert.equal(service.asked.length, 2);
  const hopeless = new ScriptedService().on(ANY, () => refused(401));
  await assert.rejects(connect(hopeless, { token }).queue("jobs").metadata());
  assert.equal(hopeless.asked.length, 2);
});

test("a token that cannot be fetched is asked for again by the next request", async () => {
  let count = 0;
  const service = new ScriptedService().on(ANY, () => Response.json({}));
  const sukkal = connect(service, {
    token: () => {
      if (count++ === 0) throw new Error("Keystone is away");
      return "t1";
    },
  });
  await assert.rejects(sukkal.queue("jobs").metadata(), /Keystone is away/);
  await sukkal.queue("jobs").metadata();
});

const REPEATED: readonly (readonly [number, boolean])[] = [
  [400, false],
  [403, false],
  [404, false],
  [409, false],
  [408, true],
  [500, true],
  [502, true],
  [503, true],
  [504, true],
];
for (const [status, isRepeated] of REPEATED) {
  test(`${status} is ${isRepeated ? "" : "not "}repeated`, async () => {
    using time = new VirtualTime();
    const service = new ScriptedService().on(ANY, () => refused(status));
    const failed = assert.rejects(
      connect(service, { retries: 3 }).queue("jobs").stats(),
      (error) => error instanceof SukkalError && error.status === status && error.isRetryable === isRepeated,
    );
    await time.advance(120_000, 1000);
    await failed;
    assert.equal(service.asked.length, isRepeated ? 4 : 1);
  });
}

test("a post of no messages is no request", async () => {
  assert.deepEqual(await connect(new ScriptedService()).queue("jobs").postMany([]), []);
});

test("what may have an effect twice is not repeated", async () => {
  const service = new ScriptedService().on(ANY, () => refused(503));
  const queue = connect(service).queue("jobs");
  await assert.rejects(queue.claim());
  await assert.rejects(queue.pop(1));
  await assert.rejects(queue.startRedrive());
  assert.equal(service.asked.length, 3);
});

test("an error has the service's words, code and request", async () => {
  const service = new ScriptedService().on(ANY, () => {
    const document = { title: "Not found", description: "Queue jobs does not exist.", code: "queue-not-found" };
    return Response.json(document, { status: 404, headers: { "X-OpenStack-Request-Id": "req-1" } });
  });
  await assert.rejects(connect(service).queue("jobs").stats(), {
    name: "SukkalError",
    message: "Not found: Queue jobs does not exist.",
    status: 404,
    code: "queue-not-found",
    requestId: "req-1",
    retryAfter: null,
  });
});

test("an answer of a proxy is an error too", async () => {
  const service = new ScriptedService().on(ANY, () => new Response("<html>", { status: 413 }));
  await assert.rejects(connect(service).queue("jobs").stats(), { status: 413, code: "http-413", title: "HTTP 413" });
});

test("Keystone's form of 401", async () => {
  const error = { code: 401, title: "Unauthorized", message: "It requires authentication." };
  const document = { error, code: "unauthenticated" };
  const service = new ScriptedService().on(ANY, () => Response.json(document, { status: 401 }));
  await assert.rejects(connect(service).queue("jobs").stats(), {
    message: "Unauthorized: It requires authentication.",
    code: "unauthenticated",
  });
});

test("no answer is an error of status 0, with the address and the cause", async () => {
  const refusal = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  const noCode = new TypeError("fetch failed", { cause: new Error("bad port") });
  // In Node, in Bun, and elsewhere.
  const causes = [new TypeError("fetch failed", { cause: refusal }), noCode, refusal, new TypeError("Failed to fetch")];
  const reasons = await Promise.all(
    causes.map(async (cause) => {
      const fetch = (): Promise<Response> => Promise.reject(cause);
      const sukkal = new Sukkal({ url: "http://service.test:1/below", fetch, retries: 0 });
      const error: unknown = await sukkal
        .queue("jobs")
        .stats()
        .catch((caught: unknown) => caught);
      assert.ok(error instanceof SukkalError && error.status === 0 && error.code === "no-answer");
      assert.equal(error.cause, cause);
      return error.message.replace("The service cannot be reached: ", "");
    }),
  );
  const origin = "http://service.test:1";
  assert.deepEqual(reasons, [`${origin} (ECONNREFUSED)`, `${origin} (bad port)`, `${origin} (ECONNREFUSED)`, origin]);
});

const ADDRESSES: readonly (readonly [url: unknown, base: string | null])[] = [
  ["http://service.test", "http://service.test"],
  ["HTTPS://service.test:8787///", "https://service.test:8787"],
  ["http://service.test/v2", "http://service.test"],
  ["http://service.test/messaging/v2/", "http://service.test/messaging"],
  ["http://service.test/v20", "http://service.test/v20"],
  [undefined, null],
  ["", null],
  ["service.test", null],
  ["localhost:8787", null],
  ["ws://service.test", null],
  ["http://", null],
  ["http://user:word@service.test", null],
];
for (const [url, base] of ADDRESSES) {
  test(`${String(url)} is ${base === null ? "no address of a service" : "the address of a service"}`, async () => {
    const urls: string[] = [];
    const fetch = async (request: Request): Promise<Response> => {
      urls.push(request.url);
      return Response.json({});
    };
    const connected = (): Sukkal => new Sukkal({ url: url as string, fetch });
    if (base === null) return assert.throws(connected, { name: "TypeError", message: /^url must be the address/ });
    await connected().queue("jobs").metadata();
    assert.deepEqual(urls, [`${base}/v2/queues/jobs`]);
  });
}

test("an answer of another server is an error, also to a claim", async () => {
  const html = (): Response => new Response("<html>", { headers: { "Content-Type": "text/html" } });
  const queue = connect(new ScriptedService().on(ANY, html)).queue("jobs");
  for (const asked of [queue.metadata(), queue.claim(), queue.get("1")]) {
    await assert.rejects(asked, { name: "SukkalError", status: 200, code: "not-json", isRetryable: false });
  }
});

test("an answer that takes too long is no answer", async () => {
  const service = new ScriptedService().on(ANY, never);
  const sukkal = connect(service, { timeoutMs: 20, retries: 0 });
  await assert.rejects(sukkal.queue("jobs").stats(), { status: 0, title: "The service did not answer in time" });
});

test("the time for an answer includes its body, also if garbage is collected meanwhile", async () => {
  const service = new ScriptedService().on(ANY, (asked) => {
    setTimeout(collectGarbage, 10);
    return unending(Response.json({}), asked);
  });
  const sukkal = connect(service, { timeoutMs: 50, retries: 0 });
  await assert.rejects(sukkal.queue("jobs").stats(), { status: 0, title: "The service did not answer in time" });
});

test("an aborted signal ends a request, and the pause before the next", async () => {
  const reason = new Error("enough");
  const waiting = new AbortController();
  const service = new ScriptedService().on(ANY, never);
  const stats = connect(service).queue("jobs").stats({ signal: waiting.signal });
  waiting.abort(reason);
  await assert.rejects(stats, reason);

  const pausing = new AbortController();
  const busy = new ScriptedService().on(ANY, () => {
    setTimeout(() => pausing.abort(reason), 5);
    return refused(503, { "Retry-After": "3600" });
  });
  await assert.rejects(connect(busy).queue("jobs").stats({ signal: pausing.signal }), reason);
  assert.equal(busy.asked.length, 1);
});

test("a longer Retry-After than the program wants is its error at once, a shorter one is obeyed", async () => {
  for (const [after, requests] of [
    ["0", 5],
    ["1", 5],
    ["2", 1],
  ] as const) {
    using time = new VirtualTime();
    const service = new ScriptedService().on(ANY, () => refused(429, { "Retry-After": after }));
    const asked = connect(service, { retryAfterMax: 1 }).queue("jobs").stats();
    const failed = assert.rejects(asked, { status: 429, retryAfter: Number(after) });
    await time.advance(10_000);
    await failed;
    assert.equal(service.asked.length, requests, after);
  }
});

test("a name or id that a URL would lose is not sent: it would name something else", async () => {
  const service = new ScriptedService().on(ANY, () => done());
  const sukkal = connect(service);
  for (const name of ["", ".", ".."]) {
    const requests = [
      sukkal.queue(name).delete(),
      sukkal.queue("jobs").subscriptions.delete(name),
      sukkal.queue("jobs").getClaim(name),
      sukkal.keys.revoke(name),
    ];
    for (const request of requests)
      await assert.rejects(request, { name: "SukkalError", code: "path-invalid", isRetryable: false });
  }
  assert.equal(service.asked.length, 0);
  await sukkal.queue("...").delete();
  assert.equal(service.asked.length, 1);
});

test("a redirect is an error that says where it leads", async () => {
  const moved = { status: 308, headers: { Location: "https://other.example/v2" } };
  const service = new ScriptedService().on(ANY, () => new Response(null, moved));
  const text = "HTTP 308: the service redirects to https://other.example/v2";
  await assert.rejects(connect(service).queue("jobs").stats(), { message: text });
});

test("a notice of the service reaches the program", async () => {
  const notices: string[] = [];
  const service = new ScriptedService().on(ANY, () =>
    Response.json(
      { resources: ["/v2/queues/jobs/messages/1"] },
      { status: 201, headers: { "Sukkal-Notice": "the delay is ignored" } },
    ),
  );
  await connect(service, { onNotice: (notice) => notices.push(notice) })
    .queue("jobs")
    .post(1, { delay: 5 });
  assert.deepEqual(notices, ["the delay is ignored"]);
});

test("an onNotice that throws does not fail the request", async () => {
  const service = new ScriptedService().on(ANY, () =>
    Response.json({ free: 1 }, { headers: { "Sukkal-Notice": "the delay is ignored" } }),
  );
  const onNotice = (): void => {
    throw new Error("by the listener");
  };
  const thrown: unknown[] = [];
  const queued = mock.method(globalThis, "queueMicrotask", (action: () => void) => {
    try {
      action();
    } catch (error) {
      thrown.push(error);
    }
  });
  try {
    assert.deepEqual(await connect(service, { onNotice }).queue("jobs").metadata(), { free: 1 });
  } finally {
    queued.mock.restore();
  }
  assert.match(String(thrown), /by the listener/);
});

test("times beyond what a timer can wait are no end at once", async () => {
  const reason = new Error("enough");
  const enough = new AbortController();
  const service = new ScriptedService().on(ANY, () => refused(503, { "Retry-After": "10000000000" }));
  const stats = connect(service, { timeoutMs: Infinity }).queue("jobs").stats({ signal: enough.signal });
  // Longer than the 1 ms to which the runtime changes such times.
  setTimeout(() => enough.abort(reason), 30);
  await assert.rejects(stats, reason);
  assert.equal(service.asked.length, 1);
});

test("a request leaves nothing at a signal that lives on", async () => {
  const { signal } = new AbortController();
  const service = new ScriptedService().on(ANY, () => Response.json({}));
  const add = mock.method(signal, "addEventListener");
  const remove = mock.method(signal, "removeEventListener");
  for (let count = 0; count < 3; count++) await connect(service).queue("jobs").metadata({ signal });
  assert.equal(remove.mock.callCount(), add.mock.callCount());
  assert.ok(add.mock.callCount() > 0, "it is neither copied by AbortSignal.any");
});

test("a redirect is a failure: the credential goes to no other host", async () => {
  const asked: IncomingHttpHeaders[] = [];
  const target = createServer(({ headers }, response) => {
    asked.push(headers);
    response.end("{}");
  });
  await once(target.listen(0, "127.0.0.1"), "listening");
  const { port } = target.address() as AddressInfo;
  const Location = `http://127.0.0.1:${port}/v2/queues/jobs`;
  const service = createServer((_, response) => response.writeHead(307, { Location }).end());
  await once(service.listen(0, "127.0.0.1"), "listening");
  try {
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const queue = new Sukkal({ url, token: () => "gAAA" }).queue("jobs");
    await assert.rejects(queue.metadata(), (error) => error instanceof SukkalError && error.status === 307);
    assert.deepEqual(asked, []);
  } finally {
    for (const server of [target, service]) server.close();
  }
});
