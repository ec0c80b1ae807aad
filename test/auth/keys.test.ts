/** API keys: create, show, list and revoke. Ours: docs/COMPATIBILITY.md describes the resource. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/domain/digest.ts";
import { formatInstant } from "../../src/domain/instant.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { clientWith, freshProject } from "../support/drivers/authenticated-client.ts";
import { freezeClock } from "../support/clock.ts";
import { bearer, holder, makeKey, operator, startWithKeys, withKey, type Key } from "../support/drivers/api-keys.ts";
import { storedText } from "../support/objects/stubs.ts";

freezeClock();

const service = startWithKeys();

function projectObject(project: string): DurableObjectStub {
  return (env as unknown as ObjectBindings).PROJECTS.getByName(project);
}

/** The ids of the keys of a page, and its next link. */
async function list(path: string): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
  const answer = await operator(service).send("GET", path);
  expect(answer).toAnswer(200);
  const { keys, links } = answer.json as { keys: Key[]; links: { rel: string; href: string }[] };
  return { ids: keys.map(({ id }) => id), next: links[0]?.href ?? null };
}

describe("a new key", () => {
  test("is shown in full only once", async () => {
    const project_id = freshProject();
    const body = { project_id, roles: ["reader"], queue_prefix: "", description: "of the shop" };
    const answer = await operator(service).send("POST", "/v2/keys", { body });
    expect(answer).toAnswer(201);
    const { id, key } = answer.json as Key;
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}\.project-/),
      project_id,
      roles: ["reader"],
      queue_prefix: "",
      description: "of the shop",
      created_at: `${formatInstant(toEpochMs(Date.now()))}Z`,
      expires_at: null,
      last_used_at: null,
      key: expect.stringMatching(/^sk_[0-9a-f]{16}\.project-[0-9a-f-]+_[0-9a-f]{64}$/),
    });
    expect(key.startsWith(`sk_${id}_`)).toBe(true);
    expect(answer.headers.get("Location")).toBe(`/v2/keys/${id}`);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    const { key: _, ...shown } = answer.json as Key;
    const one = await operator(service).send("GET", `/v2/keys/${id}`);
    expect(one.json).toEqual(shown);
    const all = await operator(service).send("GET", `/v2/keys?project_id=${project_id}`);
    expect(all.json).toMatchObject({ keys: [shown] });
    for (const answered of [one, all]) expect(answered.text).not.toContain(key.slice(-64));
  });

  test("is stored as a hash", async () => {
    const { id, key, project_id } = await makeKey(service);
    const secret = key.slice(-64);
    const stored = await storedText(projectObject(project_id));
    expect(stored).toContain(id);
    expect(stored).toContain(digestOf(secret));
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(digestOf(key));
  });

  test("has by default role member, the caller's project, all queues and no expiry", async () => {
    const admin = await withKey(service, { roles: ["admin"] });
    const answer = await admin.send("POST", "/v2/keys", { body: {} });
    expect(answer.json).toMatchObject({
      project_id: admin.id,
      roles: ["member"],
      queue_prefix: "",
      expires_at: null,
      description: "",
    });
  });

  const future = "2999-01-01T01:00:00+01:00";

  test.each([
    [{ roles: ["reader"] }, { roles: ["reader"] }],
    [{ roles: ["member", "reader", "member"] }, { roles: ["member", "reader"] }],
    [{ queue_prefix: "a.b_C-9" }, { queue_prefix: "a.b_C-9" }],
    [{ queue_prefix: "x".repeat(64) }, { queue_prefix: "x".repeat(64) }],
    [{ expires_at: future }, { expires_at: "2999-01-01T00:00:00Z" }],
    [{ expires_at: null }, { expires_at: null }],
    [{ description: "é".repeat(200) }, { description: "é".repeat(200) }],
    [{ project_id: "a/b c_d.é?&%" }, { project_id: "a/b c_d.é?&%" }],
  ])("may be %j", async (document, expected) => {
    const key = await makeKey(service, document);
    expect(key).toMatchObject(expected);
    const one = await operator(service).send("GET", `/v2/keys/${encodeURIComponent(key.id)}`);
    expect(one.json).toMatchObject(expected);
    expect(await holder(service, key).send("GET", "/v2/queues")).toAnswer(200);
  });

  test.each([
    [{ roles: [] }, "no role"],
    [{ roles: ["owner"] }, "an unknown role"],
    [{ roles: ["Admin"] }, "a role in another case"],
    [{ roles: "admin" }, "roles that are no list"],
    [{ roles: null }, "roles that are null"],
    [{ roles: ["reader", "reader", "reader", "reader"] }, "more roles than there are"],
    [{ queue_prefix: "x".repeat(65) }, "a prefix that is too long"],
    [{ queue_prefix: "a/b" }, "a prefix of no queue"],
    [{ queue_prefix: null }, "a prefix that is null"],
    [{ queue_prefix: "jobs", roles: ["admin"] }, "an admin with a prefix"],
    [{ expires_at: "soon" }, "an expiry that is no time"],
    [{ expires_at: 2 }, "an expiry that is a number"],
    [{ expires_at: "2001-01-01T00:00:00Z" }, "an expiry in the past"],
    [{ description: "x".repeat(201) }, "a description that is too long"],
    [{ description: 1 }, "a description that is no text"],
    [{ project: "p" }, "an unknown member"],
    [{ key: "sk_mine" }, "a key of one's own"],
    [{ project_id: 1 }, "a project that is no text"],
  ] as [object, string][])("may not be %j: %s", async (document) => {
    const body = { project_id: freshProject(), ...document };
    expect(await operator(service).send("POST", "/v2/keys", { body })).toRefuse(400, "Invalid request body");
    expect((await list(`/v2/keys?project_id=${encodeURIComponent(body.project_id)}`)).ids).toEqual([]);
  });

  test("must expire later than now: both sides of the limit", async () => {
    const at = (ms: number): string => formatInstant(toEpochMs(Date.now() + ms));
    const project_id = freshProject();
    const make = (expires_at: string) =>
      operator(service).send("POST", "/v2/keys", { body: { project_id, expires_at } });
    expect(await make(at(0))).toRefuse(400, "Invalid request body");
    expect(await make(at(1000))).toAnswer(201);
  });

  test.each([undefined, "", "{", "null", "[]", "1"])("is refused with the document %j", async (body) => {
    const options = body === undefined ? {} : { body };
    expect(await operator(service).send("POST", "/v2/keys", options)).toRefuse(400, "Invalid request body");
  });

  test.each([
    [{ project_id: "x".repeat(256) }, 201],
    [{ project_id: "x".repeat(257) }, 400],
    [{ project_id: "" }, 400],
    [{ project_id: "\ud800" }, 400],
    [{ project_id: "\nactive" }, 400],
    [{}, 400],
    [{ project_id: null }, 400],
  ])("of the project %j is answered with %i", async (body, status) => {
    expect(await operator(service).send("POST", "/v2/keys", { body })).toAnswer(status);
  });
});

