/**
 * A webhook receiver: verifies the signature of a notification, ignores repeats and answers at once. Runs on Node 20 or newer,
 * without packages. https://www.standardwebhooks.com/ lists libraries that verify these signatures.
 *
 *   WEBHOOK_SECRET=whsec_… node receiver.mjs
 *
 * Environment: WEBHOOK_SECRET, the secret in the answer to POST /v2/queues/{queue}/subscriptions/{id}/secret; PORT (default 9000).
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const { WEBHOOK_SECRET = "", PORT = "9000" } = process.env;
if (!WEBHOOK_SECRET.startsWith("whsec_")) {
  console.error("WEBHOOK_SECRET must be set to the secret of the subscription, which begins with whsec_.");
  process.exit(1);
}
const key = Buffer.from(WEBHOOK_SECRET.slice("whsec_".length), "base64");
const BODY_BYTES_MAX = 1024 * 1024;
/** Seconds that the timestamp may differ from this clock. An older notification may be a replay. */
const TOLERANCE = 300;
/** Ids of processed notifications. A real receiver stores them in its database. */
const handled = new Set();

function isGenuine(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = headers;
  if (id === undefined || !(Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE)) return false;
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  // For a day after a new secret was created, there are two signatures.
  return signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** The body of a request; null: it is too large. */
async function read(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Processes a notification and returns the status of the answer. */
async function receive(request) {
  const body = await read(request);
  if (body === null || !isGenuine(request.headers, body)) return 400;
  const id = request.headers["webhook-id"];
  if (!handled.has(id)) {
    handled.add(id);
    console.log(JSON.stringify(JSON.parse(body.toString())));
  }
  // Delivery is at least once, so a repeat gets the same answer as the first one.
  return 204;
}

const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    () => response.destroy(),
  );
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close());
