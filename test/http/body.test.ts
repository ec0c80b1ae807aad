/** How much of a body is read: what was announced, whatever comes. */
import { createExecutionContext } from "cloudflare:test";
import { expect, test } from "vitest";
import { env } from "cloudflare:workers";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config/config.ts";

const CHUNK = 65_536;
/** Far more than the service may read, and little enough to end by itself if it does. */
const CHUNKS_MAX = 2000;

/** A client that announces so many bytes and sends far more. Returns the answer's status and how much was taken from it. */
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

/** What the service takes in of a body it does not read, so that the client gets to see its answer. */
const DRAIN_MAX = 4_194_304;

test.each([
  ["POST", "/v2/queues/jobs/messages", "100", 400],
  ["PUT", "/v2/queues/jobs", "100", 400],
  ["PATCH", "/v2/queues/jobs", "100", 400],
  ["POST", "/v2/queues/jobs/claims", "100", 400],
  ["POST", "/v2/queues/jobs/share", "100", 400],
  ["PUT", "/v2/quotas/shop", "100", 403],
  ["POST", "/v2/queues/jobs/messages", "262145", 400],
  ["PUT", "/v2/queues/jobs", "65537", 400],
  ["POST", "/v2/queues/jobs/messages", null, 400],
  ["POST", "/v2/queues/jobs/claims", null, 204],
])("%s %s that announces %s bytes and never stops sending is answered", async (method, path, announced, status) => {
  const outcome = await sendEndlessly(method, path, announced);
  expect(outcome.status).toBe(status);
  expect(outcome.taken).toBeLessThanOrEqual(DRAIN_MAX + 4 * CHUNK);
});
