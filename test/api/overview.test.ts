/** The overview and the figures of one queue or topic. Ours (docs/COMPATIBILITY.md, "Figures"). */
import { describe, expect, test } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { startService } from "../support/drivers/service.ts";
import { countCalls } from "../support/objects/calls.ts";
import { clientWith } from "../support/drivers/authenticated-client.ts";
import { project, type Project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

interface Overview {
  readonly totals: Readonly<Record<string, unknown>>;
  readonly places: readonly (Readonly<Record<string, unknown>> & { readonly kind: string; readonly name: string })[];
}

async function overview(owner: Project, query = ""): Promise<Overview> {
  const answer = await owner.send("GET", `/v2/overview${query}`);
  expect(answer).toAnswer(200);
  return answer.json as Overview;
}

async function names(owner: Project, query = ""): Promise<readonly string[]> {
  return (await overview(owner, query)).places.map(({ kind, name }) => `${kind} ${name}`);
}

describe("the overview", () => {
  test("has every queue and topic of the project, by name", async () => {
    const owner = project();
    for (const name of ["orders", "mails"]) await owner.queue(name);
    await owner.topic("news");
    await project().queue("others");
    expect(await names(owner)).toEqual(["queue mails", "topic news", "queue orders"]);
    expect((await overview(owner)).totals).toMatchObject({ places: 3 });
  });

  test("is empty for a project without queues", async () => {
    expect(await overview(project())).toMatchObject({ places: [], totals: { places: 0, unknown: 0 } });
  });

  test("knows at once what was done a moment ago", async () => {
    const owner = project();
    const orders = await owner.queue("orders");
    await orders.post("x", "y");
    await orders.claim({ limit: 1 });
    const [first] = (await overview(owner, "?consumers=true")).places;
    expect(first).toMatchObject({ certainty: "recent", messages: { total: 2, free: 1, claimed: 1 } });
    expect(first?.["consumers"]).toHaveLength(1);
    await orders.purge();
    expect((await overview(owner)).totals).toMatchObject({ unknown: 0, messages: { total: 1 } });
  });

  test("knows what a busy queue did, whose answers carry no figures", async () => {
    const owner = project();
    const orders = await owner.queue("orders");
    const calls = countCalls(["QUEUES"]);
    for (let posts = 0; posts < 40; posts++) await orders.post("x");
    const { places } = await overview(owner);
    expect(places[0]).toMatchObject({ certainty: "recent", messages: { total: 40, free: 40 } });
    const methods = calls().map((call) => call.split(" ").at(-1));
    expect(methods.filter((method) => method === "post").length).toBeGreaterThan(20);
    expect(methods.filter((method) => method === "figures")).toHaveLength(1);
  });

  test("shows the free messages of the last hour, if it is asked to", async () => {
    const owner = project();
    const orders = await owner.queue("orders");
    await orders.post("x", "y");
    const [place] = (await overview(owner, "?trend=true")).places;
    expect(place?.["trend"]).toEqual(Array<null>(12).fill(null));
    expect((await overview(owner)).places[0]).not.toHaveProperty("trend");
    expect(await owner.send("GET", "/v2/overview?trend=maybe")).toAnswer(400);
  });

  test("names who claims and deletes, whatever the way of the deletion", async () => {
    const orders = await project().queue("orders");
    const [named = "", , , ...ids] = await orders.post("a", "b", "c", "d", "e");
    const by = (): Queue => orders.as(crypto.randomUUID());
    const [byId, byIds, popper, claimer, other] = [by(), by(), by(), by(), by()];
    await byId.delete(named);
    await byIds.deleteMany(ids);
    await popper.pop(1);
    const claim = await claimer.claim({ limit: 1 });
    const [message] = claim.messages;
    await other.delete(message?.id ?? "", { claim });
    const { places } = await overview(orders.project, "?consumers=true");
    const consumers = places[0]?.["consumers"] as readonly Readonly<Record<string, unknown>>[];
    const minutes = 5;
    const done = ({ project: { client } }: Queue): unknown => {
      const consumer = consumers.find(({ client_id: id }) => id === client.replaceAll("-", ""));
      return [consumer?.["claimed_per_minute"], consumer?.["deleted_per_minute"]];
    };
    expect([byId, byIds, popper, claimer, other].map(done)).toEqual([
      [0, 1 / minutes],
      [0, 2 / minutes],
      [0, 1 / minutes],
      [1 / minutes, 0],
      [0, 1 / minutes],
    ]);
  });

  test("has those of one kind, or with a part of the name", async () => {
    const owner = project();
    for (const name of ["orders", "old-orders", "mails"]) await owner.queue(name);
    await owner.topic("orders");
    expect(await names(owner, "?kind=topic")).toEqual(["topic orders"]);
    expect(await names(owner, "?kind=queue&name=orders")).toEqual(["queue old-orders", "queue orders"]);
    expect(await names(owner, "?name=nothing")).toEqual([]);
  });

  test("goes on after a marker, with the sums of all", async () => {
    const owner = project();
    for (const name of ["a", "b", "c", "d"]) await owner.queue(name);
    await owner.topic("c");
    expect(await names(owner, "?kind=queue&limit=2")).toEqual(["queue a", "queue b"]);
    expect(await names(owner, "?kind=queue&limit=2&marker=b")).toEqual(["queue c", "queue d"]);
    expect((await overview(owner, "?kind=queue&limit=2&marker=b")).totals).toMatchObject({ places: 4, unknown: 0 });
    expect(await names(owner, "?kind=queue&marker=d")).toEqual([]);
    for (const query of ["?marker=b", "?kind=queue&marker=b&sort=free", "?kind=queue&marker="]) {
      expect(await owner.send("GET", `/v2/overview${query}`)).toAnswer(400);
    }
  });

  test("does not have what was deleted", async () => {
    const owner = project();
    const orders = await owner.queue("orders");
    await orders.post("x");
    await orders.remove();
    expect(await names(owner)).toEqual([]);
  });

  test("names the queue of dead letters, however the metadata spell it", async () => {
    const owner = project();
    await owner.queue("plain");
    await owner.queue("usual", { _dead_letter_queue: "dead" });
    const body = '{"_dead\\u005fletter_queue": "graves"}';
    expect(await owner.send("PUT", "/v2/queues/escaped", { body })).toAnswer(201);
    const { places } = await overview(owner);
    expect(places.map(({ name, dead_letter_queue: dead }) => [name, dead])).toEqual([
      ["escaped", "graves"],
      ["plain", null],
      ["usual", "dead"],
    ]);
  });

  test.each([
    ["limit=1", 200],
    ["limit=5000", 200],
    ["limit=0", 400],
    ["limit=5001", 400],
    ["limit=100&fresh=true", 200],
    ["limit=101&fresh=true", 400],
    ["limit=x", 400],
    ["name=", 400],
    ["kind=queue&kind=topic", 400],
    ["sort=waiting_claims", 200],
    ["sort=depth", 400],
    ["kind=topic", 200],
    ["kind=topics", 400],
    ["fresh=maybe", 400],
    ["consumers=maybe", 400],
  ])("%s: %i", async (query, status) => {
    expect((await project().send("GET", `/v2/overview?${query}`)).status).toBe(status);
  });

  test("names the choices of a parameter", async () => {
    const answer = await project().send("GET", "/v2/overview?sort=depth");
    expect((answer.json as { readonly description: string }).description).toBe(
      'The "sort" parameter is not valid: it must be one of name, free, total, claimed, oldest, rate, bytes, waiting_claims, not "depth".',
    );
  });

  test("does not exist without figures", async () => {
    const client = clientWith(startService({ AUTH_STRATEGY: "none", METER: "off" }), {});
    for (const path of ["/v2/overview", "/v2/series", "/v2/usage", "/v2/projects", "/v2/queues/orders/figures"]) {
      expect((await client.send("GET", path)).status, path).toBe(404);
    }
  });
});

describe("the figures of one", () => {
  test("that does not exist are a 404, and create nothing", async () => {
    const owner = project();
    expect(await owner.send("GET", "/v2/queues/orders/figures")).toRefuse(404, "Not found");
    expect(await owner.send("GET", "/v2/topics/news/figures")).toRefuse(404, "Not found");
    expect(await owner.queueNames()).toEqual([]);
  });

  test("are those of a queue, or of a topic", async () => {
    const owner = project();
    await owner.queue("orders");
    await owner.topic("news");
    expect((await owner.send("GET", "/v2/queues/orders/figures")).json).toMatchObject({
      kind: "queue",
      name: "orders",
    });
    expect((await owner.send("GET", "/v2/topics/news/figures")).json).toMatchObject({ kind: "topic", name: "news" });
  });
});
