/**
 * A webhook receiver: verifies the signature of a notification, drops repeats, and answers at once. Runs on Node 20 or
 * newer, without packages; https://www.standardwebhooks.com/ lists libraries that verify the same signatures.
 *
 *   WEBHOOK_SECRET=whsec_… node receiver.mjs
 *
 * The secret is the answer of POST /v2/queues/{queue}/subscriptions/{id}/secret. PORT (9000).
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const { WEBHOOK_SECRET = "", PORT = "9000" } = process.env;
if (!WEBHOOK_SECRET.startsWith("whsec_")) {
  console.error("WEBHOOK_SECRET is not set: it begins with whsec_.");
  process.exit(1);
}
const key = Buffer.from(WEBHOOK_SECRET.slice("whsec_".length), "base64");
const BODY_BYTES_MAX = 1024 * 1024;
/** How far the two clocks may differ, in seconds: an older notification may be a replay. */
const TOLERANCE = 300;
/** Ids of the notifications that were handled. A real receiver keeps them where its data is. */
const handled = new Set();

function isGenuine(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = headers;
  if (id === undefined || !(Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE)) return false;
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  // Two signatures for a day after the secret was renewed.
  return signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** The body of a request; null when it is too large. */
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

/** The status to answer with. */
async function receive(request) {
  const body = await read(request);
  if (body === null || !isGenuine(request.headers, body)) return 400;
  const id = request.headers["webhook-id"];
  if (!handled.has(id)) {
    handled.add(id);
    console.log(JSON.stringify(JSON.parse(body.toString())));
  }
  // Delivery is at least once: a repeat is answered like the first.
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
