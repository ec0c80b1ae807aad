/** What a migration knows of former ones, from the journal at the target. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Journal, JOURNAL } from "../../packages/sukkal/src/cli/migrate/journal.ts";
import { Reader } from "../../packages/sukkal/src/cli/migrate/reader.ts";
import type { Side } from "../../packages/sukkal/src/cli/migrate/sides.ts";
import { Transport } from "../../packages/sukkal/src/transport.ts";
import { startRecorder } from "./recorder.ts";

const HOUR = 3600;
const LIMITS = { idempotency_window: 24 * HOUR, max_message_ttl: 14 * 24 * HOUR };
const { signal } = new AbortController();

interface Written {
  /** Seconds since it was written. */
  readonly age: number;
  readonly key?: string;
  readonly ids?: readonly string[];
  readonly stored?: string;
  readonly isNew?: true;
}

/** Which of the messages are known with these entries, if the target remembers these keys. */
async function knownOf(
  entries: readonly Written[],
  { remembered = [], isNew = false }: { readonly remembered?: readonly string[]; readonly isNew?: boolean } = {},
): Promise<{ readonly known: readonly string[]; readonly written: readonly unknown[] }> {
  const messages = entries.map(({ age, ...entry }, index) => ({
    id: String(index),
    ttl: 1,
    age,
    body: { queue: "jobs", ...entry },
  }));
  const written: unknown[] = [];
  await using target = await startRecorder(({ method, path, headers, body }) => {
    if (method === "GET") return { body: { messages: path.includes("marker") ? [] : messages, links: [] } };
    if (path.includes(JOURNAL)) {
      written.push(
        ...(JSON.parse(body) as { readonly messages: readonly { readonly body: unknown }[] }).messages.map(
          (each) => each.body,
        ),
      );
      return { status: 201, body: { resources: ["/v2/queues/j/messages/1"] } };
    }
    const isKnown = remembered.includes(String(headers["idempotency-key"]));
    return isKnown ? { status: 409, body: { code: "idempotency-key-reused" } } : { status: 400, body: {} };
  });
  const transport = new Transport({ url: target.url, project: "demo", retries: 0 });
  const connection = {
    url: target.url,
    urlSource: "",
    project: "demo",
    credential: { kind: "none" },
    context: null,
  } as const;
  const side: Side = { word: "target", connection, transport };
  const reader = new Reader(side, false);
  const journal = await (await Journal.open(reader, LIMITS, signal)).of(reader.queue("jobs"), { isNew, signal });
  return { known: ["a", "b", "c"].filter((id) => journal.has(id)), written };
}

test("batches that were stored are known, and the last one if the target remembers it", async () => {
  const entries = [
    { age: 20, key: "k1", ids: ["a"] },
    { age: 10, key: "k2", ids: ["b"], stored: "k1" },
  ];
  assert.deepEqual((await knownOf(entries, { remembered: ["k1", "k2"] })).known, ["a", "b"]);
  assert.deepEqual((await knownOf(entries, { remembered: ["k1"] })).known, ["a"]);
});

test("a refused batch, which was begun again in halves, is not known", async () => {
  const entries = [
    { age: 9, key: "both", ids: ["a", "b"] },
    { age: 8, key: "half", ids: ["a"] },
    { age: 7, stored: "half" },
  ];
  assert.deepEqual((await knownOf(entries, { remembered: ["half"] })).known, ["a"]);
});

test("a queue that does not remember the last batch, though it should, is another one", async () => {
  const entries = [
    { age: HOUR, key: "k1", ids: ["a"] },
    { age: HOUR, stored: "k1" },
  ];
  const { known, written } = await knownOf(entries);
  assert.deepEqual(known, []);
  assert.deepEqual(written, [{ queue: "jobs", isNew: true }]);
  assert.deepEqual((await knownOf(entries, { remembered: ["k1"], isNew: true })).known, []);
});

test("what was posted before the target forgets keys stays known, however late it was written that it was stored", async () => {
  for (const age of [22, 25, 300]) {
    const entries = [
      { age: age * HOUR, key: "k1", ids: ["a"] },
      { age: HOUR, stored: "k1" },
    ];
    const { known, written } = await knownOf(entries);
    assert.deepEqual(known, ["a"], `${age} h`);
    assert.deepEqual(written, []);
  }
});

test("nothing before the queue was created anew counts", async () => {
  const entries = [
    { age: 30, key: "k1", ids: ["a"] },
    { age: 20, isNew: true as const, stored: "k1" },
    { age: 10, key: "k2", ids: ["b"] },
    { age: 9, stored: "k2" },
  ];
  assert.deepEqual((await knownOf(entries, { remembered: ["k2"] })).known, ["b"]);
});
