/** Claims whose answers cannot be read: their messages are free at once, not when the leases end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sukkal, SukkalError, type Claim, type SukkalOptions } from "sukkal/client";
import { CLAIMS, consume, RELEASE, serviceWith, settlements, stop } from "./consumption.ts";
import { claimed, cutShort, done, Later, never, refused, ScriptedService, unending } from "./scripted-service.ts";
import { VirtualTime } from "./virtual-time.ts";

const MESSAGES = [{ id: "a" }, { id: "b" }];

function claimAt(
  service: ScriptedService,
  { signal, ...options }: Partial<SukkalOptions> & { readonly signal?: AbortSignal } = {},
): Promise<Claim<unknown> | null> {
  return new Sukkal({ url: "http://service.test", fetch: service.fetch, ...options }).queue("jobs").claim({ signal });
}

function releases(service: ScriptedService): string[] {
  return service.of(RELEASE).map(({ path }) => path);
}

const LOCATION = "/v2/queues/jobs/claims/first";

function withText(text: string): Response {
  return new Response(text, { status: 201, headers: { Location: LOCATION } });
}

const UNREADABLE: readonly (readonly [title: string, answer: () => Response, error: object])[] = [
  ["ends in the middle", () => cutShort(claimed("first", MESSAGES)), { name: "SukkalError", status: 0 }],
  ["ends in the middle, as if it were all", () => withText('{"messages":[{"id":'), { code: "not-json" }],
  ["is no JSON", () => withText("<html>"), { code: "not-json" }],
  ["is another document", () => withText("{}"), { name: "TypeError" }],
];
for (const [title, answer, error] of UNREADABLE) {
  test(`a claim is released if its answer ${title}`, async () => {
    const service = new ScriptedService().on(CLAIMS, answer).on(RELEASE, done);
    await assert.rejects(claimAt(service), error);
    assert.deepEqual(releases(service), [LOCATION]);
  });
}

test("a claim is released if its answer does not end in time", async () => {
  const service = new ScriptedService()
    .on(CLAIMS, (asked) => unending(claimed("first", MESSAGES), asked))
    .on(RELEASE, done);
  await assert.rejects(claimAt(service, { timeoutMs: 20 }), { title: "The service did not answer in time" });
  assert.deepEqual(releases(service), [LOCATION]);
});

const NO_CLAIMS: readonly (readonly [title: string, answer: () => Response])[] = [
  ["a claim got nothing", () => cutShort(Response.json({}))],
  ["an error names an address", () => refused(503, { Location: LOCATION })],
];
for (const [title, answer] of NO_CLAIMS) {
  test(`nothing is released if ${title}`, async () => {
    const service = new ScriptedService().on(CLAIMS, answer).on(RELEASE, done);
    await assert.rejects(claimAt(service), SukkalError);
    assert.deepEqual(releases(service), []);
  });
}

const OUTAGES: readonly (readonly [title: string, failures: number, retries: number])[] = [
  ["is repeated while the service is away", 2, 4],
  ["is given up after the retries", Infinity, 2],
];
for (const [title, failures, retries] of OUTAGES) {
  test(`the release ${title}, and the claim fails by its own error`, async () => {
    using time = new VirtualTime();
    let attempts = 0;
    const service = new ScriptedService()
      .on(CLAIMS, () => cutShort(claimed("first", MESSAGES)))
      .on(RELEASE, () => (attempts++ < failures ? refused(503) : done()));
    const failed = assert.rejects(claimAt(service, { retries }), { status: 0 });
    await time.advance(10_000);
    await failed;
    assert.equal(releases(service).length, 3);
  });
}

test("an abort in the middle of an answer does not wait for the release", async () => {
  const reason = new Error("enough");
  const enough = new AbortController();
  const service = new ScriptedService()
    .on(CLAIMS, (asked) => {
      setTimeout(() => enough.abort(reason), 5);
      return unending(claimed("first", MESSAGES), asked);
    })
    .on(RELEASE, never);
  await assert.rejects(claimAt(service, { signal: enough.signal, timeoutMs: 100, retries: 0 }), reason);
  await new Promise(setImmediate);
  assert.deepEqual(
    service.of(RELEASE).map(({ path, signal }) => [path, signal.aborted]),
    [[LOCATION, false]],
  );
});

test("an abort ends the release", async () => {
  const reason = new Error("enough");
  const enough = new AbortController();
  const service = new ScriptedService()
    .on(CLAIMS, () => cutShort(claimed("first", MESSAGES)))
    .on(RELEASE, () => {
      enough.abort(reason);
      return never();
    });
  await assert.rejects(claimAt(service, { signal: enough.signal }), reason);
});

test("a consumer releases a claim that it cannot read, and stops only then", async () => {
  using time = new VirtualTime();
  const release = new Later<Response>();
  const service = serviceWith([])
    .on(CLAIMS, () => cutShort(claimed("first", MESSAGES)))
    .on(RELEASE, release.promise);
  const { consumer, events } = consume(service, () => undefined);
  await time.advance(100);
  const stopping = stop(consumer);
  await time.advance(1000);
  assert.equal(stopping.isOver, false);
  release.come(done());
  await time.advance(1000);
  assert.equal(stopping.isOver, true);
  assert.deepEqual(releases(service), [LOCATION]);
  assert.deepEqual(
    events.map(({ type }) => type),
    ["error"],
  );
});

test("a consumer handles the messages of a claim that it could not read when it gets them again", async () => {
  using time = new VirtualTime();
  const answers = [() => cutShort(claimed("first", MESSAGES)), () => claimed("second", MESSAGES)];
  const service = serviceWith([]).on(CLAIMS, () => (answers.shift() ?? never)());
  service.on(RELEASE, done);
  consume(service, () => undefined);
  await time.advance(500);
  assert.deepEqual(settlements(service), [{ delete: ["a", "b"], release: [] }]);
});
