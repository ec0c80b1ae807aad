/** Retries, answers to faults, and waiting claims, with scripted objects. */
import { describe, expect, test, vi } from "vitest";
import type { Principal } from "../../src/auth/policy.ts";
import { UrlSigner } from "../../src/auth/signed-url.ts";
import { readConfig } from "../../src/config/config.ts";
import { parseQueueName, toClaimId, toProjectId, type ClientId, type QueueName } from "../../src/domain/id.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import { ok } from "../../src/domain/result.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import type { QueueRpc } from "../../src/objects/rpc/queue.ts";
import { createClaim } from "../../src/operations/claims.ts";
import type { QueueContext } from "../../src/operations/context.ts";
import { deleteMessages, postMessages } from "../../src/operations/messages.ts";
import { perform } from "../../src/operations/operation.ts";
import { getQueueStats, purgeQueue, updateQueue } from "../../src/operations/queues.ts";
import { Shutdown } from "../../src/operations/shutdown.ts";
import { ProjectLimits } from "../../src/operations/project-limits.ts";
import { OPERATIONS } from "../../src/operations/table.ts";
import { newEvent } from "../../src/telemetry/event.ts";

const place = { kind: "queue", name: parseQueueName("jobs") as QueueName } as const;

/** A context of a queue with scripted answers. The script may move the clock. */
function contextOf(script: Partial<QueueRpc>, parts: Partial<QueueContext> = {}): QueueContext {
  const config = readConfig({ AUTH_STRATEGY: "none" });
  const project = toProjectId("p");
  const principal: Principal = { project, user: null, roles: [], proof: "headers", queuePrefix: "" };
  return {
    principal,
    config,
    event: newEvent("req-1", () => 0),
    clock: () => toEpochMs(0),
    projectLimits: new ProjectLimits(config.quotas),
    signer: new UrlSigner([]),
    createTrust: null,
    waitUntil: () => {},
    project,
    place,
    stub: () => script as QueueRpc,
    quotas: async () => config.quotas,
    placementAccess: null,
    deliveryStub: notScripted,
    meter: notScripted,
    ...parts,
  };
}

function notScripted(): never {
  throw new Error("not scripted");
}

function fault(flags: { readonly retryable?: boolean; readonly overloaded?: boolean }): Error {
  return Object.assign(new Error("secret detail"), flags);
}

/** Fails with one fault after the other, and then answers. */
function failing<T>(faults: readonly Error[], answer: T): () => Promise<T> {
  const left = [...faults];
  return vi.fn(async () => {
    const next = left.shift();
    if (next !== undefined) throw next;
    return answer;
  });
}

async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  const thrown: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  return thrown instanceof Refusal ? thrown.failure : thrown;
}

const STATS = { exists: true, claimed: 0, free: 0, oldest: null, newest: null };
const RETRYABLE = { retryable: true };

describe("a temporary fault", () => {
  test("is retried twice if the operation is idempotent", async () => {
    const stats = failing([fault(RETRYABLE), fault(RETRYABLE)], STATS);
    expect(await perform(contextOf({ stats }), getQueueStats, undefined)).toEqual(STATS);
    expect(stats).toHaveBeenCalledTimes(3);
  });

  test("is not retried a third time", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const stats = failing([fault(RETRYABLE), fault(RETRYABLE), fault(RETRYABLE)], STATS);
    const failure = await refusalOf(perform(contextOf({ stats }), getQueueStats, undefined));
    expect(failure).toEqual({ kind: "unavailable", whatFailed: "Queue stats could not be read." });
    expect(stats).toHaveBeenCalledTimes(3);
    expect(log).toHaveBeenCalledOnce();
    expect(JSON.parse(String(log.mock.calls[0]?.[0]))).toMatchObject({
      request: "req-1",
      error: "Error: secret detail",
    });
    log.mockRestore();
  });

  test.each([
    ["an overloaded object is left alone", fault({ retryable: true, overloaded: true })],
    ["a fault that is not of the moment stays", fault({})],
  ])("only: %s", async (_, error) => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const stats = failing([error], STATS);
    expect(await refusalOf(perform(contextOf({ stats }), getQueueStats, undefined))).toMatchObject({
      kind: "unavailable",
    });
    expect(stats).toHaveBeenCalledOnce();
    log.mockRestore();
  });

  test("an overloaded object is named by the time after which to try again", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const stats = failing([fault({ overloaded: true })], STATS);
    expect(await refusalOf(perform(contextOf({ stats }), getQueueStats, undefined))).toMatchObject({
      kind: "unavailable",
      retryAfter: 2,
    });
    log.mockRestore();
  });

  test("is not retried if a second run could do more", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const purge = failing([fault(RETRYABLE)], undefined);
    await refusalOf(perform(contextOf({ purge }), purgeQueue, { types: ["messages"] }));
    expect(purge).toHaveBeenCalledOnce();
    log.mockRestore();
  });
});

