/** Figures of the past. Ours (docs/COMPATIBILITY.md, "Figures"). */
import { describe, expect, test } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { project } from "../support/drivers/zaqar-client.ts";

freezeClock();

interface Series {
  readonly queue?: string;
  readonly from: string;
  readonly step: number;
  readonly messages: { readonly total: readonly unknown[] };
}

/** A text in which `-3600` stands for the time an hour ago. */
function dated(query: string): string {
  return query.replace(/=(-\d+)/g, (_, seconds) => `=${new Date(Date.now() + Number(seconds) * 1000).toISOString()}`);
}

async function series(query: string): Promise<Series> {
  const answer = await project().send("GET", `/v2/series?${dated(query)}`);
  expect(answer).toAnswer(200);
  return answer.json as Series;
}

describe("the series", () => {
  test("of a queue that nobody has used are gaps", async () => {
    const { queue, messages } = await series("queue=orders");
    expect(queue).toBe("orders");
    expect(messages.total.length).toBeGreaterThan(0);
    expect(new Set(messages.total)).toEqual(new Set([null]));
  });

  test.each([
    ["", 10],
    ["from=-3600", 10],
    ["from=-3602", 300],
    ["from=-86400", 300],
    ["from=-86400&until=-86000", 300],
    ["until=-86400", 300],
    ["step=300", 300],
  ])("%s has a step of %i seconds", async (query, step) => {
    expect((await series(query)).step).toBe(step);
  });

  test.each([
    ["from=-3600&until=-0&step=10", 200],
    ["from=-3601&until=-0&step=10", 400],
    ["from=-604800&until=-0&step=300", 200],
    ["from=-604801&until=-0&step=300", 400],
    ["from=-1&until=-0", 200],
    ["from=-0&until=-0", 400],
    ["step=60", 400],
    ["from=yesterday", 400],
    ["until=12", 400],
    ["queue=orders&topic=news", 400],
    ["queue=no%2Fname", 400],
    ["topic=news", 200],
    ["queue=", 400],
    ["queue", 400],
    ["queue=,", 400],
    ["queue=orders&queue=mails", 400],
    ["queue=orders,mails", 400],
    ["queue=orders&", 200],
  ])("%s: %i", async (query, status) => {
    expect((await project().send("GET", `/v2/series?${dated(query)}`)).status).toBe(status);
  });

  test("says what a step allows", async () => {
    const answer = await project().send("GET", `/v2/series?${dated("from=-7200&until=-0&step=10")}`);
    expect((answer.json as { readonly description: string }).description).toBe(
      "With a step of 10 seconds, `from` and `until` may be apart by at most an hour; a step of 300 covers a week.",
    );
  });
});
