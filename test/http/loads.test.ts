/** The bytes in flight of a project: large answers that the client does not read, and incomplete bodies. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config/config.ts";

const CLIENT = "3381af922b9e11e3b19171861300734c";
/** Three of these messages are a page of 750 KB. */
const BODY = "x".repeat(250_000);

const SETTINGS = { AUTH_STRATEGY: "none", MAX_BYTES_IN_FLIGHT: "1048576" };
let app = createApp(readConfig(SETTINGS));
let project = "";

async function ask(method: string, below: string, body: BodyInit | null = null): Promise<Response> {
  const headers = { "Client-ID": CLIENT, "X-Project-ID": project };
  const init = { method, headers, ...(body === null ? {} : { body }) };
  return app.fetch(new Request(`http://zaqar.test/v2/queues/q${below}`, init), env, createExecutionContext());
}

function list(): Promise<Response> {
  return ask("GET", "/messages?echo=true");
}

async function bodiesIn(answer: Response): Promise<readonly string[]> {
  const { messages } = JSON.parse(await answer.text()) as { readonly messages: readonly { readonly body: string }[] };
  return messages.map(({ body }) => body);
}

beforeEach(async () => {
  app = createApp(readConfig(SETTINGS));
  project = crypto.randomUUID();
  for (let post = 0; post < 3; post++) {
    const answer = await ask("POST", "/messages", JSON.stringify({ messages: [{ body: BODY, ttl: 300 }] }));
    if (answer.status !== 201) throw new Error(await answer.text());
  }
});

test("a project with unread answers gets no further large ones until they are read", async () => {
  const unread = [await list(), await list()];
  const refused = await list();
  expect(refused.status).toBe(503);
  expect(refused.headers.get("Retry-After")).toBe("1");
  expect(await refused.json()).toMatchObject({ title: "Service temporarily unavailable" });
  for (const [method, below] of [
    ["POST", "/claims"],
    ["DELETE", "/messages?pop=1"],
  ] as const)
    expect((await ask(method, below)).status).toBe(503);
  // Requests without large answers are not refused.
  for (const [method, below] of [
    ["GET", "/stats"],
    ["DELETE", "/messages?ids=a"],
    ["DELETE", "/claims/c"],
  ] as const)
    expect((await ask(method, below)).status).toBeLessThan(300);
  for (const answer of unread) {
    expect(answer.status).toBe(200);
    expect((await bodiesIn(answer)).length).toBe(3);
  }
  const next = await list();
  expect(next.status).toBe(200);
  await next.text();
});

test("another project is not affected", async () => {
  const unread = [await list(), await list()];
  const other = new Request("http://zaqar.test/v2/queues", {
    headers: { "Client-ID": CLIENT, "X-Project-ID": crypto.randomUUID() },
  });
  expect((await app.fetch(other, env, createExecutionContext())).status).toBe(200);
  for (const answer of unread) await answer.text();
});

test("answers that are read one after the other do not add up", async () => {
  for (let answer = 0; answer < 6; answer++) expect((await (await list()).text()).length).toBeGreaterThan(750_000);
});

test("a large answer has the length and the type of a small one", async () => {
  const answer = await list();
  expect(answer.headers.get("Content-Type")).toBe("application/json");
  expect(answer.headers.get("X-OpenStack-Request-Id")).toMatch(/^req-/);
  expect(await bodiesIn(answer)).toEqual([BODY, BODY, BODY]);
});

test("an answer that is not read is given up", async () => {
  app = createApp(readConfig({ ...SETTINGS, MAX_BODY_WAIT: "1" }));
  const unread = [await list(), await list()];
  expect((await list()).status).toBe(503);
  await scheduler.wait(1500);
  for (const answer of unread) await expect(answer.text()).rejects.toThrow();
  const next = await list();
  expect(next.status).toBe(200);
  await next.text();
});

test("incomplete bodies count until their requests end", async () => {
  const open: ReadableStreamDefaultController[] = [];
  const post = (): Promise<Response> => {
    const body = new ReadableStream({
      type: "bytes",
      start(controller) {
        open.push(controller);
        controller.enqueue(new Uint8Array(200_000).fill(0x20));
      },
    });
    return ask("POST", "/messages", body);
  };
  const halves = Array.from({ length: 6 }, post);
  await scheduler.wait(50);
  for (const controller of open) controller.close();
  // Requests above the limit are refused and not counted. There is room for five.
  const statuses = (await Promise.all(halves)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([400, 503]));
  const next = await list();
  expect(next.status).toBe(200);
  await next.text();
});
