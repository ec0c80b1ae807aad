/** Projects and queues are isolated, and a queue that is created again has nothing of the deleted one. */
import { describe, expect, test } from "vitest";
import { project, type Claim, type Queue } from "../support/drivers/zaqar-client.ts";

/** A queue with a free message and a claimed one. */
async function occupied(orders: Queue): Promise<{ free: string; claimed: string; claim: Claim }> {
  const claimed = await orders.postOne("claimed");
  const claim = await orders.claim({ limit: 1 });
  const free = await orders.postOne("free");
  return { free, claimed, claim };
}

async function seesNothingOf(
  other: Queue,
  { free, claimed, claim }: Awaited<ReturnType<typeof occupied>>,
): Promise<void> {
  for (const id of [free, claimed]) {
    expect(await other.get(id)).toBeNull();
    expect(await other.getMany([id])).toHoldBodies();
    expect(await other.send("DELETE", `/messages/${id}`)).toAnswer(204);
    expect(await other.send("DELETE", `/messages/${id}?claim_id=${claim.id}`)).toAnswer(204);
    expect(await other.send("DELETE", `/messages?ids=${id}`)).toAnswer(204);
    expect(await other.page({ marker: id })).toEqual({ messages: [], next: null });
  }
  expect(await other.send("GET", `/claims/${claim.id}`)).toRefuse(404, "Not found");
  expect(await other.send("PATCH", `/claims/${claim.id}`, { body: {} })).toRefuse(404, "Not found");
  expect(await other.send("DELETE", `/claims/${claim.id}`)).toAnswer(204);
  expect(await other.pop(20)).toHoldBodies();
  expect(await other.claim({ limit: 20 })).toHoldBodies();
  await other.purge();
  await other.remove();
}

describe("nothing crosses from", () => {
  test("one project to a queue of the same name in another", async () => {
    const orders = await project().queue("orders");
    const occupants = await occupied(orders);
    await seesNothingOf(await project().queue("orders"), occupants);
    expect(await orders.list({ include_claimed: true })).toHoldBodies("claimed", "free");
    expect(await occupants.claim.get()).toHoldBodies("claimed");
  });

  test("one queue of a project to another", async () => {
    const owner = project();
    const orders = await owner.queue("orders");
    const occupants = await occupied(orders);
    await seesNothingOf(await owner.queue("invoices"), occupants);
    expect(await orders.list({ include_claimed: true })).toHoldBodies("claimed", "free");
    expect(await owner.queueNames()).toEqual(["orders"]);
  });

  test("one queue to another whose name differs in case", async () => {
    const owner = project();
    await (await owner.queue("orders")).post("a");
    expect(await (await owner.queue("ORDERS")).list()).toHoldBodies();
  });

  test("one project's list of queues to another's", async () => {
    await project().queue("orders");
    expect(await project().queues({ with_count: true })).toEqual({ queues: [], next: null, count: undefined });
  });

  test("a project to one whose name ends in the other's queue", async () => {
    const { client } = project();
    const id = crypto.randomUUID();
    const post = { body: { messages: [{ body: "a" }] }, client };
    expect(await project().send("POST", "/v2/queues/b/messages", { ...post, project: `${id}/a` })).toAnswer(201);
    for (const [other, queue] of [
      [id, "b"],
      [id, "a"],
      [`${id}/a/b`, "b"],
      [`${id}/a/`, "b"],
    ]) {
      const answer = await project().send("GET", `/v2/queues/${queue}/messages?echo=true`, {
        client,
        project: other ?? "",
      });
      expect(answer.json).toEqual({ messages: [], links: [] });
    }
  });

  test("projects whose names differ only in case or blanks inside", async () => {
    const { client } = project();
    const id = `Project ${crypto.randomUUID()}`;
    const post = { body: { messages: [{ body: "a" }] }, client };
    expect(await project().send("POST", "/v2/queues/jobs/messages", { ...post, project: id })).toAnswer(201);
    for (const other of [id.toUpperCase(), id.toLowerCase(), id.replace(" ", "  ")]) {
      const answer = await project().send("GET", "/v2/queues/jobs/messages?echo=true", { client, project: other });
      expect(answer.json).toEqual({ messages: [], links: [] });
    }
  });
});

describe("a queue that was deleted and created again", () => {
  test("has no message, claim or marker of its first life", async () => {
    const orders = await project().queue();
    const occupants = await occupied(orders);
    await orders.remove();
    await orders.project.queue("orders");
    const ids = await orders.post("new 1", "new 2", "new 3");
    expect(ids).not.toContain(occupants.free);
    expect(ids).not.toContain(occupants.claimed);
    for (const id of [occupants.free, occupants.claimed]) {
      expect(await orders.get(id)).toBeNull();
      await orders.delete(id);
      await orders.deleteMany([id]);
      expect(await orders.list({ marker: id })).toHoldBodies();
    }
    expect(await occupants.claim.get()).toBeNull();
    await occupants.claim.release();
    expect(await orders.list()).toHoldBodies("new 1", "new 2", "new 3");
  });

  test("gives ids that it did not give before, however often", async () => {
    const orders = await project().queue();
    const seen = new Set<string>();
    for (let life = 0; life < 5; life++) {
      for (const id of await orders.post("a", "b")) {
        expect(seen.has(id)).toBe(false);
        seen.add(id);
      }
      await orders.remove();
    }
  });

  test("does not delete by an old claim what a new one holds", async () => {
    const orders = await project().queue();
    const old = (await occupied(orders)).claim;
    await orders.remove();
    const id = await orders.postOne("new");
    const claim = await orders.claim();
    expect(await orders.send("DELETE", `/messages/${id}?claim_id=${old.id}`)).toRefuse(400, "Unable to delete");
    expect(await claim.get()).toHoldBodies("new");
  });
});
