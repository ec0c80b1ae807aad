/** Admission: the callers of each operation, the order of the checks, and what the returned function can do. */
import { describe, expect, test, vi } from "vitest";
import type { Principal } from "../../src/auth/policy.ts";
import { UrlSigner } from "../../src/auth/signed-url.ts";
import { readConfig } from "../../src/config/config.ts";
import { parseQueueName, toProjectId, type QueueName } from "../../src/domain/id.ts";
import type { Place } from "../../src/domain/place.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import type { ProjectRpc } from "../../src/objects/rpc/project.ts";
import type { QueueRpc } from "../../src/objects/rpc/queue.ts";
import type { Objects } from "../../src/objects/rpc/stubs.ts";
import { Caller } from "../../src/operations/admission.ts";
import type { Context } from "../../src/operations/context.ts";
import { getHealth, ping } from "../../src/operations/health.ts";
import { listKeys } from "../../src/operations/keys.ts";
import { postMessages } from "../../src/operations/messages.ts";
import { ProjectLimits } from "../../src/operations/project-limits.ts";
import { getQueueStats } from "../../src/operations/queues.ts";
import { getQuotas } from "../../src/operations/quotas.ts";
import { startRedrive } from "../../src/operations/redrive.ts";
import { newEvent } from "../../src/telemetry/event.ts";

const PROJECT = toProjectId("p");
const STATS = { exists: true, claimed: 0, free: 0, oldest: null, newest: null };
const PROJECT_OBJECT: Partial<ProjectRpc> = { quotas: async () => ({}), keys: async () => [] };
const NO_REQUESTS = { QUOTA_REQUESTS_PER_SECOND: "0" };
const READER = { roles: ["reader"] } as const;

function queue(name: string): Place<"queue"> {
  return { kind: "queue", name: parseQueueName(name) as QueueName };
}

interface World {
  readonly principal?: Partial<Principal>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly isDiskLow?: boolean;
  readonly script?: Partial<QueueRpc>;
}

/** A caller, and the names of the objects whose stubs it has made. */
function arrive({ principal = {}, settings = {}, isDiskLow = false, script = {} }: World = {}): {
  readonly caller: Caller;
  readonly context: Context;
  readonly stubs: readonly string[];
} {
  const unscripted = (): never => {
    throw new Error("not scripted");
  };
  const config = readConfig({ AUTH_STRATEGY: "none", ...settings });
  const stubs: string[] = [];
  const placeStub = (project: string, { kind, name }: Place): QueueRpc => {
    stubs.push(`${kind} ${project}/${name}`);
    return script as QueueRpc;
  };
  const objects: Objects = {
    isDiskLow: async () => isDiskLow,
    queue: (project, name) => placeStub(project, { kind: "queue", name }),
    place: placeStub,
    placeIn: (_, project, place) => placeStub(project, place),
    hasNoFile: async () => false,
    placementAccess: () => null,
    project: (project) => {
      stubs.push(`project ${project}`);
      return PROJECT_OBJECT as ProjectRpc;
    },
    delivery: unscripted,
    shard: unscripted,
    hub: unscripted,
    pools: unscripted,
    meter: unscripted,
    activeProjects: unscripted,
  };
  const context: Context = {
    principal: { project: PROJECT, user: null, roles: [], proof: "headers", queuePrefix: "", ...principal },
    config,
    event: newEvent("req-1", () => 0),
    clock: () => toEpochMs(0),
    projectLimits: new ProjectLimits(config.quotas),
    signer: new UrlSigner([]),
    createTrust: null,
    waitUntil: () => {},
  };
  return { caller: new Caller(context, objects), context, stubs };
}

async function kindOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (fault) {
    if (fault instanceof Refusal) return fault.failure.kind;
    throw fault;
  }
}

