/**
 * A webhook receiver in Express: verifies notifications, ignores repeats and answers at once.
 *
 *   WEBHOOK_SECRET=whsec_… npx node examples/webhook-express/receiver.ts
 *
 * Environment: PORT (default 9000), and WEBHOOK_SECRET, which `subscriptions.renewSecret(id)` of the client has made for the
 * subscription. The receiver needs no other credential: neither an API key nor a token of Keystone, which only the subscriber has.
 */
import express from "express";
import { verifyWebhook, WebhookError } from "sukkal/webhooks";

const { WEBHOOK_SECRET: secret, PORT = "9000" } = process.env;
if (secret === undefined) throw new Error("WEBHOOK_SECRET must be set to the secret of the subscription.");

/** Ids of notifications that were handled, the oldest first. With several receivers they belong into a database. */
const handled = new Set<string>();
const HANDLED_MAX = 100_000;

const app = express();
app.disable("x-powered-by");

// The signature is that of the bytes, so no middleware may parse the body before. A default service sends 256 KiB at most.
app.post("/", express.raw({ type: () => true, limit: "1mb" }), async (request, response) => {
  const { id, document } = await verifyWebhook(secret, { headers: request.headers, body: toBytes(request.body) });
  // Delivery is at least once: a repeat gets the answer of the first.
  if (!handled.has(id)) {
    // What takes longer than a second belongs into a queue: the next notification waits for this answer.
    console.log(JSON.stringify(document));
    handled.add(id);
    for (const oldest of handled) if (handled.size > HANDLED_MAX) handled.delete(oldest);
  }
  response.status(204).end();
});

app.use(((error, _request, response, next) => {
  // A secret that cannot be one is a mistake here, and no reason to give the notification up.
  if (!(error instanceof WebhookError) || error.code === "secret-invalid") return next(error);
  // 400: the service does not repeat it, because that would be refused too. After other errors, which are 500, it does.
  response.status(400).type("text/plain").send(error.code);
}) satisfies express.ErrorRequestHandler);

/** A request without a body has none, and then no signature is right. */
function toBytes(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

const server = app.listen(Number(PORT), "127.0.0.1", (error) => {
  if (error !== undefined) throw error;
  const address = server.address();
  console.log(`listening on port ${typeof address === "object" ? address?.port : address}`);
});
// Requests that have begun are answered.
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => server.close());