test("idempotent are a post with an Idempotency-Key, a patch without removals, and a deletion by ids", () => {
  const post = { client: "c", size: 0, posting: { runs: [], defect: null, delayDefect: null } };
  const repeats = (operation: { isIdempotent: (input: never) => boolean }, input: unknown): boolean =>
    operation.isIdempotent(input as never);
  expect(repeats(postMessages, { ...post, idempotency: null })).toBe(false);
  expect(repeats(postMessages, { ...post, idempotency: { key: "k", fingerprint: "f" } })).toBe(true);
  expect(repeats(updateQueue, { changes: [{ op: "add", key: "a", value: "1" }] })).toBe(true);
  expect(repeats(updateQueue, { changes: [{ op: "remove", key: "a" }] })).toBe(false);
  expect(repeats(deleteMessages, { ids: ["a"], claims: null, pop: null })).toBe(true);
  expect(repeats(deleteMessages, { ids: null, claims: null, pop: 1 })).toBe(false);
});

test("an operation that must not stop half-way goes on when its client has disconnected", async () => {
  const held: Promise<unknown>[] = [];
  const waitUntil = (work: Promise<unknown>): void => void held.push(work);
  const log = vi.spyOn(console, "error").mockReturnValue();
  const stats = failing([], STATS);
  await perform(contextOf({ stats }, { waitUntil }), getQueueStats, undefined);
  expect(held).toHaveLength(0);
  const surviving = { ...getQueueStats, survivesDisconnect: true } as const;
  expect(await refusalOf(perform(contextOf({}, { waitUntil }), surviving, undefined))).not.toBeNull();
  expect(held).toHaveLength(1);
  await Promise.all(held);
  log.mockRestore();
  const survivors = Object.values(OPERATIONS).filter((operation) => "survivesDisconnect" in operation);
  // The others of these have one step, and log that it is done.
  expect(survivors.map(({ name }) => name)).toEqual([
    "queue_delete",
    "queue_purge",
    "subscription_create",
    "subscription_update",
    "subscription_confirm",
    "topic_delete",
    "topic_purge",
    "pool_create",
    "pool_update",
    "pool_delete",
    "flavor_create",
    "flavor_update",
    "flavor_delete",
    "key_create",
    "key_delete",
    "quota_update",
    "quota_delete",
    "redrive_create",
    "redrive_delete",
    "health_get",
  ]);
});

test("the table knows each operation by its name", () => {
  for (const [name, operation] of Object.entries(OPERATIONS)) expect(operation.name).toBe(name);
});

