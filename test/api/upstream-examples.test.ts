/** The examples of upstream's documentation, sent to this service. Runs with ADMIN_MODE and POOLING. */
import { beforeEach, describe, expect, test } from "vitest";
import compatibility from "../../docs/COMPATIBILITY.md?raw";
import type { Action } from "../../src/websocket/actions/action.ts";
import { ACTIONS } from "../../src/websocket/actions/table.ts";
import { fill, fillBody } from "../support/access/endpoints.ts";
import { putFlavor, putPool, removePools } from "../support/drivers/pools.ts";
import { requestBy, withClientHeaders, type Answer } from "../support/drivers/request.ts";
import { ACCESS_SETTINGS, startService } from "../support/drivers/service.ts";
import { Connection } from "../support/drivers/web-socket.ts";
import { project, type Project } from "../support/drivers/zaqar-client.ts";
import { FRAME_EXAMPLES } from "../support/upstream/frames.ts";
import { EXAMPLES, type Example } from "../support/upstream/requests.ts";
import { BODY } from "../support/upstream/shapes.ts";
import { STATEMENTS } from "../support/upstream/statements.ts";

/** Signs URLs and shows checksums, as the documented answers do. */
const SERVICE = startService({
  AUTH_STRATEGY: "none",
  ADMIN_MODE: "true",
  POOLING: "true",
  ENABLE_CHECKSUM: "true",
  MESSAGE_ENCRYPTION_KEY: "a key for tests",
  SIGNED_URL_SECRET_KEY: ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY,
});

/** Endpoints that upstream's documentation has no request for. */
const UNDOCUMENTED = [
  // The reference calls `GET /` the home document.
  "GET /v2/",
  "GET /v2/websocket",
  "HEAD /v2/ping",
];

let owner: Project;
/** The values of the variables. */
let targets: Readonly<Record<string, string>>;

beforeEach(async () => {
  owner = project();
  await removePools();
  await putPool("east", "durable-object://enam");
  await putPool("gold", "durable-object://weur");
  await putFlavor(owner.id, "glossy", "gold");
  const queue = await owner.queue("backups", { max_timeout: 50 });
  // Lists leave out the messages of the client that asks.
  const producer = queue.as(crypto.randomUUID());
  const [claimed = "", message = ""] = await producer.post({ body: BODY, ttl: 600 }, { body: BODY, ttl: 600 });
  const claim = (await queue.claim({ ttl: 300, grace: 60, limit: 1 })).id;
  const subscription = await queue.subscribe("mailto:ops@subscriber.test", { ttl: 3600 });
  targets = { queue: "backups", claimed, message, claim, subscription, flavor: "glossy" };
});

function sendExample({ request, headers, body }: Example): Promise<Answer> {
  const [method = "", target = ""] = fill(request, targets).split(" ");
  const options = {
    project: owner.id,
    client: owner.client,
    headers: { "X-Roles": "admin", ...headers },
    ...(body === undefined ? {} : { body: fillBody(body, targets) }),
  };
  return requestBy((asked) => SERVICE.fetch(asked), method, target, withClientHeaders(options));
}

test.each(EXAMPLES.map((example) => [example.request, example.status, example] as const))(
  "%s is %d, with the documented members",
  async (_, status, example) => {
    const answer = await sendExample(example);
    expect(answer).toAnswer(status);
    if (example.answer === undefined) expect(answer.text).toBe("");
    else expect([answer.json]).toMatchObject([example.answer]);
  },
);

// test/websocket/actions.test.ts has the exact replies, in both formats.
test.each(FRAME_EXAMPLES)("a frame $action with $body is $status", async ({ action, body, status, notice, reply }) => {
  const socket = await Connection.open({ "X-Project-ID": owner.id, "Client-ID": owner.client, "X-Roles": "admin" });
  const sent = body === undefined ? undefined : fillBody(body, targets);
  const answer = await socket.ask(action, sent, action === "authenticate" ? { "X-Auth-Token": "any" } : {});
  const noted = notice === undefined ? {} : { notice: expect.stringContaining(notice) as string };
  expect(answer.headers).toEqual({ status, ...noted });
  expect([answer.body]).toMatchObject([reply]);
});

test.each(STATEMENTS.map((statement) => [statement.name, statement.status, statement.documented, statement] as const))(
  "that %s does not hold: %d instead of %d",
  async (_, status, __, statement) => {
    const answer = await sendExample(statement);
    expect(answer).toAnswer(status);
    if (statement.answer !== undefined) expect([answer.json]).toMatchObject([statement.answer]);
  },
);

test("that a shared URL creates its queue does not hold", async () => {
  const answer = await sendExample({ request: "POST /v2/queues/new/share", body: {}, status: 200 });
  expect(answer).toAnswer(200);
  expect(await owner.queueNames()).toEqual(["backups"]);
});

describe("the tables are complete:", () => {
  /** The endpoints that upstream has. Topics are not in its documentation. */
  const [upstream = ""] = compatibility.split("\nThe home document");
  const [, extensions = ""] = compatibility.split("\nEndpoints of [extensions]");
  const endpoints = [...upstream.matchAll(/^\| `([A-Z]+ \/\S*)` \|/gm)]
    .map(([, endpoint = ""]) => endpoint)
    .filter((endpoint) => !endpoint.includes("/topics"));

  test("every documented operation has a request", () => {
    const missing = endpoints.filter((endpoint) => !EXAMPLES.some(({ request }) => isOf(endpoint, request)));
    expect(missing).toEqual(UNDOCUMENTED);
  });

  test("every action of upstream has a frame", () => {
    const actions = Object.entries<Action>(ACTIONS)
      .filter(([, { operation }]) => !extensions.includes(` | \`${operation}\` | `))
      .map(([name]) => name);
    const sent = new Set(FRAME_EXAMPLES.map(({ action }) => action));
    expect([...sent].toSorted()).toEqual([...actions, "authenticate"].toSorted());
  });
});

/** Whether a request is of the endpoint, such as "GET /v2/queues/{queue}/messages?ids=". */
function isOf(endpoint: string, request: string): boolean {
  const [path = "", query = ""] = endpoint.split("?");
  const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "[^/?]+")}(?:\\?.*)?$`);
  const others = ["ids=", "pop="].filter((name) => name !== query);
  return pattern.test(request) && request.includes(query) && !others.some((name) => request.includes(`?${name}`));
}
