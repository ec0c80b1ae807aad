/** What operators see of projects. Ours (docs/COMPATIBILITY.md, "Figures"). */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { toProjectId } from "../../src/domain/id.ts";
import type { ActiveProjectsRpc } from "../../src/objects/rpc/meter.ts";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { freezeClock } from "../support/clock.ts";
import { project } from "../support/drivers/zaqar-client.ts";

freezeClock();

const { METERS } = env as unknown as ObjectBindings;
const OPERATOR = { headers: { "X-Roles": "admin" } };
const MEMBER = { headers: { "X-Roles": "member" } };

describe("the usage", () => {
  test("is that of the caller's project, or of the one that an operator names", async () => {
    const [owner, other] = [project(), project()];
    await owner.queue("orders");
    await owner.topic("news");
    const own = await owner.send("GET", "/v2/usage", OPERATOR);
    expect(own.json).toMatchObject({ project_id: owner.id, places: 2 });
    const named = await other.send("GET", `/v2/usage?project_id=${owner.id}`, OPERATOR);
    expect(named.json).toMatchObject({ project_id: owner.id, places: 2 });
    expect(await other.send("GET", "/v2/usage", MEMBER)).toRefuse(403);
  });

  test("of a project that does not exist is 0, and creates nothing", async () => {
    const usage = await project().send("GET", "/v2/usage?project_id=nobody", OPERATOR);
    expect(usage.json).toMatchObject({ places: 0, unknown: 0, bytes: 0, messages: { total: 0 } });
  });
});

test.each(["project_id=", "project_id", "project_id=a&project_id=b"])("%s is refused", async (query) => {
  expect(await project().send("GET", `/v2/usage?${query}`, OPERATOR)).toRefuse(400);
});

const TOO_LONG = "x".repeat(257);

test.each(
  ["%0Aactive", "a%0Db", "a%00b", TOO_LONG].flatMap((id) => [
    `/v2/usage?project_id=${id}`,
    `/v2/quotas/${id}`,
    `/metrics?project_id=${id}`,
    `/metrics?project_id=${id}&per_queue=true`,
  ]),
)("no project can have the id in %s", async (path) => {
  expect(await project().send("GET", path, OPERATOR)).toRefuse(400);
});

describe("the projects in use", () => {
  test.each([
    ["?limit=1", 200],
    ["?limit=100", 200],
    ["?limit=0", 400],
    ["?limit=101", 400],
    ["?limit=x", 400],
    ["?limit=", 400],
    ["?limit=1&limit=2", 400],
  ])("%s: %i", async (query, status) => {
    expect((await project().send("GET", `/v2/projects${query}`, OPERATOR)).status).toBe(status);
  });

  test("are those of clients: the service's own queues are in none", async () => {
    const meter = METERS.getByName("\nactive") as unknown as ActiveProjectsRpc;
    await meter.noteActive({ project: toProjectId("\nhealth") });
    const { json } = await project().send("GET", "/v2/projects?limit=100", OPERATOR);
    expect(json).not.toMatchObject({
      projects: expect.arrayContaining([expect.objectContaining({ project_id: "\nhealth" })]),
    });
    const { status, text } = await project().send("GET", "/metrics", OPERATOR);
    expect([status, text.includes("nhealth")]).toEqual([200, false]);
  });

  test("are for operators", async () => {
    expect(await project().send("GET", "/v2/projects", MEMBER)).toRefuse(403);
  });
});
