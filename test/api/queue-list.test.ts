/** The list of a project's queues. */
import { describe, expect, test } from "vitest";
import { project, type Project } from "../support/drivers/zaqar-client.ts";

async function withQueues(...names: readonly string[]): Promise<Project> {
  const owner = project();
  for (const name of names) await owner.queue(name);
  return owner;
}

describe("pages", () => {
  test("an empty list is 200 and has neither links nor a count", async () => {
    const answer = await project().send("GET", "/v2/queues?with_count=true");
    expect(answer).toAnswer(200);
    expect(answer.json).toEqual({ queues: [], links: [] });
  });

  test("a queue is listed by name and href", async () => {
    const owner = await withQueues("jobs");
    expect((await owner.send("GET", "/v2/queues")).json).toEqual({
      queues: [{ name: "jobs", href: "/v2/queues/jobs" }],
      links: [{ rel: "next", href: "/v2/queues?marker=jobs" }],
    });
  });

  test("queues are in binary order", async () => {
    const owner = await withQueues("b2", "a10", "a1", "a.b", "_x", "A1");
    expect(await owner.queueNames()).toEqual(["A1", "_x", "a.b", "a1", "a10", "b2"]);
  });

  test("a page has ten queues unless told otherwise, and twenty at most", async () => {
    const owner = await withQueues(...Array.from({ length: 21 }, (_, index) => `q${index + 10}`));
    expect(await owner.queueNames()).toHaveLength(10);
    expect(await owner.queueNames({ limit: 1 })).toEqual(["q10"]);
    expect(await owner.queueNames({ limit: 20 })).toHaveLength(20);
  });

  test.each([0, 21, -1])("a limit of %i is refused", async (limit) => {
    expect(await project().send("GET", `/v2/queues?limit=${limit}`)).toRefuse(400, "Invalid API request");
  });

  test("following the links visits every queue once and ends on an empty page", async () => {
    const owner = await withQueues("a", "b", "c", "d", "e");
    const visited: string[] = [];
    let href: string | null = "/v2/queues?limit=2";
    while (href !== null) {
      const page = (await owner.send("GET", href)).json as { queues: { name: string }[]; links: { href: string }[] };
      visited.push(...page.queues.map((queue) => queue.name));
      href = page.links[0]?.href ?? null;
    }
    expect(visited).toEqual(["a", "b", "c", "d", "e"]);
  });

  test.each([
    ["b", ["c", "d"]],
    ["bb", ["c", "d"]],
    ["", ["a", "b", "c", "d"]],
    ["d", []],
    ["zzz", []],
    ["%C3%A9", []],
    ["!", ["a", "b", "c", "d"]],
  ])("the marker %j need not be a queue: what follows are the names behind it", async (marker, names) => {
    const owner = await withQueues("a", "b", "c", "d");
    const answer = await owner.send("GET", `/v2/queues?marker=${marker}`);
    expect((answer.json as { queues: { name: string }[] }).queues.map((queue) => queue.name)).toEqual(names);
  });
});

describe("the next link", () => {
  test.each([
    ["", "marker=b"],
    ["limit=2", "limit=2&marker=b"],
    ["limit=2&marker=A", "marker=b&limit=2"],
    ["detailed=yes", "detailed=true&marker=b"],
    ["detailed=off", "detailed=false&marker=b"],
    ["with_count=1&name=b&detailed=t&limit=1_0&marker=a", "marker=b&limit=10&detailed=true&name=b&with_count=true"],
    ["limit=&name=", "marker=b"],
  ])("of ?%s is ?%s", async (query, next) => {
    const owner = await withQueues("a", "b");
    const { links } = (await owner.send("GET", `/v2/queues?${query}`)).json as { links: unknown[] };
    expect(links).toEqual([{ rel: "next", href: `/v2/queues?${next}` }]);
  });

  test("loses metadata filters", async () => {
    const owner = project();
    await owner.queue("a", { team: "ops" });
    expect((await owner.queues({ team: "ops", limit: 1 })).next).toBe("/v2/queues?limit=1&marker=a");
  });
});

