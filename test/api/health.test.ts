/** The health report and the other routes of admin mode. Runs with ADMIN_MODE. */
import { describe, expect, test } from "vitest";
import { project } from "../support/drivers/zaqar-client.ts";

const OPERATIONS = [
  "create_queue",
  "post_messages",
  "claim_messages",
  "list_messages",
  "delete_messages",
  "delete_claim",
  "bulk_delete_messages",
  "delete_queue",
];

describe("GET /v2/health", () => {
  test("tries every operation on the storage and tells how each went", async () => {
    const answer = await project().send("GET", "/v2/health", { headers: { "X-Roles": "member,admin" } });
    expect(answer).toAnswer(200);
    const operation = { succeeded: true, seconds: expect.any(Number), ref: null };
    expect(answer.json).toMatchObject({
      storage_reachable: true,
      operation_status: Object.fromEntries(OPERATIONS.map((name) => [name, operation])),
    });
  });

  test("leaves no queue behind", async () => {
    const owner = project();
    await owner.send("GET", "/v2/health", { headers: { "X-Roles": "admin" } });
    expect(await owner.queueNames()).toEqual([]);
  });

  test.each([null, "", "member", "administrator", "not admin"])("is forbidden to the roles %j", async (roles) => {
    const answer = await project().send("GET", "/v2/health", { headers: { "X-Roles": roles } });
    expect(answer).toRefuse(403, "Not authorized");
  });

  test("needs a Client-ID and a project first", async () => {
    const headers = { "X-Roles": "admin" };
    expect(await project().send("GET", "/v2/health", { headers, client: null })).toRefuse(400, "Missing header value");
    expect(await project().send("GET", "/v2/health", { headers, project: null })).toRefuse(400, "Project-Id Missing");
  });
});

test("the home document mentions health in admin mode", async () => {
  const home = (await project().send("GET", "/v2/")).json as { resources: Record<string, Record<string, unknown>> };
  expect(home.resources["rel/health"]).toMatchObject({ href: "/v2/health", hints: { allow: ["GET"] } });
});
