/** The overview joins the index of the project with what its meter knows. The queues exist in the index and in reports only. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { exactly, NO_COUNTS } from "../../src/domain/figures.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { HOT_MS } from "../../src/domain/metering.ts";
import type { ProjectRpc } from "../../src/objects/rpc/project.ts";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { project, type Project } from "../support/drivers/zaqar-client.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { figuresOf, meterOf, meterStub, placeNamed, reportOf } from "../support/objects/meter.ts";

freezeClock();

/** Enters queues into the index. */
async function enter(owner: Project, ...names: string[]): Promise<void> {
  const index = (env as unknown as ObjectBindings).PROJECTS.getByName(owner.id) as unknown as ProjectRpc;
  for (const name of names) await index.enter({ place: placeNamed(name), metadata: "{}" as JsonText });
}

interface Shown {
  readonly name: string;
  readonly certainty: string;
  readonly messages: Readonly<Record<string, unknown>>;
}

interface Overview {
  readonly totals: Readonly<Record<string, unknown>>;
  readonly places: readonly Shown[];
}

async function overview(owner: Project, query = ""): Promise<Overview> {
  const answer = await owner.send("GET", `/v2/overview${query}`);
  expect(answer).toAnswer(200);
  return answer.json as Overview;
}

/** The names and free messages, such as `b 7`; `?`: not known. */
async function rows(owner: Project, query = ""): Promise<readonly string[]> {
  const { places } = await overview(owner, query);
  return places.map(({ name, messages }) => `${name} ${JSON.stringify(messages["free"])}`);
}

describe("the overview", () => {
  test("has figures of what the meter has heard of, and null of the others", async () => {
    const owner = project();
    await enter(owner, "a", "b", "c");
    await meterOf(owner.id).report(reportOf([["b", figuresOf(7)]]));
    const { places, totals } = await overview(owner);
    expect(places.map(({ name, certainty }) => [name, certainty])).toEqual([
      ["a", "unknown"],
      ["b", "current"],
      ["c", "unknown"],
    ]);
    expect(places[1]).toMatchObject({ messages: { total: 7, free: 7, claimed: 0, delayed: 0 }, bytes: 4096 });
    expect(places[0]?.messages["free"]).toBeNull();
    expect(totals).toMatchObject({
      places: 3,
      unknown: 2,
      unconfirmed: 0,
      messages: { total: { min: 7 }, free: { min: 7 }, claimed: null, delayed: null },
      waiting_claims: null,
      bytes: { min: 4096 },
      counters: { posted: 7, exact: false },
    });
  });

  test("has sums that are numbers when everything is known", async () => {
    const owner = project();
    await enter(owner, "a", "b");
    await meterOf(owner.id).report(
      reportOf([
        ["a", figuresOf(7)],
        ["b", figuresOf(0)],
      ]),
    );
    expect((await overview(owner)).totals).toMatchObject({
      unknown: 0,
      messages: { total: 7, free: 7, claimed: 0 },
      waiting_claims: 0,
      bytes: 8192,
      counters: { posted: 7, exact: true },
    });
  });

  test("has no numbers of those whose last changes may be lost", async () => {
    const owner = project();
    await enter(owner, "a", "b");
    const doubts = [{ place: placeNamed("b"), at: toEpochMs(Date.now() + 60_000) }];
    const figures = [["a", figuresOf(7)] as const, ["b", figuresOf(5)] as const];
    await meterOf(owner.id).report({ ...reportOf(figures), doubts });
    expect((await overview(owner)).totals).toMatchObject({
      unknown: 0,
      unconfirmed: 1,
      messages: { free: { min: 7 } },
      bytes: { min: 4096 },
      counters: { posted: 12, exact: false },
    });
  });

  test("of the project and its usage count on when a queue is deleted and forgotten", async () => {
    const owner = project();
    await enter(owner, "stays");
    await meterOf(owner.id).report(
      reportOf([
        ["gone", figuresOf(3)],
        ["stays", figuresOf(2)],
      ]),
    );
    const usage = async () => {
      const answer = await owner.send("GET", "/v2/usage", { headers: { "X-Roles": "admin" } });
      return (answer.json as { readonly counters: { readonly posted: number; readonly since: string } }).counters;
    };
    const before = await usage();
    expect(before).toMatchObject({ posted: 5, exact: true });
    const gone = figuresOf(0, { version: 2, epoch: null, counters: { ...NO_COUNTS, posted: 3, deleted: 3 } });
    await meterOf(owner.id).report(reportOf([["gone", gone]]));
    const after = { ...before, deleted: 3 };
    expect(await usage()).toEqual(after);
    clock.advance({ ms: HOT_MS + 60_000 });
    expect(await usage()).toEqual(after);
    expect((await overview(owner)).totals["counters"]).toEqual(after);
    expect((await overview(owner, "?kind=queue")).totals["counters"]).toEqual(after);
    expect((await overview(owner, "?kind=topic")).totals["counters"]).toMatchObject({ posted: 0, since: before.since });
    expect((await overview(owner, "?name=sta")).totals["counters"]).toMatchObject({ posted: 2 });
  });

  test("has counters that stay inexact when a queue of which something was lost is forgotten", async () => {
    const owner = project();
    const lost = {
      ...reportOf([["gone", figuresOf(3)]]),
      doubts: [{ place: placeNamed("gone"), at: toEpochMs(Date.now()) }],
    };
    await meterOf(owner.id).report(lost);
    clock.advance({ ms: HOT_MS });
    await meterOf(owner.id).report(reportOf([["gone", figuresOf(0, { version: 2, epoch: null })]]));
    clock.advance({ ms: HOT_MS + 60_000 });
    await evictDurableObject(meterStub(owner.id));
    expect((await overview(owner)).totals).toMatchObject({ places: 0, unconfirmed: 0, counters: { exact: false } });
  });

  test("leaves out what the index does not have", async () => {
    const owner = project();
    await enter(owner, "kept");
    await meterOf(owner.id).report(
      reportOf([
        ["gone", figuresOf(5)],
        ["kept", figuresOf(2)],
      ]),
    );
    expect(await rows(owner)).toEqual(["kept 2"]);
  });

  test("is sorted by a figure, those without one last, and cut", async () => {
    const owner = project();
    await enter(owner, "a", "b", "c", "d");
    await meterOf(owner.id).report(
      reportOf([
        ["a", figuresOf(1)],
        ["b", figuresOf(7)],
        ["d", figuresOf(3)],
      ]),
    );
    expect(await rows(owner, "?sort=free")).toEqual(["b 7", "d 3", "a 1", "c null"]);
    expect(await rows(owner, "?sort=total&limit=2")).toEqual(["b 7", "d 3"]);
    expect(await rows(owner, "?limit=2")).toEqual(["a 1", "b 7"]);
    expect(await rows(owner, "?limit=3")).toEqual(["a 1", "b 7", "c null"]);
    expect((await overview(owner, "?limit=1")).totals).toMatchObject({
      places: 4,
      unknown: 1,
      messages: { free: { min: 11 } },
    });
  });

  test("calls nothing unknown that the meter has only not answered with", async () => {
    const owner = project();
    await enter(owner, "b", "c", "d");
    // Deleted queues, which the meter still has, take the places of its answer.
    await meterOf(owner.id).report(
      reportOf([
        ["a", figuresOf(9)],
        ["c", figuresOf(8)],
        ["d", figuresOf(7)],
      ]),
    );
    expect(await rows(owner, "?limit=1")).toEqual([]);
    expect(await rows(owner, "?limit=2")).toEqual(["b null", "c 8"]);
    expect(await rows(owner, "?sort=free&limit=2")).toEqual(["c 8"]);
  });

  test("shows bounds of what time may have changed", async () => {
    const owner = project();
    await enter(owner, "jobs");
    const now = Date.now();
    const lapse = { first: now - 1000 - 60_000, last: now + 60_000 };
    const figures = figuresOf(5, { stored: exactly(5), claimed: 3, lapse, takenAt: toEpochMs(now - 120_000) });
    await meterOf(owner.id).report(reportOf([["jobs", figures]]));
    const [jobs] = (await overview(owner)).places;
    expect(jobs?.messages).toMatchObject({ total: 5, free: { min: 2, max: 5 }, claimed: { min: 0, max: 3 } });
  });

  test("asks the queues of the answer, where it is to be fresh", async () => {
    const owner = project();
    const jobs = await owner.queue("jobs");
    await jobs.post("a", "b");
    expect(await rows(owner, "?fresh=true")).toEqual(["jobs 2"]);
  });
});

