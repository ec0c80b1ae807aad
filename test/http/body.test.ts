/** The limits of reading a body, in bytes and in time. */
import { createExecutionContext } from "cloudflare:test";
import { expect, test } from "vitest";
import { env } from "cloudflare:workers";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config/config.ts";

const CHUNK = 65_536;
/** Far more than the service may read. If it reads everything, the body ends after a while. */
const CHUNKS_MAX = 2000;

/** Sends a body that is far longer than its Content-Length. Returns the status of the answer and the number of bytes read. */
async function sendEndlessly(
  method: string,
  path: string,
  announced: string | null,
): Promise<{ readonly status: number; readonly taken: number }> {
  let chunks = 0;
  const body = new ReadableStream({
    type: "bytes",
    pull(controller) {
      chunks++;
      controller.enqueue(new Uint8Array(CHUNK).fill(0x20));
      if (chunks === CHUNKS_MAX) controller.close();
    },
  });
  const headers = new Headers({
    "Client-ID": "3381af922b9e11e3b19171861300734c",
    "X-Project-ID": crypto.randomUUID(),
    "Content-Type": "application/openstack-messaging-v2.0-json-patch",
  });
  if (announced !== null) headers.set("Content-Length", announced);
  const app = createApp(readConfig({ AUTH_STRATEGY: "none" }));
  const request = new Request(`http://zaqar.test${path}`, { method, headers, body });
  const response = await app.fetch(request, env, createExecutionContext());
  return { status: response.status, taken: chunks * CHUNK };
}

/** The bytes of a refused body that the service reads and discards, so that the client gets the answer. */
const DRAIN_MAX = 4_194_304;
/** The largest limit of a body. So many bytes may be read before the rest is discarded. */
const BODY_MAX = 262_144;

// Over HTTP a body has the announced bytes and no more (scripts/bodies.test.ts).
test.each([
  ["PUT", "/v2/quotas/shop", "100", 403],
  ["POST", "/v2/queues/jobs/messages", "262145", 400],
  ["PUT", "/v2/queues/jobs", "65537", 400],
  ["POST", "/v2/queues/jobs/messages", null, 400],
  ["PUT", "/v2/queues/jobs", null, 400],
  ["POST", "/v2/queues/jobs/claims", null, 400],
  ["DELETE", "/v2/queues/jobs", null, 204],
])("%s %s that announces %s bytes and never stops sending is answered", async (method, path, announced, status) => {
  const outcome = await sendEndlessly(method, path, announced);
  expect(outcome.status).toBe(status);
  expect(outcome.taken).toBeLessThanOrEqual(DRAIN_MAX + BODY_MAX + 4 * CHUNK);
});

const CLIENT = { "Client-ID": "3381af922b9e11e3b19171861300734c", "X-Project-ID": crypto.randomUUID() };

/** A body that stops after some bytes and never ends, and the number of reads. */
function stalling(bytes: number): { readonly body: ReadableStream; readonly pulls: () => number } {
  let pulls = 0;
  const body = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      pulls++;
      if (pulls > 1) return await new Promise(() => undefined);
      if (bytes > 0) controller.enqueue(new Uint8Array(bytes).fill(0x20));
      return undefined;
    },
  });
  return { body, pulls: () => pulls };
}

async function sendStalling(method: string, path: string, headers: Readonly<Record<string, string>>, bytes: number) {
  const { body, pulls } = stalling(bytes);
  const app = createApp(readConfig({ AUTH_STRATEGY: "none", MAX_BODY_WAIT: "1" }));
  const request = new Request(`http://zaqar.test${path}`, {
    method,
    headers: { ...CLIENT, ...headers },
    body,
  });
  const response = await app.fetch(request, env, createExecutionContext());
  return { response, pulls: pulls() };
}

test.each([
  ["announced and never begun", { "Content-Length": "100" }, 0],
  ["announced and broken off", { "Content-Length": "100" }, 99],
  ["broken off after a large part of it", { "Content-Length": "200000" }, 100_000],
  ["not announced and never ended", {}, 99],
])("a body that is %s is given up after MAX_BODY_WAIT", async (_, headers, bytes) => {
  const { response } = await sendStalling("POST", "/v2/queues/jobs/messages", headers, bytes);
  expect(response.status).toBe(408);
  expect(await response.json()).toEqual({
    title: "408 Request Timeout",
    description: "No part of the request body has arrived for 1 seconds.",
    code: "body-timeout",
  });
});

test("a body that is not needed is not waited for longer than one that is", async () => {
  const { response } = await sendStalling("DELETE", "/v2/queues/jobs", { "Content-Length": "100" }, 10);
  expect(response.status).toBe(204);
});

test("a client with `Expect: 100-continue` gets no 100 for a body that is refused", async () => {
  const headers = { "Content-Length": "4000000", Expect: "100-continue" };
  const { response, pulls } = await sendStalling("POST", "/v2/queues/jobs/messages", headers, 10);
  expect(response.status).toBe(400);
  expect(pulls).toBe(0);
});

test("a body in many parts is put together in their order", async () => {
  const text = `{"messages":[{"body":"${Array.from({ length: 30_000 }, (_, index) => index).join("-")}"}]}`;
  const bytes = new TextEncoder().encode(text);
  for (const announced of [true, false]) {
    const parts = [...bytes.keys()].filter((index) => index % 7919 === 0);
    const body = new ReadableStream({
      type: "bytes",
      pull(controller) {
        const from = parts.shift();
        if (from === undefined) controller.close();
        else controller.enqueue(bytes.slice(from, from + 7919));
        if (from === undefined) controller.byobRequest?.respond(0);
      },
    });
    const headers = { ...CLIENT, ...(announced ? { "Content-Length": String(bytes.length) } : {}) };
    const app = createApp(readConfig({ AUTH_STRATEGY: "none" }));
    const queue = `http://zaqar.test/v2/queues/parts-${announced}`;
    const posted = new Request(`${queue}/messages`, { method: "POST", headers, body });
    expect((await app.fetch(posted, env, createExecutionContext())).status).toBe(201);
    const popped = new Request(`${queue}/messages?pop=1`, { method: "DELETE", headers: CLIENT });
    const answer = await (await app.fetch(popped, env, createExecutionContext())).text();
    expect(answer).toContain(text.slice('{"messages":[{"body":'.length, -"}]}".length));
  }
});
