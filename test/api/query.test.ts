/** The parsing of query strings, tested by requests that use them. */
import { describe, expect, test } from "vitest";
import { bodiesOf, project, type Message, type Queue } from "../support/drivers/zaqar-client.ts";

const TWELVE = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

async function listed(queue: Queue, query: string): Promise<unknown[]> {
  const answer = await queue.send("GET", `/messages?${query}`);
  expect(answer).toAnswer(200);
  return bodiesOf((answer.json as { messages: Message[] }).messages);
}

describe("integers", () => {
  test.each([
    ["limit=3", 3, "as they are"],
    ["limit=%203%20", 3, "with blanks around them"],
    ["limit=+3", 3, "a plus is a blank"],
    ["limit=%2B3", 3, "with a sign"],
    ["limit=003", 3, "with leading zeros"],
    ["limit=1_1", 11, "with an underscore between digits"],
    ["limit=", 10, "an empty one is absent"],
    ["limit", 10, "a bare name is absent"],
    ["Limit=3", 10, "names are case-sensitive"],
    ["limit=1&limit=2", 2, "the last of several counts"],
    ["limit=1,2", 2, "a comma separates several"],
    ["unknown=x&limit=3", 3, "unknown parameters are ignored"],
  ])("%s is %i: %s", async (query, length) => {
    const orders = await project().queue();
    await orders.post(...TWELVE);
    expect(await listed(orders, `echo=true&${query}`)).toEqual(TWELVE.slice(0, length));
  });

  test.each(["three", "3.0", "0x3", "1%2C2", "3a", "1__0", "_1", "1_", "--1", "%20", "1e1", "None"])(
    "limit=%s is none",
    async (limit) => {
      const orders = await project().queue();
      for (const path of [`/messages?limit=${limit}`, `/claims?limit=${limit}`, `/messages?pop=${limit}`]) {
        const method = path.startsWith("/claims") ? "POST" : path.includes("pop") ? "DELETE" : "GET";
        expect(await orders.send(method, path)).toRefuse(400, "Invalid parameter");
      }
      expect(await orders.project.send("GET", `/v2/queues?limit=${limit}`)).toRefuse(400, "Invalid parameter");
    },
  );

  test("an error names the parameter", async () => {
    const answer = await project().send("GET", "/v2/queues?limit=x");
    expect(answer.json).toMatchObject({ description: expect.stringContaining("limit") });
  });
});

describe("booleans", () => {
  test.each(["true", "True", "t", "yes", "y", "1", "on"])("%s is true", async (value) => {
    const orders = await project().queue();
    await orders.post("mine");
    expect(await listed(orders, `echo=${value}`)).toEqual(["mine"]);
  });

  test.each(["false", "False", "f", "no", "n", "0", "off", ""])("%j is false", async (value) => {
    const orders = await project().queue();
    await orders.post("mine");
    expect(await listed(orders, `echo=${value}`)).toEqual([]);
  });

  test.each(["TRUE", "FALSE", "None", "2", "null", "T", "Yes", "%20true"])("%s is neither", async (value) => {
    const orders = await project().queue();
    for (const name of ["echo", "include_claimed", "include_delayed"]) {
      expect(await orders.send("GET", `/messages?${name}=${value}`)).toRefuse(400, "Invalid parameter");
    }
    for (const name of ["detailed", "with_count"]) {
      expect(await orders.project.send("GET", `/v2/queues?${name}=${value}`)).toRefuse(400, "Invalid parameter");
    }
  });

  test("the last of several counts", async () => {
    const orders = await project().queue();
    await orders.post("mine");
    expect(await listed(orders, "echo=false&echo=true")).toEqual(["mine"]);
    expect(await listed(orders, "echo=true,false")).toEqual([]);
  });
});

describe("lists of ids", () => {
  test("may be separated by commas or by repeated names", async () => {
    const orders = await project().queue();
    const [a, b, c] = await orders.post("a", "b", "c");
    expect(await listed(orders, `ids=${a},${b},${c}`)).toEqual(["a", "b", "c"]);
    expect(await listed(orders, `ids=${a}&ids=${b}&ids=${c}`)).toEqual(["a", "b", "c"]);
    expect(await listed(orders, `ids=${a},${b}&ids=${c}`)).toEqual(["a", "b", "c"]);
  });

  test("an encoded comma does not separate", async () => {
    const orders = await project().queue();
    const ids = await orders.post("a", "b");
    expect(await orders.send("GET", `/messages?ids=${ids.join("%2C")}`)).toRefuse(404, "Not found");
    expect(await orders.send("DELETE", `/messages?ids=${ids.join("%2C")}`)).toAnswer(204);
    expect(await orders.list()).toHoldBodies("a", "b");
  });

  test("an empty list is out of range, an empty parameter is absent", async () => {
    const orders = await project().queue();
    await orders.post("a");
    expect(await orders.send("GET", "/messages?ids=,")).toRefuse(400, "Invalid API request");
    expect(await orders.send("DELETE", "/messages?ids=,")).toRefuse(400, "Invalid API request");
    expect(await listed(orders, "ids=&echo=true")).toEqual(["a"]);
    expect(await listed(orders, "ids&echo=true")).toEqual(["a"]);
  });

  test("names and values are decoded", async () => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    const encoded = Array.from(id, (digit) => `%${digit.charCodeAt(0).toString(16)}`).join("");
    expect(await listed(orders, `%69ds=${encoded}`)).toEqual(["a"]);
  });
});

test.each(["limit=%", "limit=%zz", "limit=%FF", "limit=%F0%9F", "marker=%C3%28", "&&&", "=", "==&=", "?", "ids=%00"])(
  "%s is no reason to fall over",
  async (query) => {
    const orders = await project().queue();
    expect((await orders.send("GET", `/messages?${query}`)).status).toBeLessThan(500);
    expect((await orders.project.send("GET", `/v2/queues?${query}`)).status).toBeLessThan(500);
  },
);