test("the figures of one queue name who holds claims", async () => {
  const owner = project();
  const jobs = await owner.queue("jobs");
  await jobs.post("a", "b", "c");
  await jobs.claim({ limit: 2 });
  const answer = await owner.send("GET", "/v2/queues/jobs/figures");
  expect(answer.json).toMatchObject({
    name: "jobs",
    certainty: expect.stringMatching(/^(?:current|recent)$/) as unknown,
    messages: { total: 3, free: 1, claimed: 2 },
    consumers: [{ claims: 1, held: 2 }],
  });
});

test("the usage of a project is the sum of its queues", async () => {
  const owner = project();
  await enter(owner, "a", "b", "c");
  await meterOf(owner.id).report(
    reportOf([
      ["a", figuresOf(1)],
      ["b", figuresOf(2)],
    ]),
  );
  const usage = await owner.send("GET", "/v2/usage", { headers: { "X-Roles": "admin" } });
  expect(usage.json).toMatchObject({
    places: 3,
    unknown: 1,
    bytes: { min: 8192 },
    messages: { total: { min: 3 }, free: { min: 3 } },
  });
  const listed = await owner.send("GET", "/v2/projects?limit=100", { headers: { "X-Roles": "admin" } });
  const { projects } = listed.json as { readonly projects: readonly { readonly project_id: string }[] };
  expect(projects.map(({ project_id: id }) => id)).toContain(owner.id);
});

test("a project that cannot be read does not hide the others", async () => {
  const [broken, whole] = [project(), project()];
  for (const owner of [broken, whole]) {
    await enter(owner, "a");
    await meterOf(owner.id).report(reportOf([["a", figuresOf(1)]]));
  }
  interceptObjects("PROJECTS", broken.id, () => ({ count: () => Promise.reject(new Error("broken")) }));
  const listed = await whole.send("GET", "/v2/projects?limit=100", { headers: { "X-Roles": "admin" } });
  const { projects } = listed.json as { readonly projects: readonly { readonly project_id: string }[] };
  const ids = projects.map(({ project_id: id }) => id);
  expect(ids).toContain(whole.id);
  expect(ids).not.toContain(broken.id);
});
