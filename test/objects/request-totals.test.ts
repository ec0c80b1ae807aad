/** The requests of the whole service, in the object that has them: they never fall to another number than 0. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { RequestCounter, type RequestCounts } from "../../src/domain/request-counts.ts";
import type { MeterObject } from "../../src/index.ts";
import { STATEMENTS } from "../../src/storage/meter/requests.ts";
import { clock, freezeClock, moveTimers, until } from "../support/clock.ts";

const bindings = env as unknown as { readonly METERS: DurableObjectNamespace<MeterObject> };

freezeClock();

/** Lets the time pass after which numbers are stored. */
async function store(name: string): Promise<void> {
  clock.advance({ seconds: 2 });
  const stub = bindings.METERS.getByName(name);
  await until(async () => {
    const [row] = await runInDurableObject(stub, (_, { storage }) => [...storage.sql.exec(STATEMENTS.get.text)]);
    return row?.["counts"] !== null;
  });
}

function requests(count: number): readonly RequestCounts[] {
  const counter = new RequestCounter();
  for (let number = 0; number < count; number++) counter.count("http", "ping_get", 204, 10);
  return counter.all();
}

/** The object as it is after a start. */
async function restarted(name: string): Promise<DurableObjectStub<MeterObject>> {
  await evictDurableObject(bindings.METERS.getByName(name));
  clock.advance({ seconds: 1 });
  return bindings.METERS.getByName(name);
}

async function totalOf(
  stub: DurableObjectStub<MeterObject>,
): Promise<{ readonly since: number; readonly count: number } | null> {
  const { requests: total } = await stub.service({ limit: 1 });
  return total === null ? null : { since: total.since, count: total.counts[0]?.statuses[0]?.[1] ?? 0 };
}

test("requests of several reports add up, and reading stores nothing", async () => {
  const stub = bindings.METERS.getByName("adds up");
  expect(await totalOf(stub)).toBeNull();
  const tables = await runInDurableObject(stub, (_, { storage }) => [
    ...storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'requests'"),
  ]);
  expect(tables).toEqual([]);
  await stub.countRequests({ counts: requests(3) });
  await stub.countRequests({ counts: requests(4) });
  expect(await totalOf(stub)).toMatchObject({ count: 7 });
});

test("a start after a quiet end goes on with the numbers and their beginning", async () => {
  moveTimers();
  const stub = bindings.METERS.getByName("quiet");
  await stub.countRequests({ counts: requests(3) });
  const before = await totalOf(stub);
  await store("quiet");
  const again = await restarted("quiet");
  expect(await totalOf(again)).toEqual(before);
  await again.countRequests({ counts: requests(2) });
  expect(await totalOf(again)).toEqual({ since: before?.since, count: 5 });
});

test("a start after an end that has lost numbers begins at 0", async () => {
  moveTimers();
  const stub = bindings.METERS.getByName("lost");
  await stub.countRequests({ counts: requests(3) });
  await store("lost");
  await stub.countRequests({ counts: requests(2) });
  const before = await totalOf(stub);
  expect(before?.count).toBe(5);
  await runInDurableObject(stub, (_, state) => state.abort("An end without a warning.")).catch(() => undefined);
  clock.advance({ seconds: 1 });
  const again = bindings.METERS.getByName("lost");
  expect(await totalOf(again)).toBeNull();
  await again.countRequests({ counts: requests(1) });
  const after = await totalOf(again);
  expect(after?.count).toBe(1);
  expect(after?.since).toBeGreaterThan(before?.since ?? 0);
});

test("any number of reports costs two rows in two seconds", async () => {
  moveTimers();
  const stub = bindings.METERS.getByName("rows");
  for (let report = 0; report < 20; report++) await stub.countRequests({ counts: requests(1) });
  const stored = await runInDurableObject(stub, (_, { storage }) => [...storage.sql.exec(STATEMENTS.get.text)]);
  expect(stored).toEqual([{ since_ms: expect.any(Number), counts: null }]);
  await store("rows");
  const later = await runInDurableObject(stub, (_, { storage }) => [...storage.sql.exec(STATEMENTS.get.text)]);
  expect(later).toEqual([{ since_ms: expect.any(Number), counts: JSON.stringify(requests(20)) }]);
});
