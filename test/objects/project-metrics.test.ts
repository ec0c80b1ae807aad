/** The sums of a project for monitors, in a real meter: their counters never fall to another number than 0. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { exactly, NO_COUNTS, NOTHING, type Counters, type QueueFigures } from "../../src/domain/figures.ts";
import type { Epoch, ProjectId, QueueName, SubscriptionId } from "../../src/domain/id.ts";
import { HOT_MS } from "../../src/domain/metering.ts";
import { packDelivery, packFigures } from "../../src/domain/packed-figures.ts";
import type { PlaceKind } from "../../src/domain/place.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import type { MeterObject } from "../../src/index.ts";
import type { ReportRequest } from "../../src/objects/rpc/meter.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { request } from "../support/drivers/request.ts";

const { METERS } = env as unknown as { readonly METERS: DurableObjectNamespace<MeterObject> };
const EPOCH = "0123456789abcdef" as Epoch;
const NEVER = { first: Infinity, last: -Infinity };

freezeClock();

interface Told {
  readonly stored?: number;
  readonly claimed?: number;
  readonly counters?: Partial<Counters>;
  readonly version?: number;
  readonly isGone?: true;
}

function figuresOf({ stored = 0, claimed = 0, counters = {}, version = 1, isGone }: Told): QueueFigures {
  const now = Date.now();
  return {
    boot: toEpochMs(now - 60_000),
    bootId: 1,
    version,
    takenAt: toEpochMs(now),
    epoch: isGone === true ? null : EPOCH,
    stored: exactly(stored),
    delayed: NOTHING,
    claimed,
    expiry: stored === 0 ? NEVER : { first: now + 3_600_000, last: now + 3_600_000 },
    lapse: claimed === 0 ? NEVER : { first: now + 60_000, last: now + 60_000 },
    visibility: NEVER,
    oldest: stored === 0 ? null : exactly(now - 5_000),
    bytes: 28_672,
    waiting: 0,
    lastWait: 0,
    subscriptions: 0,
    sequence: 0,
    counters: { ...NO_COUNTS, ...counters },
    isShort: false,
    isPaused: { claims: false, notifications: false },
  };
}

function queue(name: string, told: Told, kind: PlaceKind = "queue"): ReportRequest["figures"][number] {
  // A name as `parseQueueName` accepts it.
  return { place: { kind, name: name as QueueName }, packed: packFigures(figuresOf(told)) };
}

async function report(
  project: string,
  figures: ReportRequest["figures"],
  rest: Partial<ReportRequest> = {},
): Promise<void> {
  const sentAt = toEpochMs(Date.now());
  const told = { reporter: "r", session: "r.0", final: true, sentAt, figures, doubts: [], ...rest };
  await METERS.getByName(project).report(told);
}

async function postedOf(project: string): Promise<{ readonly posted: number; readonly since: number }> {
  const { kinds } = await METERS.getByName(project).metrics();
  const { since, values } = kinds.queue.counters;
  return { posted: values.posted, since };
}

test("queues and topics are summed up apart", async () => {
  const delivery = packDelivery({
    ...figuresOf({}),
    bootId: 7,
    subscription: "0123456789abcdef01234567" as SubscriptionId,
    pending: 3,
    kept: 1,
    counters: { delivered: 5, failed: 2, givenUp: 1 },
  });
  const topic = queue("news", { stored: 4, counters: { posted: 4 } }, "topic");
  await report(
    "sums",
    [
      queue("a", { stored: 5, claimed: 2, counters: { posted: 5, claimed: 2 } }),
      queue("b", { counters: { posted: 1 } }),
      topic,
    ],
    { deliveries: [{ place: topic.place, packed: delivery }] },
  );
  const { reportedAt, kinds } = await METERS.getByName("sums").metrics();
  expect(reportedAt).toBe(Date.now());
  expect(kinds.queue).toMatchObject({
    places: { current: 2, recent: 0, unconfirmed: 0, unknown: 0 },
    stored: exactly(5),
    claimed: exactly(2),
    free: exactly(3),
    oldestAt: exactly(Date.now() - 5_000),
    bytes: 2 * 28_672,
    counters: { values: { posted: 6, claimed: 2 } },
    notifications: { counters: { values: { delivered: 0 } } },
  });
  expect(kinds.topic).toMatchObject({
    places: { current: 1 },
    stored: exactly(4),
    counters: { values: { posted: 4 } },
    notifications: { pending: { max: 3 }, counters: { values: { delivered: 5, failed: 2, givenUp: 1 } } },
  });
});

test("what is not known of a queue is not known of the sums, which are never 0 for it", async () => {
  await METERS.getByName("\nactive").noteActive({ project: "unheard" as never });
  const place = queue("b", {}).place;
  const sentAt = toEpochMs(Date.now());
  await METERS.getByName("unheard").begin({ reporter: "r", session: "r.0", sentAt, places: [place] });
  await report("unheard", [queue("a", { stored: 5 })]);
  const { kinds } = await METERS.getByName("unheard").metrics();
  expect(kinds.queue).toMatchObject({
    places: { current: 1, unknown: 1 },
    stored: { min: 5, max: Infinity },
    waiting: { min: 0, max: Infinity },
    bytes: null,
    oldestAt: null,
    notifications: { pending: { max: Infinity } },
  });
  expect(kinds.topic).toMatchObject({ stored: NOTHING, bytes: 0 });
  const { text } = await request("GET", "/metrics?project_id=unheard");
  const samples = text.split("\n").filter((line) => line.includes('kind="queue"'));
  expect(samples).toContain('sukkal_places{project="unheard",kind="queue",certainty="unknown"} 1');
  expect(samples).toContain('sukkal_stored_messages_min{project="unheard",kind="queue"} 5');
  expect(samples.filter((line) => /_max|_bytes|timestamp/.test(line))).toEqual([]);
});

test("what a deleted queue has counted stays in the sum, also when it is forgotten and the meter starts anew", async () => {
  await report("deleted", [queue("gone", { counters: { posted: 7 } }), queue("stays", { counters: { posted: 2 } })]);
  const before = await postedOf("deleted");
  expect(before.posted).toBe(9);
  await report("deleted", [queue("gone", { counters: { posted: 7, deleted: 7 }, version: 2, isGone: true })]);
  const { kinds } = await METERS.getByName("deleted").metrics();
  expect(kinds.queue.places.current).toBe(1);
  expect(await postedOf("deleted")).toEqual(before);
  // So long it stays hot, and reports may be on their way.
  clock.advance({ ms: HOT_MS + 60_000 });
  expect(await postedOf("deleted")).toEqual(before);
  const { places } = await METERS.getByName("deleted").overview({
    kind: null,
    prefix: "",
    name: null,
    sort: "name",
    limit: 10,
    asks: false,
  });
  expect(places.map(({ place }) => place.name)).toEqual(["stays"]);
  await evictDurableObject(METERS.getByName("deleted"));
  expect(await postedOf("deleted")).toEqual(before);
});

test("after an end that has lost figures all counters begin at 0, with a new beginning", async () => {
  // The session goes on, so that somebody may hold news.
  await report("lost", [queue("a", { counters: { posted: 7 } })], { final: false });
  const before = await postedOf("lost");
  expect(before.posted).toBe(7);
  await evictDurableObject(METERS.getByName("lost"));
  clock.advance({ seconds: 1 });
  const after = await postedOf("lost");
  expect(after).toEqual({ posted: 0, since: Date.now() });
  await report("lost", [queue("a", { counters: { posted: 9 }, version: 2 })]);
  expect((await postedOf("lost")).posted).toBeLessThanOrEqual(2);
});

test("a project of 5,000 queues is one call for the sums, and the page of its queues has 1,000", async () => {
  const names = Array.from({ length: 5_000 }, (_, number) => `queue-${number}`);
  await report(
    "large",
    names.map((name, number) => queue(name, { stored: number, counters: { posted: number } })),
  );
  await METERS.getByName("\nactive").noteActive({ project: "large" as never });
  const sums = await request("GET", "/metrics?project_id=large");
  expect(sums.text).toContain('sukkal_stored_messages_max{project="large",kind="queue"} 12497500\n');
  expect(sums.text).toContain('sukkal_places{project="large",kind="queue",certainty="current"} 5000\n');
  const { text } = await request("GET", "/metrics?project_id=large&per_queue=true");
  expect(text).toContain('sukkal_queues_omitted{project="large"} 4000\n');
  expect(text.match(/^sukkal_queue_stored_messages_max\{/gm)).toHaveLength(1_000);
  expect(text).toContain('sukkal_queue_stored_messages_max{project="large",kind="queue",name="queue-4999"} 4999\n');
  expect(text).not.toContain('name="queue-3999"');
  expect(text.length).toBeLessThan(3_000_000);
});

test("they do not grow by what was counted of a queue that gave way to a newer one", async () => {
  const project = crypto.randomUUID();
  const names = Array.from({ length: 20_000 }, (_, index) => `q${index}`);
  await report(
    project,
    names.map((name) => queue(name, { counters: { posted: 1 } })),
  );
  clock.advance({ ms: HOT_MS + 120_000 });
  await METERS.getByName(project).metrics();
  await report(project, [queue("newer", { counters: { posted: 0 } })]);
  const before = await postedOf(project);
  await evictDurableObject(METERS.getByName(project));
  expect(await postedOf(project)).toEqual(before);
}, 20_000);

test("projects that the page leaves out are those of the last day only", async () => {
  const active = METERS.getByName("counts its projects");
  const note = (name: string) => active.noteActive({ project: name as ProjectId });
  await note("old");
  clock.advance({ seconds: 86_401 });
  await note("a");
  await note("b");
  expect(await active.service({ limit: 1 })).toMatchObject({ projects: ["a"], projectCount: 2 });
  expect(await active.activeProjects({ limit: 9 })).toHaveLength(3);
});
