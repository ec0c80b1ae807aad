/**
 * A webhook receiver in Hono, here as a Worker: verifies notifications, ignores repeats and answers at once.
 *
 *   npx wrangler secret put WEBHOOK_SECRET -c examples/webhook-hono/wrangler.toml
 *   npx wrangler deploy -c examples/webhook-hono/wrangler.toml
 *
 * WEBHOOK_SECRET is what `subscriptions.renewSecret(id)` of the client has made for the subscription. The receiver needs no other
 * credential: neither an API key nor a token of Keystone, which only the subscriber has.
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { verifyWebhook, WebhookError } from "sukkal/webhooks";

interface Bindings {
  readonly WEBHOOK_SECRET: string;
  /** Ids of notifications that were handled: a Worker has no memory that is sure to stay. */
  readonly HANDLED: {
    get(id: string): Promise<string | null>;
    put(id: string, value: string, options: { readonly expirationTtl: number }): Promise<void>;
  };
}

/** Seconds. Repeats come within minutes; those of `redeliver` within the time for which failures are kept. */
const REMEMBERED = 86_400;

const app = new Hono<{ Bindings: Bindings }>();

// A default service posts 256 KiB at most.
app.post("/", bodyLimit({ maxSize: 1_048_576 }), async (context) => {
  const { WEBHOOK_SECRET, HANDLED } = context.env;
  const request = { headers: context.req.raw.headers, body: await context.req.text() };
  const { id, document } = await verifyWebhook(WEBHOOK_SECRET, request);
  // Delivery is at least once: a repeat gets the answer of the first. KV may not know an id of the last minute everywhere.
  if ((await HANDLED.get(id)) === null) {
    console.log(JSON.stringify(document));
    // Afterwards, so that what fails is delivered again.
    await HANDLED.put(id, "", { expirationTtl: REMEMBERED });
  }
  return context.body(null, 204);
});

app.onError((error, context) => {
  // 400: a repetition would be refused too, so the service does not repeat it. It repeats after 500, as for a secret that is not set.
  if (error instanceof WebhookError && error.code !== "secret-invalid") return context.text(error.code, 400);
  console.error(error);
  return context.text("not handled", 500);
});

export default app;
