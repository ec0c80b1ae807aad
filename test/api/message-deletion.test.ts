/** Deletion of messages: single ones, by ids, by pop. */
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { numbered, project, type Claim, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

/** A well-formed id of a claim that does not exist. */
const UNKNOWN = "5dfb4ae5-7df4-4f0b-8f4c-2a1e4c8a9c11";

/** A queue with one message under a claim, and a second claim on another message. */
async function claimed(): Promise<{ orders: Queue; id: string; claim: Claim; other: Claim }> {
  const orders = await project().queue();
  const [id] = await orders.post("a", "b");
  const claim = await orders.claim({ limit: 1, ttl: 60, grace: 60 });
  const other = await orders.claim({ limit: 1, ttl: 43_200 });
  return { orders, id: id ?? "", claim, other };
}

describe("a message that does not exist", () => {
  test.each(["", `?claim_id=${UNKNOWN}`, "?claim_id=nonsense", "?claim_id="])(
    "is deleted all the same: 204 for %j",
    async (query) => {
      const orders = await project().queue();
      const id = await orders.postOne("a");
      await orders.delete(id);
      expect(await orders.send("DELETE", `/messages/${id}${query}`)).toAnswer(204);
      expect(await orders.send("DELETE", `/messages/nonsense${query}`)).toAnswer(204);
      expect(await project().missingQueue().send("DELETE", `/messages/${id}${query}`)).toAnswer(204);
    },
  );
});

describe("an unclaimed message", () => {
  test.each(["", "?claim_id="])("is deleted without a claim id (%j)", async (query) => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    expect(await orders.send("DELETE", `/messages/${id}${query}`)).toAnswer(204);
    expect(await orders.get(id)).toBeNull();
  });

  test("stays when a claim id is given: of no claim, of another message's claim, of a released one", async () => {
    const orders = await project().queue();
    const [id] = await orders.post("a", "b");
    const released = await orders.claim({ limit: 1 });
    await released.release();
    const [first] = await orders.post("c");
    await orders.claim({ limit: 2 });
    const free = first ?? "";
    for (const claim of [UNKNOWN, "nonsense", released.id]) {
      expect(await orders.send("DELETE", `/messages/${free}?claim_id=${claim}`)).toRefuse(400, "Unable to delete");
    }
    expect(await orders.get(free)).not.toBeNull();
    expect(await orders.get(id ?? "")).not.toBeNull();
  });

  test("stays when the id of a live claim on another message is given", async () => {
    const orders = await project().queue();
    const [, free] = await orders.post("a", "b");
    const claim = await orders.claim({ limit: 1 });
    expect(await orders.send("DELETE", `/messages/${free}?claim_id=${claim.id}`)).toRefuse(400, "Unable to delete");
    expect(await orders.list()).toHoldBodies("b");
  });
});

describe("a claimed message", () => {
  test("is deleted with its claim's id, and leaves the claim", async () => {
    const orders = await project().queue();
    const [id] = await orders.post("a", "b");
    const claim = await orders.claim();
    await orders.delete(id ?? "", { claim });
    expect(await claim.get()).toHoldBodies("b");
    expect(await orders.get(id ?? "")).toBeNull();
  });

  test.each(["", "?claim_id="])("is forbidden without a claim id (%j)", async (query) => {
    const { orders, id } = await claimed();
    expect(await orders.send("DELETE", `/messages/${id}${query}`)).toRefuse(403, "Unable to delete");
    expect(await orders.get(id)).not.toBeNull();
  });

  test("is forbidden with the id of another live claim", async () => {
    const { orders, id, other } = await claimed();
    expect(await orders.send("DELETE", `/messages/${id}?claim_id=${other.id}`)).toRefuse(403, "Unable to delete");
    expect(await orders.get(id)).not.toBeNull();
  });

  test.each([UNKNOWN, "nonsense", "%00"])("is refused with the id of no claim: %s", async (unknown) => {
    const { orders, id } = await claimed();
    expect(await orders.send("DELETE", `/messages/${id}?claim_id=${unknown}`)).toRefuse(400, "Unable to delete");
    expect(await orders.get(id)).not.toBeNull();
  });

  test("whose claim is over is deleted without a claim id", async () => {
    const { orders, id } = await claimed();
    clock.advance({ seconds: 60 });
    await orders.delete(id);
    expect(await orders.get(id)).toBeNull();
  });

  test("whose claim is over is refused with any claim id", async () => {
    const { orders, id, claim, other } = await claimed();
    clock.advance({ seconds: 60 });
    for (const given of [claim.id, other.id, UNKNOWN, "nonsense"]) {
      expect(await orders.send("DELETE", `/messages/${id}?claim_id=${given}`)).toRefuse(400, "Unable to delete");
    }
    expect(await orders.get(id)).not.toBeNull();
  });

  test("that was claimed again is deleted with the new claim's id only", async () => {
    const { orders, id, claim } = await claimed();
    clock.advance({ seconds: 60 });
    const again = await orders.claim();
    expect(await orders.send("DELETE", `/messages/${id}?claim_id=${claim.id}`)).toRefuse(400, "Unable to delete");
    await orders.delete(id, { claim: again });
  });

  test("that was released is refused with the old claim id and deleted without", async () => {
    const { orders, id, claim } = await claimed();
    await claim.release();
    expect(await orders.send("DELETE", `/messages/${id}?claim_id=${claim.id}`)).toRefuse(400, "Unable to delete");
    await orders.delete(id);
  });
});