describe("the list", () => {
  test("has pages, which show each key once", async () => {
    const project_id = freshProject();
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => makeKey(service, { project_id })));
    const pages: (readonly string[])[] = [];
    let next: string | null = `/v2/keys?project_id=${project_id}&limit=2`;
    while (next !== null && pages.length < 10) {
      const page: Awaited<ReturnType<typeof list>> = await list(next);
      pages.push(page.ids);
      next = page.next;
    }
    expect(pages.map((ids) => ids.length)).toEqual([2, 2, 1, 0]);
    expect(pages.flat()).toEqual(made.map(({ id }) => id).toSorted());
  });

  test.each([
    ["limit=0", 400, "Invalid API request"],
    ["limit=101", 400, "Invalid API request"],
    ["limit=-1", 400, "Invalid API request"],
    ["limit=x", 400, "Invalid parameter"],
  ])("with %s is %i", async (query, status, title) => {
    const path = `/v2/keys?project_id=${freshProject()}&${query}`;
    expect(await operator(service).send("GET", path)).toRefuse(status, title);
  });

  test.each(["limit=1", "limit=100", "marker=zzz", ""])("with %j is one", async (query) => {
    expect((await list(`/v2/keys?project_id=${freshProject()}&${query}`)).ids).toEqual([]);
  });

  test("has correct links when the project's name needs encoding", async () => {
    const project_id = `a/b c&d=e_é-${crypto.randomUUID()}`;
    const made = [await makeKey(service, { project_id }), await makeKey(service, { project_id })];
    const first = await list(`/v2/keys?project_id=${encodeURIComponent(project_id)}&limit=1`);
    const second = await list(first.next ?? "");
    expect([...first.ids, ...second.ids]).toEqual(made.map(({ id }) => id).toSorted());
  });

  test("is of the caller's own project when none is named", async () => {
    const admin = await withKey(service, { roles: ["admin"] });
    const { keys } = (await admin.send("GET", "/v2/keys")).json as { keys: Key[] };
    expect(keys).toMatchObject([{ project_id: admin.id }]);
    expect(await operator(service).send("GET", "/v2/keys")).toRefuse(400, "Invalid API request");
  });
});