describe("detailed", () => {
  test("adds each queue's metadata over the defaults", async () => {
    const owner = project();
    await owner.queue("a", { team: "ops", _default_message_ttl: 60 });
    const { queues } = await owner.queues({ detailed: true });
    expect(queues[0]?.metadata).toMatchObject({
      team: "ops",
      _default_message_ttl: 60,
      _default_message_delay: 0,
      _max_claim_count: null,
    });
  });

  test("shows metadata as patched, without the loss of a digit", async () => {
    const owner = project();
    const orders = await owner.queue("a", { team: "ops" });
    await orders.patch({ op: "replace", path: "/metadata/team", value: "dev" });
    await orders.sendPatch('[{"op":"add","path":"/metadata/big","value":9007199254740993}]');
    const answer = await owner.send("GET", "/v2/queues?detailed=true");
    expect(answer.json).toMatchObject({ queues: [{ metadata: { team: "dev" } }] });
    expect(answer.text).toContain("9007199254740993");
  });

  test("is off unless asked for", async () => {
    const owner = await withQueues("a");
    expect((await owner.queues()).queues[0]).not.toHaveProperty("metadata");
    expect((await owner.queues({ detailed: false })).queues[0]).not.toHaveProperty("metadata");
  });
});

test("with_count counts all queues of the project, whatever is listed", async () => {
  const owner = await withQueues("a", "b", "c");
  expect((await owner.queues({ with_count: true, limit: 1, marker: "a", name: "b" })).count).toBe(3);
  expect((await owner.queues({ with_count: false })).count).toBeUndefined();
  expect((await owner.queues()).count).toBeUndefined();
});

describe("name", () => {
  test.each([
    ["job", ["a-job", "job", "jobs"]],
    ["JOB", ["JOBS"]],
    ["b.s", ["b.s"]],
    ["[", []],
    [".*", []],
    ["%", []],
    ["_", []],
  ])("%s finds the names that contain it, literally", async (name, names) => {
    const owner = await withQueues("job", "jobs", "a-job", "JOBS", "b.s", "bus");
    expect(await owner.queueNames({ name })).toEqual(names);
  });
});

describe("metadata filters", () => {
  const QUEUES: readonly [string, Record<string, unknown>][] = [
    ["a", { team: "ops", size: 1 }],
    ["b", { team: "ops", size: "1" }],
    ["c", { team: "dev", size: 1, flag: true, nothing: null }],
    ["d", { _default_message_ttl: 3600, price: 1.5 }],
  ];

  test.each([
    ["team=ops", ["a", "b"], "texts compare as texts"],
    ["team=Ops", [], "case matters"],
    ["size=1", ["a", "c"], "digits compare as an integer, never as a text"],
    ["size=01", ["a", "c"], "leading zeros included"],
    ["team=ops&size=1", ["a"], "all filters must hold"],
    ["flag=true", [], "a boolean is no text"],
    ["price=1.5", [], "a fraction is a text"],
    ["nothing=null", [], "null is no text"],
    ["colour=red", [], "a key that nobody stored matches nothing"],
    ["_default_message_ttl=3600", ["d"], "defaults are not consulted"],
    ["team=", ["a", "b", "c", "d"], "an empty filter is none"],
  ])("%s finds %j: %s", async (query, names) => {
    const owner = project();
    for (const [name, metadata] of QUEUES) await owner.queue(name, metadata);
    const answer = await owner.send("GET", `/v2/queues?${query}`);
    expect((answer.json as { queues: { name: string }[] }).queues.map((queue) => queue.name)).toEqual(names);
  });

  test("follow what is patched and deleted", async () => {
    const owner = project();
    const a = await owner.queue("a", { team: "ops" });
    const b = await owner.queue("b", { team: "ops" });
    await a.patch({ op: "replace", path: "/metadata/team", value: "dev" });
    expect(await owner.queueNames({ team: "ops" })).toEqual(["b"]);
    await b.remove();
    expect(await owner.queueNames({ team: "ops" })).toEqual([]);
    expect(await owner.queueNames({ team: "dev" })).toEqual(["a"]);
  });
});

test("a page of much metadata ends where it is full, and the next goes on there", async () => {
  const owner = project();
  const names = Array.from({ length: 18 }, (_, index) => `q${String.fromCharCode(97 + index)}`);
  for (const name of names) await owner.queue(name, { text: "x".repeat(65_000) });
  const first = await owner.send("GET", "/v2/queues?limit=20&detailed=true");
  const { queues, links } = first.json as { queues: { name: string }[]; links: { href: string }[] };
  expect(queues.map(({ name }) => name)).toEqual(names.slice(0, 16));
  const second = await owner.send("GET", links[0]?.href ?? "");
  expect((second.json as { queues: { name: string }[] }).queues).toMatchObject([{ name: "qq" }, { name: "qr" }]);
});
