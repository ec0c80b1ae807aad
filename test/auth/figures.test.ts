/** Figures show a key with a queue prefix its queues only, and nobody another project. */
import { describe, expect, test } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { startWithKeys, operator, withKey } from "../support/drivers/api-keys.ts";
import type { Project } from "../support/drivers/zaqar-client.ts";

freezeClock();

const service = startWithKeys();

async function names(client: Project, query = ""): Promise<unknown> {
  const answer = await client.send("GET", `/v2/overview${query}`);
  expect(answer).toAnswer(200);
  const { totals, places } = answer.json as {
    readonly totals: { readonly places: number };
    readonly places: readonly { readonly name: string }[];
  };
  return [totals.places, ...places.map(({ name }) => name)];
}

describe("a key with a queue prefix", () => {
  test("sees its queues and topics in the overview, and counts no others", async () => {
    const admin = await withKey(service, { roles: ["admin"] });
    for (const name of ["orders", "ord", "mails"]) await admin.queue(name);
    await admin.topic("ordered");
    const prefixed = await withKey(service, { project_id: admin.id, roles: ["reader"], queue_prefix: "ord" });
    expect(await names(prefixed)).toEqual([3, "ord", "ordered", "orders"]);
    expect(await names(prefixed, "?name=mail")).toEqual([0]);
    expect(await names(admin)).toEqual([4, "mails", "ord", "ordered", "orders"]);
  });

  test("sees series of its queues, and none of the project", async () => {
    const prefixed = await withKey(service, { roles: ["reader"], queue_prefix: "ord" });
    expect(await prefixed.send("GET", "/v2/series?queue=orders")).toAnswer(200);
    for (const query of ["", "?queue=mails", "?topic=mails", "?queue=or"]) {
      expect(await prefixed.send("GET", `/v2/series${query}`), query).toRefuse(403);
    }
  });

  test("sees figures of its queues only", async () => {
    const prefixed = await withKey(service, { roles: ["member"], queue_prefix: "ord" });
    await prefixed.queue("orders");
    expect(await prefixed.send("GET", "/v2/queues/orders/figures")).toAnswer(200);
    expect(await prefixed.send("GET", "/v2/queues/mails/figures")).toRefuse(403);
  });
});

describe("another project", () => {
  test("is in no overview", async () => {
    const [one, other] = [await withKey(service, { roles: ["admin"] }), await withKey(service, { roles: ["admin"] })];
    await one.queue("secret");
    expect(await names(other)).toEqual([0]);
    expect(await names(other, `?project_id=${one.id}`)).toEqual([0]);
    expect(await other.send("GET", "/v2/queues/secret/figures")).toRefuse(404);
  });

  test("has a usage for operators, and for its own admins", async () => {
    const one = await withKey(service, { roles: ["admin"] });
    await one.queue("jobs");
    const path = `/v2/usage?project_id=${one.id}`;
    expect((await one.send("GET", path)).json).toMatchObject({ project_id: one.id, places: 1 });
    expect((await operator(service).send("GET", path)).json).toMatchObject({ project_id: one.id, places: 1 });
    expect(await (await withKey(service, { roles: ["admin"] })).send("GET", path)).toRefuse(403);
    expect(await (await withKey(service, { project_id: one.id, roles: ["member"] })).send("GET", path)).toRefuse(403);
  });

  test("is in the list for operators only", async () => {
    expect(await operator(service).send("GET", "/v2/projects")).toAnswer(200);
    expect(await (await withKey(service, { roles: ["admin"] })).send("GET", "/v2/projects")).toRefuse(403);
  });
});