describe("deletion by ids", () => {
  test("deletes whatever exists, claimed messages included, and is 204 and empty", async () => {
    const orders = await project().queue();
    const [a, b] = await orders.post("a", "b", "c");
    const claim = await orders.claim({ limit: 1 });
    await orders.deleteMany([a ?? "", "nonsense", b ?? "", b ?? ""]);
    expect(await orders.list({ include_claimed: true })).toHoldBodies("c");
    expect(await claim.get()).toBeNull();
  });

  test("ignores claim_ids", async () => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    expect(await orders.send("DELETE", `/messages?ids=${id}&claim_ids=nonsense`)).toAnswer(204);
    expect(await orders.get(id)).toBeNull();
  });

  test("is 204 when nothing exists", async () => {
    expect(await project().missingQueue().send("DELETE", "/messages?ids=a,b")).toAnswer(204);
    expect(await (await project().queue()).send("DELETE", "/messages?ids=ab")).toAnswer(204);
  });

  test("accepts twenty ids, with repetitions counted", async () => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    const ids = (count: number): string => Array.from({ length: count }, () => id).join(",");
    expect(await orders.send("DELETE", `/messages?ids=${ids(21)}`)).toRefuse(400, "Invalid API request");
    expect(await orders.get(id)).not.toBeNull();
    expect(await orders.send("DELETE", `/messages?ids=${ids(20)}`)).toAnswer(204);
  });
});

describe("pop", () => {
  test("removes the oldest messages and returns them, exactly with these members", async () => {
    const orders = await project().queue();
    const [a, b] = await orders.post("a", { body: { n: 1 }, ttl: 60 }, "c");
    clock.advance({ seconds: 3 });
    expect((await orders.send("DELETE", "/messages?pop=2")).json).toEqual({
      messages: [
        { id: a, age: 3, ttl: 3600, body: "a", claim_id: null, claim_count: 0 },
        { id: b, age: 3, ttl: 60, body: { n: 1 }, claim_id: null, claim_count: 0 },
      ],
    });
    expect(await orders.list()).toHoldBodies("c");
    expect(await orders.getMany([a ?? "", b ?? ""])).toHoldBodies();
  });

  test("of nothing is 200 with no messages", async () => {
    expect((await (await project().queue()).send("DELETE", "/messages?pop=1")).json).toEqual({ messages: [] });
    expect((await project().missingQueue().send("DELETE", "/messages?pop=1")).json).toEqual({ messages: [] });
  });

  test("passes over claimed, delayed and expired messages", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 300 });
    await orders.post({ body: "claimed", delay: 0 });
    await orders.claim({ ttl: 43_200 });
    await orders.post({ body: "expired", delay: 0, ttl: 60 }, "delayed", { body: "free", delay: 0 });
    clock.advance({ seconds: 60 });
    expect(await orders.pop(10)).toHoldBodies("free");
    clock.advance({ seconds: 240 });
    expect(await orders.pop(10)).toHoldBodies("delayed");
  });

  test("takes a client's own messages too", async () => {
    const orders = await project().queue();
    await orders.post("mine");
    expect(await orders.pop(1)).toHoldBodies("mine");
  });

  test("shows how often a message was claimed where that is counted", async () => {
    const orders = await project().queue("orders", { _max_claim_count: 5, _dead_letter_queue: "dead" });
    await orders.post("a");
    for (let count = 0; count < 2; count++) await (await orders.claim()).release();
    expect((await orders.pop(1))[0]?.claim_count).toBe(2);
  });

  test("takes twenty at most", async () => {
    const orders = await project().queue();
    await orders.post(...numbered(25));
    expect(await orders.send("DELETE", "/messages?pop=21")).toRefuse(400, "Invalid API request");
    expect(await orders.pop(20)).toHaveLength(20);
    expect(await orders.pop(20)).toHoldBodies("20", "21", "22", "23", "24");
  });
});

describe("a deletion is refused", () => {
  test.each([
    ["that names neither ids nor pop", "", "Invalid API request"],
    ["whose ids and pop are both empty", "?ids=&pop=", "Invalid API request"],
    ["that names both", "?ids=a&pop=1", "Invalid API request"],
    ["that pops none", "?pop=0", "Invalid API request"],
    ["that pops less than none", "?pop=-1", "Invalid API request"],
    ["whose pop is no integer", "?pop=x", "Invalid parameter"],
    ["whose pop is a blank", "?pop=%20", "Invalid parameter"],
    ["whose pop is no integer, ids or not", "?ids=a&pop=x", "Invalid parameter"],
    ["with an empty list of ids", "?ids=,", "Invalid API request"],
  ])("%s", async (_, query, title) => {
    const orders = await project().queue();
    await orders.post("a");
    expect(await orders.send("DELETE", `/messages${query}`)).toRefuse(400, title);
    expect(await orders.list()).toHoldBodies("a");
  });
});
