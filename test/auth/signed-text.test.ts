/** The signed text has only one reading: a signature for one queue is never valid for another. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UrlSigner } from "../../src/auth/signed-url.ts";
import { toProjectId } from "../../src/domain/id.ts";
import { textOfGrant, type UrlGrant } from "../../src/domain/signed-grant.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { clientWith } from "../support/drivers/authenticated-client.ts";
import { makeKey, holder, startWithKeys } from "../support/drivers/api-keys.ts";
import { ACCESS_SETTINGS, startService } from "../support/drivers/service.ts";
import { upstreamSignature } from "../support/access/upstream-signature.ts";

const KEY = ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY;
const EXPIRES = "2999-01-01T00:00:00";
const GRANT: UrlGrant = {
  paths: ["/v2/queues/q/messages"],
  methods: ["GET"],
  project: toProjectId("p"),
  expiresAt: toEpochMs(Date.parse(`${EXPIRES}Z`)),
};

describe("a member key with a queue prefix", () => {
  const METHODS = ",/v2/queues/secret\\nGET,POST";

  test("cannot get a signature whose text reads as a grant for another queue", async () => {
    const service = startWithKeys();
    const member = holder(service, await makeKey(service, { queue_prefix: "orders-" }));
    const answer = await member.send("POST", "/v2/queues/orders-1/share", { body: { methods: [METHODS] } });
    expect(answer).toRefuse(400, "Invalid API request");
    expect(answer.text).toContain("`methods`");
  });

  test("cannot use such a signature that an older version made", async () => {
    const service = startWithKeys();
    const { project_id: project } = await makeKey(service);
    const paths = "/v2/queues/orders-1/messages\\n,/v2/queues/secret";
    const [shared, presented] = await Promise.all([
      upstreamSignature(KEY, ["/v2/queues/orders-1/messages", METHODS, project, EXPIRES]),
      upstreamSignature(KEY, [paths, "GET,POST", project, EXPIRES]),
    ]);
    expect(shared, "the two texts are one").toBe(presented);
    const headers = {
      "URL-Signature": shared,
      "URL-Paths": paths,
      "URL-Methods": "GET,POST",
      "URL-Expires": EXPIRES,
      "X-Project-ID": project,
    };
    const answer = await clientWith(service, headers, project).send("GET", "/v2/queues/secret/messages");
    expect(answer).toAnswer(404);
  });
});

describe("share signs methods of the API", () => {
  const service = startService({ AUTH_STRATEGY: "none", SIGNED_URL_SECRET_KEY: KEY });
  const share = (methods: unknown) => clientWith(service, {}).send("POST", "/v2/queues/q/share", { body: { methods } });

  test.each([[["GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "DELETE"]], [["GET", "GET"]], [[]], [null]])(
    "%j",
    async (methods) => {
      expect(await share(methods)).toAnswer(200);
    },
  );

  test.each([["get"], ["BOGUS"], [""], ["GET "], ["GET,POST"], ["GET\\n"], ["GET\n"], ["CONNECT"], ["TRACE"]])(
    "and not %j",
    async (method) => {
      expect(await share(["GET", method])).toRefuse(400, "Invalid API request");
    },
  );
});

describe("a project whose id holds a separator", () => {
  const service = startService({ AUTH_STRATEGY: "none", SIGNED_URL_SECRET_KEY: KEY });

  test.each(["a,b", "a\\nb", "a\\b", "\\"])("%j cannot share URLs, and its signatures are refused", async (project) => {
    const answer = await clientWith(service, {}, project).send("POST", "/v2/queues/q/share", { body: {} });
    expect(answer).toRefuse(400, "Invalid API request");
    expect(answer.text).toContain("project");
    const headers = {
      "URL-Signature": await upstreamSignature(KEY, ["/v2/queues/q/messages", "GET", project, EXPIRES]),
      "URL-Paths": "/v2/queues/q/messages",
      "URL-Methods": "GET",
      "URL-Expires": EXPIRES,
    };
    expect(await clientWith(service, headers, project).send("GET", "/v2/queues/q/messages")).toAnswer(404);
  });

  test.each(["a b", "a/b:c.d", "a%b", "'\"<>&=?#"])("%j holds none, and can share URLs", async (project) => {
    const answer = await clientWith(service, {}, project).send("POST", "/v2/queues/q/share", { body: {} });
    expect(answer).toAnswer(200);
    const { signature, expires } = answer.json as { readonly signature: string; readonly expires: string };
    expect(signature).toBe(await upstreamSignature(KEY, ["/v2/queues/q/messages", "GET", project, expires]));
  });

  test("sends no confirmation request, and refuses subscriptions that need one", async () => {
    const asking = startService({ AUTH_STRATEGY: "none", SIGNED_URL_SECRET_KEY: KEY, REQUIRE_CONFIRMATION: "true" });
    const project = clientWith(asking, {}, `a,${crypto.randomUUID()}`);
    const body = { subscriber: "http://subscriber.example/" };
    const answer = await project.send("POST", "/v2/queues/q/subscriptions", { body });
    expect(answer).toRefuse(400, "Invalid API request");
    const list = await project.send("GET", "/v2/queues/q/subscriptions");
    expect(list.json).toMatchObject({ subscriptions: [] });
  });
});

describe("of paths", () => {
  test.each([
    [["/v2/queues/q/messages"]],
    [["/v2/queues/q/messages", "/v2/queues/q/messages"]],
    [["/v2/queues/q/subscriptions", "/v2/queues/q/claims", "/v2/queues/q/messages"]],
    [["/v2/queues/q/messages/0123"]],
    [["/v2/queues/a.b_c-D/subscriptions/0123/confirm"]],
    [["/v2/topics/t/subscriptions/0123/confirm"]],
  ])("%j can be signed", (paths) => {
    expect(textOfGrant({ ...GRANT, paths })).toBe(`${paths.toSorted().join(",")}\\nGET\\np\\n${EXPIRES}`);
  });

  test.each([
    [[]],
    [[""]],
    [["/"]],
    [["/v2"]],
    [["/v2/queues"]],
    [["/v2/queues/q"]],
    [["/v2/queues/q/"]],
    [["/v2/queues/q/messages/"]],
    [["/v2/queues/q/stats"]],
    [["/v2/queues/q/share"]],
    [["/v2/queues/q/messages/.."]],
    [["/v2/queues/q/messages\\n"]],
    [["/v2/queues/q/messages\n"]],
    [["/v2/queues/q/messages,"]],
    [["/v2/queues/q\\n/messages"]],
    [["/v2/queues/q/messages/%2e"]],
    [["/v2/queues/../messages"]],
    [[`/v2/queues/${"q".repeat(65)}/messages`]],
    [["/v2/topics/t/messages"]],
    [["/v2/topics/t/subscriptions/0123"]],
    [["/v2/keys"]],
    [["v2/queues/q/messages"]],
    [["/v1/queues/q/messages"]],
    [["/v2/queues/q/messages", "/v2/queues/other/messages"]],
    [["/v2/queues/q/subscriptions/1/confirm", "/v2/topics/q/subscriptions/1/confirm"]],
  ])("%j cannot be signed, nor accessed by a signature", async (paths) => {
    const grant = { ...GRANT, paths };
    expect(textOfGrant(grant)).toBeNull();
    const signer = new UrlSigner([KEY]);
    expect(await signer.sign(grant, null)).toBeNull();
    const headers = new Headers({ "URL-Methods": "GET", "URL-Expires": EXPIRES, "X-Project-ID": "p" });
    // A header cannot contain a line break.
    headers.set("URL-Paths", paths.join(",").replaceAll("\n", ""));
    headers.set("URL-Signature", await upstreamSignature(KEY, [paths.toSorted().join(","), "GET", "p", EXPIRES]));
    const path = "/v2/queues/q/messages";
    const signed = await signer.verify({ method: "GET", path, headers }, toEpochMs(0));
    expect(signed).toBeNull();
  });
});

test("two grants with the same signed text are the same grant", () => {
  const text = fc.oneof(
    fc.stringMatching(/^[pq,\\n/]{0,6}$/),
    fc.constantFrom("/v2/queues/q/messages", "/v2/queues/r/claims", "GET", "POST", "p", "\n"),
  );
  const list = fc.array(text, { maxLength: 3 });
  const grants = fc.record({ paths: list, methods: list, project: text.map(toProjectId) });
  fc.assert(
    fc.property(grants, grants, (one, other) => {
      const [left, right] = [one, other].map((each) => textOfGrant({ ...GRANT, ...each }));
      if (left === null || left !== right) return;
      expect({ ...one, paths: one.paths.toSorted(), methods: one.methods.toSorted() }).toEqual({
        ...other,
        paths: other.paths.toSorted(),
        methods: other.methods.toSorted(),
      });
    }),
    { numRuns: 2000 },
  );
});
