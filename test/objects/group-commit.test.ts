/** Requests that share a commit: they keep their order, and a failing one does not affect the others. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { GroupCommit } from "../../src/mechanisms/group-commit.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { project } from "../support/drivers/zaqar-client.ts";

describe("GroupCommit", () => {
  test("runs a lone call at once", () => {
    const commits = new GroupCommit();
    let hasRun = false;
    const call = commits.run(() => {
      hasRun = true;
    });
    expect(hasRun).toBe(true);
    return call;
  });

  test("keeps the order of the calls, whether they wait or not", async () => {
    const commits = new GroupCommit();
    const order: number[] = [];
    await Promise.all(Array.from({ length: 200 }, (_, index) => commits.run(() => order.push(index))));
    expect(order).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });

  test("an exception reaches only its own caller, also in a shared turn", async () => {
    const commits = new GroupCommit();
    const calls = Array.from({ length: 100 }, (_, index) =>
      commits.run(() => {
        if (index % 7 === 0) throw new Error(`call ${index}`);
        return index;
      }),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status === "fulfilled")).toEqual(calls.map((_, index) => index % 7 !== 0));
  });
});

describe("a queue whose storage refuses some posts", () => {
  /** Makes the storage refuse every segment that contains the text. */
  const poison = async (queue: Parameters<typeof queueStub>[0], text: string): Promise<void> => {
    await runInDurableObject(queueStub(queue), (_, state) => {
      state.storage.sql.exec(
        `CREATE TRIGGER poisoned BEFORE INSERT ON segment WHEN instr(NEW.bodies, '${text}')
         BEGIN SELECT raise(ABORT, 'no room'); END`,
      );
    });
  };

  test("stores all of the others, in order, and answers 503 to those", async () => {
    const queue = await project().queue();
    await poison(queue, "poison");
    const bodies = Array.from({ length: 60 }, (_, index) => (index % 5 === 3 ? `poison ${index}` : `fine ${index}`));
    const answers = await Promise.all(
      bodies.map((body) => queue.send("POST", "/messages", { body: { messages: [{ body }] } })),
    );
    expect(answers.map(({ status }) => status)).toEqual(bodies.map((body) => (body.startsWith("fine") ? 201 : 503)));
    const claimed: unknown[] = [];
    for (
      let claim = await queue.claim({ limit: 20 });
      claim.messages.length > 0;
      claim = await queue.claim({ limit: 20 })
    ) {
      claimed.push(...claim.messages.map(({ body }) => body));
    }
    expect(claimed).toEqual(bodies.filter((body) => body.startsWith("fine")));
  });

  test("a post is stored whole or not at all", async () => {
    const queue = await project().queue();
    await poison(queue, "poison");
    const messages = [
      { body: "first", ttl: 60 },
      { body: "second", ttl: 61 },
      { body: "poison", ttl: 62 },
    ];
    expect((await queue.send("POST", "/messages", { body: { messages } })).status).toBe(503);
    expect(await queue.list()).toHaveLength(0);
    await queue.post("after");
    expect(await queue.list()).toHoldBodies("after");
    expect((await queue.stats()).total).toBe(1);
  });
});