describe("bounds that need no queue are checked before the hop", () => {
  const input = { ids: null, claims: null, pop: null };
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);
  test.each([
    [{ ...input, ids: [], pop: 1 }, "delete-ambiguous"],
    [input, "delete-unspecific"],
    [{ ...input, ids: [] }, "out-of-range"],
    [{ ...input, ids: ids(21) }, "out-of-range"],
    [{ ...input, pop: 0 }, "out-of-range"],
    [{ ...input, pop: 21 }, "out-of-range"],
  ])("%j is %s", async (deletion, kind) => {
    expect(await refusalOf(perform(contextOf({}), deleteMessages, deletion))).toMatchObject({ kind });
  });

  test("20 ids and a pop of 20 are allowed", async () => {
    const script = { deleteMany: async () => ok(null), pop: async () => [] };
    expect(await perform(contextOf(script), deleteMessages, { ...input, ids: ids(20) })).toEqual({ popped: null });
    expect(await perform(contextOf(script), deleteMessages, { ...input, pop: 20 })).toEqual({ popped: [] });
  });

  test("with MESSAGE_DELETE_WITH_CLAIM_ID ids and claim_ids go together", async () => {
    const config = readConfig({ AUTH_STRATEGY: "none", MESSAGE_DELETE_WITH_CLAIM_ID: "true" });
    const deleteMany = vi.fn(async () => ok(null));
    const context = contextOf({ deleteMany }, { config });
    const kindOf = async (deletion: object): Promise<unknown> =>
      refusalOf(perform(context, deleteMessages, { ...input, ...deletion }));
    expect(await kindOf({ ids: ["a"] })).toEqual({ kind: "delete-needs-claims" });
    expect(await kindOf({ pop: 1, claims: ["c"] })).toEqual({ kind: "delete-needs-claims" });
    expect(await kindOf({ ids: ["a"], claims: ["c"] })).toBeNull();
    expect(deleteMany).toHaveBeenCalledWith({ ids: ["a"], claims: ["c"] });
  });
});

describe("waiting for something to claim", () => {
  const client = "3381af922b9e11e3b19171861300734c" as ClientId;
  const wait = { seconds: 20, client, disconnected: new AbortController().signal, shutdown: new Shutdown() };
  const input = { ttl: null, grace: null, limit: null, wait };
  const CLAIMED = { claim: toClaimId("c"), messages: [] };

  test("ends as soon as a claim succeeds, and says so", async () => {
    let now = 0;
    const claims = [null, null, CLAIMED];
    const waits: number[] = [];
    const script = {
      claim: async () => ok(claims.shift() ?? null),
      awaitMessages: async ({ seconds }: { seconds: number }) => {
        waits.push(seconds);
        now += 5000;
        return "ready" as const;
      },
    };
    const outcome = await perform(contextOf(script, { clock: () => toEpochMs(now) }), createClaim, input);
    expect(outcome).toEqual({ claimed: CLAIMED, waited: 20, withdraw: expect.any(Function), isPaused: false });
    expect(waits).toEqual([20, 15]);
  });

  test.each([
    ["over", { claimed: null, waited: 20, withdraw: null, isPaused: false }],
    ["full", { claimed: null, waited: null, withdraw: null, isPaused: false }],
    ["a word of the next version", { claimed: null, waited: 20, withdraw: null, isPaused: false }],
  ])("ends empty-handed when the wait is %s", async (outcome, expected) => {
    const script = { claim: async () => ok(null), awaitMessages: async () => outcome as "over" };
    expect(await perform(contextOf(script), createClaim, input)).toEqual(expected);
  });

  test("ends empty when others are always faster", async () => {
    let now = 0;
    const awaitMessages = vi.fn(async () => {
      now += 8000;
      return "ready" as const;
    });
    const script = { claim: async () => ok(null), awaitMessages };
    const context = contextOf(script, { clock: () => toEpochMs(now) });
    expect(await perform(context, createClaim, input)).toEqual({
      claimed: null,
      waited: 20,
      withdraw: null,
      isPaused: false,
    });
    expect(awaitMessages).toHaveBeenCalledTimes(3);
  });

  test("survives a queue whose object moves", async () => {
    const awaitMessages = failing([fault(RETRYABLE)], "over" as const);
    const script = { claim: async () => ok(null), awaitMessages };
    expect(await perform(contextOf(script), createClaim, input)).toEqual({
      claimed: null,
      waited: 20,
      withdraw: null,
      isPaused: false,
    });
  });

  test("does not happen unless asked for, nor when a message is there at once", async () => {
    const never = { claim: async () => ok(null) };
    expect(await perform(contextOf(never), createClaim, { ...input, wait: null })).toEqual({
      claimed: null,
      waited: null,
      withdraw: null,
      isPaused: false,
    });
    const some = { claim: async () => ok(CLAIMED) };
    expect(await perform(contextOf(some), createClaim, input)).toEqual({
      claimed: CLAIMED,
      waited: 20,
      withdraw: null,
      isPaused: false,
    });
  });
});
