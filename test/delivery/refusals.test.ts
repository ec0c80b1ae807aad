/** What is kept of the answers of webhooks, for the owners of subscriptions. */
import { describe, expect, test } from "vitest";
import { Network } from "../support/fakes/webhook-network.ts";

describe("the beginning of a refusal", () => {
  async function answerTo(
    body: string | Uint8Array<ArrayBuffer> | ReadableStream | null,
    status = 500,
  ): Promise<string | undefined> {
    const network = new Network();
    network.answer = () => new Response(body, { status });
    return (await network.send()).answer;
  }

  test.each<readonly [what: string, body: string | Uint8Array<ArrayBuffer> | null, answer: string | undefined]>([
    ["of 1,024 bytes", "x".repeat(1024), "x".repeat(1024)],
    ["of 1,025 bytes", "x".repeat(1025), "x".repeat(1024)],
    ["of a megabyte", "x".repeat(1_048_576), "x".repeat(1024)],
    ["without a body", null, undefined],
    ["with an empty body", "", undefined],
    ["with a character at the end", `${"x".repeat(1022)}é`, `${"x".repeat(1022)}é`],
    ["with a character that is cut off", `${"x".repeat(1023)}é`, "x".repeat(1023)],
    ["that is no text", new Uint8Array([0x61, 0xff, 0x62]), "a\ufffdb"],
  ])("%s", async (_, body, answer) => {
    expect(await answerTo(body)).toBe(answer);
  });

  test("comes in several parts", async () => {
    const parts = ["a", "b", "c"].map((part) => new TextEncoder().encode(part));
    const body = new ReadableStream({
      pull: (controller) => {
        const part = parts.shift();
        if (part === undefined) controller.close();
        else controller.enqueue(part);
      },
    });
    expect(await answerTo(body)).toBe("abc");
  });

  test("is what has come within half a second of a body that does not end", async () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("a")) });
    expect(await answerTo(body)).toBe("a");
  });

  test("is that of the statuses of refusals, and never of a success", async () => {
    expect(await answerTo("x", 410)).toBe("x");
    expect(await answerTo("x", 302)).toBe("x");
    expect(await answerTo("x", 200)).toBeUndefined();
  });
});