describe("the first check that fails decides", () => {
  const jobs = queue("jobs");
  const nothing = { settings: NO_REQUESTS, isDiskLow: true, principal: { ...READER, queuePrefix: "other" } };
  test.each([
    ["the policy", nothing, "not-authorized"],
    ["the queue prefix", { ...nothing, principal: { queuePrefix: "other" } }, "not-authorized"],
    ["the room on the disk", { ...nothing, principal: {} }, "disk-full"],
    ["the rate of requests", { settings: NO_REQUESTS }, "requests-too-many"],
    ["none", {}, null],
  ])("%s", async (_, world, kind) => {
    const { caller, context } = arrive(world);
    expect(await kindOf(() => caller.placeDoor(jobs).admit(postMessages))).toBe(kind);
    expect(context.event.operation).toBe("message_post");
  });

  test("a refused caller costs no look at the disk or at the project's quotas", async () => {
    for (const principal of [READER, { queuePrefix: "other" }]) {
      const { caller, stubs } = arrive({ ...nothing, principal });
      await kindOf(() => caller.placeDoor(jobs).admit(postMessages));
      expect(stubs).toEqual([]);
    }
  });
});

test("health is for admins", async () => {
  expect(await kindOf(() => arrive().caller.serviceDoor().admit(getHealth))).toBe("not-authorized");
});

test("without a project there is a door to the service alone", async () => {
  const { caller } = arrive({ principal: { project: null, roles: ["admin"] } });
  expect(() => caller.projectDoor()).toThrow(expect.objectContaining({ failure: { kind: "not-authorized" } }));
  expect(() => caller.placeDoor(queue("jobs"))).toThrow(
    expect.objectContaining({ failure: { kind: "not-authorized" } }),
  );
  expect(await kindOf(() => caller.serviceDoor().admit(getHealth))).toBeNull();
});

test("what was admitted is performed on stubs of the place that it was admitted for, a fresh one each time", async () => {
  const stats = vi
    .fn<QueueRpc["stats"]>()
    .mockRejectedValueOnce(Object.assign(new Error("moved"), { retryable: true }))
    .mockResolvedValue(STATS);
  const { caller, stubs } = arrive({ script: { stats } });
  const perform = await caller.placeDoor(queue("jobs")).admit(getQueueStats);
  const before = stubs.length;
  expect(await perform()).toEqual(STATS);
  expect(stubs.slice(before)).toEqual(["queue p/jobs", "queue p/jobs"]);
});

test("one admission is one request, whatever becomes of it", async () => {
  const { caller } = arrive({ settings: { QUOTA_REQUESTS_PER_SECOND: "1" } });
  await caller.projectDoor().admit(ping);
  expect(await kindOf(() => caller.projectDoor().admit(ping))).toBe("requests-too-many");
});

describe("an operation with a second rule", () => {
  const order = { target: null, maxMessages: null, messagesPerSecond: null };

  test("checks that when it is performed", async () => {
    const { caller } = arrive({ settings: { POLICY_RULES: '{"messages:create": []}' } });
    const perform = await caller.placeDoor(queue("dead")).admit(startRedrive);
    expect(await kindOf(() => perform(order))).toBe("not-authorized");
  });

  test("names no second queue outside of the prefix", async () => {
    const { caller, stubs } = arrive({ principal: { queuePrefix: "dead" } });
    const perform = await caller.placeDoor(queue("dead")).admit(startRedrive);
    expect(await kindOf(() => perform({ ...order, target: queue("jobs").name }))).toBe("not-authorized");
    const getUse = await caller.serviceDoor().admit(getQuotas);
    expect(await kindOf(() => getUse({ project: null, place: queue("jobs") }))).toBe("not-authorized");
    expect(stubs.filter((stub) => stub.startsWith("queue"))).toEqual([]);
  });

  test.each([
    ["an operator", { roles: ["admin"] }, null],
    ["an admin by the project's own key", { roles: ["admin"], proof: "key" }, "not-authorized"],
  ] as const)("may be about another project, for %s", async (_, principal, kind) => {
    const { caller } = arrive({ principal });
    const list = await caller.serviceDoor().admit(listKeys);
    expect(await kindOf(() => list({ project: PROJECT, marker: null, limit: null }))).toBeNull();
    expect(await kindOf(() => list({ project: toProjectId("other"), marker: null, limit: null }))).toBe(kind);
  });
});
