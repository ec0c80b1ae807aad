/**
 * Publishes to a topic, of which several queues get a copy of every message: each has workers of its own, as fast as they can.
 *
 *   npx node examples/fan-out/fan-out.ts '{"order": 7}'
 *
 * The service needs PUBLIC_URL, by which it knows that the queues are its own, and SIGNED_URL_SECRET_KEY. Environment: the address
 * and credential of ../connection.ts; PUBLIC_URL (default: the address). Deliveries need a credential too: a signature that can only
 * post to the queue, alike with API keys, Keystone and none. Everybody who may read the subscription sees it.
 */
import { Sukkal, SukkalError, type NewSubscription } from "sukkal/client";
import { connection } from "../connection.ts";

const options = connection(process.env);
const { PUBLIC_URL = options.url } = process.env;
const sukkal = new Sukkal(options);
const orders = sukkal.topic("orders");

const QUEUES = ["orders-billing", "orders-shipping"];
const YEAR_S = 365 * 86_400;

/** What makes the service post to the queue what is published. */
async function subscriptionOf(name: string): Promise<NewSubscription> {
  const expires = new Date(Date.now() + YEAR_S * 1000);
  const signed = await sukkal.queue(name).share({ paths: ["messages"], methods: ["POST"], expires });
  return {
    subscriber: `${PUBLIC_URL}/v2/queues/${name}/messages`,
    ttl: YEAR_S,
    options: {
      // The notification with the message is the body of the post: workers find what was published in `body.body`.
      post_data: '{"messages": [{"body": "$zaqar_message$"}]}',
      post_headers: {
        "Client-ID": crypto.randomUUID(),
        "X-Project-ID": signed.project,
        "URL-Signature": signed.signature,
        "URL-Expires": signed.expires,
        "URL-Methods": signed.methods.join(","),
        "URL-Paths": signed.paths.join(","),
      },
    },
  };
}

/** Can be repeated, for example at every deployment: it renews the signatures and the ttls. */
async function subscribe(name: string): Promise<void> {
  const wanted = await subscriptionOf(name);
  for await (const { id, subscriber } of orders.subscriptions.list()) {
    if (subscriber === wanted.subscriber) return orders.subscriptions.update(id, wanted);
  }
  await orders.subscriptions.create(wanted);
}

try {
  await orders.create();
  for (const name of QUEUES) await subscribe(name);
  for (const text of process.argv.slice(2)) console.log("published", await orders.post(JSON.parse(text)));
} catch (error) {
  // Such as a service without SIGNED_URL_SECRET_KEY.
  console.error(error instanceof SukkalError ? `${error.code}: ${error.message}` : error);
  process.exitCode = 1;
}