test("a project has up to 1000 keys", async () => {
  const { project_id, id } = await makeKey(service);
  await runInDurableObject(projectObject(project_id), (_, { storage }) => {
    for (let index = 1; index < 999; index++) {
      storage.sql.exec(
        `INSERT INTO api_key (id, digest, description, roles, queue_prefix, created_at_ms) VALUES (?, '', '', '[]', '', 0)`,
        `${index}`,
      );
    }
  });
  const body = { project_id };
  expect(await operator(service).send("POST", "/v2/keys", { body })).toAnswer(201);
  expect(await operator(service).send("POST", "/v2/keys", { body })).toRefuse(400, "Invalid API request");
  expect(await operator(service).send("DELETE", `/v2/keys/${id}`)).toAnswer(204);
  expect(await operator(service).send("POST", "/v2/keys", { body })).toAnswer(201);
});

describe("a key that does not exist", () => {
  test.each([
    ["0123456789abcdef.p", "an id that nobody has"],
    ["x", "no id"],
    ["0123456789abcdef.", "an id without a project"],
    ["0123456789abcdef.a%20b", "another spelling"],
    ["", "nothing"],
  ])("is not found: %j, %s", async (id) => {
    expect(await operator(service).send("GET", `/v2/keys/${id}`)).toRefuse(404, "Not found");
    expect(await operator(service).send("DELETE", `/v2/keys/${id}`)).toRefuse(404, "Not found");
  });

  test("is not found when it was revoked", async () => {
    const { id } = await makeKey(service);
    expect(await operator(service).send("DELETE", `/v2/keys/${id}`)).toAnswer(204);
    expect(await operator(service).send("GET", `/v2/keys/${id}`)).toRefuse(404, "Not found");
    expect(await operator(service).send("DELETE", `/v2/keys/${id}`)).toRefuse(404, "Not found");
  });
});

describe("where AUTH_STRATEGY does not name keys", () => {
  test.each(["/v2/keys", "/v2/keys/x", "/v2/keys/"])("%s does not exist", async (path) => {
    const trusting = startWithKeys({ AUTH_STRATEGY: "none" });
    const admin = clientWith(trusting, { "X-Roles": "admin" });
    expect(await admin.send("GET", path)).toRefuse(404, "404 Not Found");
    expect(await admin.send("POST", path, { body: {} })).toRefuse(404, "404 Not Found");
  });

  test("the operator's key gives no rights", async () => {
    const trusting = startWithKeys({ AUTH_STRATEGY: "none" });
    const { id } = await makeKey(service);
    const holds = clientWith(trusting, bearer(`sk_admin_${"0123456789abcdef".repeat(2)}`));
    expect(await holds.send("GET", "/v2/health")).toRefuse(403);
    expect(await holds.send("GET", `/v2/keys/${id}`)).toRefuse(404);
  });
});
