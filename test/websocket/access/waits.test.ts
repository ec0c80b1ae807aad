/** Claims that wait, with a credential: they are permitted as others are, when they begin and when they are made. */
import { beforeEach, describe, expect, test } from "vitest";
import { clock, freezeClock } from "../../support/clock.ts";
import { freshProject } from "../../support/drivers/authenticated-client.ts";
import { client, makeKey, revokeKey, statusOf } from "../../support/drivers/proven-client.ts";
import { Project } from "../../support/drivers/zaqar-client.ts";
import type { Connection } from "../../support/drivers/web-socket.ts";
import { restartHub } from "../../support/objects/hub.ts";
import { rows } from "../../support/objects/queue-outbox.ts";

freezeClock();
beforeEach(restartHub);

const Q = { queue_name: "orders" };
const WAIT = { ...Q, ttl: 60, grace: 60, wait: 20 };
const EXPIRED = { code: 4003, reason: "Authentication expired." };

/** A project with a queue, and a client that may do everything. */
async function owner(): Promise<{ readonly project: string; readonly all: Connection }> {
  const project = freshProject();
  const all = await client(project, (await makeKey({ project_id: project })).key);
  await all.ask("queue_create", Q);
  return { project, all };
}

/** Posts a message, and expects that the owner himself can claim it. */
async function postForAll(all: Connection): Promise<void> {
  await all.ask("message_post", { ...Q, messages: [{ body: "a" }] });
  expect((await all.ask("claim_create", Q)).body).toMatchObject({ messages: [{ body: "a" }] });
}

describe("a claim that would wait is refused at once", () => {
  test.each([
    ["by the role", { roles: ["reader"] }],
    ["by the prefix", { queue_prefix: "bills" }],
  ])("%s", async (_, limits) => {
    const { project, all } = await owner();
    const socket = await client(project, (await makeKey({ project_id: project, ...limits })).key);
    expect(statusOf(await socket.ask("claim_create", WAIT))).toBe(403);
    expect(await rows(new Project(project, crypto.randomUUID()).missingQueue("orders"), "wait")).toEqual([]);
    await postForAll(all);
  });
});

describe("a wait gets nothing any more", () => {
  test("when its key was revoked, half a minute after the key was last looked up", async () => {
    const { project, all } = await owner();
    const key = await makeKey({ project_id: project });
    const socket = await client(project, key.key);
    clock.advance({ seconds: 29 });
    expect(statusOf(await socket.ask("claim_create", WAIT))).toBe(202);
    await revokeKey(key);
    clock.advance({ seconds: 1 });
    await all.ask("message_post", { ...Q, messages: [{ body: "a" }] });
    expect(await socket.closed).toEqual(EXPIRED);
    expect(socket.hasReply).toBe(false);
    expect((await all.ask("claim_create", Q)).body).toMatchObject({ messages: [{ body: "a" }] });
  });

  test("when its key has expired, should the alarm be late", async () => {
    const { project, all } = await owner();
    const expires = new Date(Date.now() + 10_000).toISOString();
    const socket = await client(project, (await makeKey({ project_id: project, expires_at: expires })).key);
    expect(statusOf(await socket.ask("claim_create", WAIT))).toBe(202);
    clock.advance({ seconds: 10 });
    await postForAll(all);
    expect(await socket.closed).toEqual(EXPIRED);
    expect(socket.hasReply).toBe(false);
  });
});
