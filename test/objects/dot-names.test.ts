/**
 * Queues and topics with the names `.` and `..`: they can no longer be created, and those of former versions can still be used
 * and deleted. The tests call the objects, because every URL with such a name is normalised.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { parseUuidClientId } from "../../src/domain/id.ts";
import { EMPTY_OBJECT, type JsonText } from "../../src/domain/json.ts";
import { joinBodies } from "../../src/domain/message.ts";
import { QUOTA_NAMES, UNLIMITED, type Quotas } from "../../src/domain/quota.ts";
import type { QueueRpc } from "../../src/objects/rpc/queue.ts";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { BareQueue } from "../support/objects/bare-queue.ts";

const { QUEUES, TOPICS } = env as unknown as ObjectBindings;
const quotas = Object.fromEntries(QUOTA_NAMES.map((name) => [name, UNLIMITED])) as Quotas;
const document = '{"subscriber":"mailto:a@b.test"}' as JsonText;

function objectOf(namespace: DurableObjectNamespace, name: string): QueueRpc & DurableObjectStub {
  return namespace.getByName(`${crypto.randomUUID()}/${name}`) as unknown as QueueRpc & DurableObjectStub;
}

function post(object: QueueRpc): ReturnType<QueueRpc["post"]> {
  const client = parseUuidClientId("3381af922b9e11e3b19171861300734c");
  if (client === null) throw new Error("That is no client's id.");
  const bodies = joinBodies(['"a"' as JsonText]);
  const posting = { runs: [{ ttl: null, delay: null, count: 1, bodies }], defect: null, delayDefect: null };
  return object.post({ client, size: 3, posting, idempotency: null, quotas });
}

describe.each([
  ["queue", QUEUES],
  ["topic", TOPICS],
] as const)("a %s called", (kind, namespace) => {
  test.each([".", ".."])("%s is not made, by whatever request would", async (name) => {
    const object = objectOf(namespace, name);
    const failure = { kind: `${kind}-name-invalid`, defect: "dots" };
    expect(await object.create({ metadata: EMPTY_OBJECT, quotas })).toMatchObject({ ok: false, failure });
    expect(await post(object)).toMatchObject({ ok: false, failure });
    expect(await object.subscribe({ document, quotas })).toMatchObject({ ok: false, failure });
    expect(await object.stats()).toMatchObject({ exists: false });
  });

  test.each([".", ".."])("%s that is there is used, and deleted for good", async (name) => {
    const object = objectOf(namespace, name);
    await runInDurableObject(object, (_, { storage }) => void new BareQueue(storage, EMPTY_OBJECT));
    await evictDurableObject(object);
    expect(await object.create({ metadata: EMPTY_OBJECT, quotas })).toMatchObject({ ok: true });
    expect(await post(object)).toMatchObject({ ok: true });
    expect(await object.subscribe({ document, quotas })).toMatchObject({ ok: true });
    expect(await object.stats()).toMatchObject({ exists: true, free: 1 });
    await object.remove();
    expect(await object.create({ metadata: EMPTY_OBJECT, quotas })).toMatchObject({ ok: false });
  });

  test.each(["...", "a.", ".a", "a.b"])("%s is made", async (name) => {
    expect(await objectOf(namespace, name).create({ metadata: EMPTY_OBJECT, quotas })).toMatchObject({ ok: true });
  });
});
