/** What `sukkal tail --all` asks a service. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { sukkal } from "./command-line.ts";
import { startRecorder } from "./recorder.ts";

const ROUND = 4;

test("tail --all asks no more for a queue that is not listed any more", { timeout: 30_000 }, async (t) => {
  // Each reading of the clock is another list of queues.
  let now = 0;
  mock.method(performance, "now", () => (now += 10_000));
  t.after(() => mock.restoreAll());
  const leaving = new AbortController();
  let lists = 0;
  const asked: number[] = [];
  await using server = await startRecorder(({ path }) => {
    if (path.includes("/messages")) asked.push(lists);
    if (path.startsWith("/v2/queues?") || path === "/v2/queues") {
      if (++lists === ROUND) leaving.abort();
      return { body: { queues: lists < ROUND - 1 ? [{ name: "short-lived" }] : [], links: [] } };
    }
    return { body: { topics: [], messages: [], links: [] } };
  });
  const { stderr } = await sukkal(["tail", "--all", "--from-start"], {
    env: { SUKKAL_URL: server.url },
    signal: leaving.signal,
  });
  assert.deepEqual(asked, [1, 2], stderr);
});

const ENOUGH: readonly (readonly string[])[] = [["jobs"], ["--all"]];
for (const which of ENOUGH) {
  test(`tail ${which.join(" ")} --limit 2 ends by itself`, { timeout: 30_000 }, async () => {
    const created = "2030-01-01T00:00:00Z";
    const message = (id: string) => ({
      id,
      href: `/v2/queues/jobs/messages/${id}`,
      body: id,
      ttl: 60,
      age: 1,
      created,
    });
    await using server = await startRecorder(({ path }) => {
      if (path.includes("/messages")) return { body: { messages: ["a", "b", "c"].map(message), links: [] } };
      return { body: { queues: [{ name: "jobs" }], topics: [], links: [], metadata: {} } };
    });
    const { stdout, stderr, code } = await sukkal(
      ["tail", ...which, "--from-start", "--raw", "--limit", "2", "--project", "demo"],
      { env: { SUKKAL_URL: server.url } },
    );
    assert.equal(stdout, '"a"\n"b"\n', stderr);
    assert.equal(code, 0);
  });
}
