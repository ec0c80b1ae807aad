/** Whether a queue is in this object: the calls of its project, and their order. */
import { runInDurableObject } from "cloudflare:test";
import { beforeEach, expect, test } from "vitest";
import { parseQueueName, toProjectId, type QueueName } from "../../src/domain/id.ts";
import { queueNamed } from "../../src/domain/place.ts";
import { EMPTY_OBJECT } from "../../src/domain/json.ts";
import type { SettledPlacement } from "../../src/domain/placement.ts";
import { HOME, type Region } from "../../src/domain/region.ts";
import { NotHere, OwnPlacement } from "../../src/objects/queue/own-placement.ts";
import type { ProjectRpc } from "../../src/objects/rpc/project.ts";
import { Placements } from "../../src/storage/project/placements.ts";
import { PROJECT_MIGRATIONS } from "../../src/storage/project/schema.ts";
import { project as testProject } from "../support/drivers/zaqar-client.ts";
import { withStorage } from "../support/objects/bare-storage.ts";
import { projectStub } from "../support/objects/stubs.ts";

const PLACE = queueNamed(parseQueueName("orders") as QueueName);
const WEUR = "weur" as Region;
const ENAM = "enam" as Region;

/** The project's rows in memory. Calls are answered when the test lets them. */
class FakeProject {
  readonly calls: string[] = [];
  row: SettledPlacement | null = null;
  /** A call that is not answered yet. */
  held: Promise<void> = Promise.resolve();
  private tokens = 0;

  readonly rpc: Partial<ProjectRpc> = {
    settle: async ({ region, pool }) => {
      this.calls.push(`settle ${region}`);
      await this.held;
      if (this.row === null || this.row.region === region) this.row = { region, pool, token: `token ${++this.tokens}` };
      return this.row;
    },
    placement: async () => {
      this.calls.push("placement");
      await this.held;
      return this.row;
    },
    vacate: async ({ token, next }) => {
      this.calls.push(`vacate ${token}`);
      await this.held;
      if (this.row?.token !== token) return;
      this.row = next === undefined ? null : { ...next, token: `token ${++this.tokens}` };
    },
  };
}

let project: FakeProject;
let store: { hasTables: boolean };

beforeEach(() => {
  project = new FakeProject();
  store = { hasTables: false };
});

function ownPlacement(region = WEUR, pooling = true): OwnPlacement {
  const objects = { project: () => project.rpc as ProjectRpc };
  return new OwnPlacement({ config: { pooling }, project: toProjectId("p"), place: PLACE, region, objects, store });
}

test("a queue is created here once the project says so", async () => {
  const here = ownPlacement();
  expect(() => here.throwIfReleased()).toThrow(NotHere);
  await here.settle({ pool: "pool" });
  here.throwIfReleased();
  expect(project.calls).toEqual(["settle weur"]);
});

test("it is not when it is elsewhere", async () => {
  await ownPlacement(ENAM).settle({ pool: "other" });
  await expect(ownPlacement().settle({ pool: "pool" })).rejects.toThrow(NotHere);
});

test("an object that holds what a former queue has left keeps the placement, and asks for its rule", async () => {
  project.row = { region: WEUR, pool: "pool", spread: "always", token: "token" };
  store.hasTables = true;
  const here = ownPlacement();
  await here.settle({ pool: "other" });
  await here.release();
  expect([project.calls, here.spread]).toEqual([["placement"], "always"]);
  expect(project.row).toMatchObject({ pool: "pool", token: "token" });
});

test("nor does any where no pools are in use", async () => {
  const here = ownPlacement(WEUR, false);
  await here.settle({ pool: "pool" });
  here.throwIfReleased();
  await here.release();
  expect(project.calls).toEqual([]);
});

test("a placement is released once", async () => {
  const here = ownPlacement();
  await here.settle({ pool: "pool" });
  await here.release();
  expect(project.row).toBeNull();
  expect(() => here.throwIfReleased()).toThrow(NotHere);
  await here.release();
  expect(project.calls).toEqual(["settle weur", "vacate token 1", "placement"]);
});

test("a placement is replaced by the next one in the step that releases it", async () => {
  const here = ownPlacement();
  store.hasTables = true;
  await here.hold();
  store.hasTables = false;
  await here.release({ region: ENAM, pool: "next" });
  expect(project.row).toMatchObject({ region: ENAM, pool: "next" });
  expect(() => here.throwIfReleased()).toThrow(NotHere);
  expect(project.calls).toEqual(["settle weur", "vacate token 1"]);
});

test("an object that has slept gives up the place that it has", async () => {
  await ownPlacement().settle({ pool: "pool" });
  await ownPlacement().release();
  expect(project.row).toBeNull();
});

test("it does not give up another's place", async () => {
  await ownPlacement(ENAM).settle({ pool: "other" });
  await ownPlacement().release();
  expect(project.row).toMatchObject({ region: ENAM });
});

test("a placement is not released when a queue has been created meanwhile", async () => {
  const here = ownPlacement();
  await here.settle({ pool: "pool" });
  const { promise, resolve } = Promise.withResolvers<void>();
  project.held = promise;
  // A deletion that has not ended when a post comes.
  const [, leaving] = [here.settle({ pool: "pool" }), here.release()];
  here.throwIfReleased();
  store.hasTables = true;
  resolve();
  await leaving;
  expect(project.row).not.toBeNull();
});

test("while a placement is released no queue is created in it", async () => {
  const here = ownPlacement();
  await here.settle({ pool: "pool" });
  const { promise, resolve } = Promise.withResolvers<void>();
  project.held = promise;
  const leaving = here.release();
  await scheduler.wait(0);
  expect(() => here.throwIfReleased()).toThrow(NotHere);
  const settling = here.settle({ pool: "pool" });
  resolve();
  await leaving;
  await settling;
  here.throwIfReleased();
  expect(project.calls).toEqual(["settle weur", "vacate token 1", "settle weur"]);
  expect(project.row).toMatchObject({ token: "token 2" });
});

test("another pool is recorded only for a queue that exists", async () => {
  const orders = testProject().missingQueue();
  await runInDurableObject(projectStub(orders), async (instance) => {
    const rpc = instance as unknown as ProjectRpc;
    await rpc.assign({ place: PLACE, region: WEUR, pool: "late" });
    expect(await rpc.placement({ place: PLACE })).toBeNull();
    // Older than the pools.
    await rpc.enter({ place: PLACE, metadata: EMPTY_OBJECT });
    await rpc.assign({ place: PLACE, region: HOME, pool: "home" });
    expect(await rpc.placement({ place: PLACE })).toMatchObject({ region: HOME, pool: "home" });
    await rpc.assign({ place: PLACE, region: WEUR, pool: "elsewhere" });
    expect(await rpc.placement({ place: PLACE })).toMatchObject({ region: HOME, pool: "home" });
  });
});

test("a call that gives up an earlier placement comes too late", () =>
  withStorage(PROJECT_MIGRATIONS, (sql) => {
    const placements = new Placements(sql);
    const first = placements.settle(PLACE, { region: WEUR, pool: "a" });
    const second = placements.settle(PLACE, { region: WEUR, pool: "b" });
    // The pool that was chosen first stays.
    expect(second).toMatchObject({ region: WEUR, pool: "a" });
    placements.remove(PLACE, first.token);
    expect(placements.find(PLACE)).toEqual(second);
    expect(placements.settle(PLACE, { region: ENAM, pool: "c" })).toEqual(second);
    placements.remove(PLACE, second.token);
    expect(placements.find(PLACE)).toBeNull();
  }));
