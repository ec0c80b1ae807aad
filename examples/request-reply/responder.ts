/**
 * Answers requests. Any number of responders share the queue of requests.
 *
 *   npx node examples/request-reply/responder.ts
 *
 * Environment: the address and credential of ../connection.ts. The project that an API key or Keystone determines is also that of
 * the requesters. A key for queues of a prefix only would need `requests` and `replies-…` to begin with it.
 */
import { Sukkal } from "sukkal/client";
import { connection } from "../connection.ts";
import { toRequest, type Reply } from "./documents.ts";

const sukkal = new Sukkal(connection(process.env));
const requests = sukkal.queue("requests", { parse: toRequest });

const consumer = requests.consume(async ({ id, body: { correlationId, replyTo, square } }) => {
  const reply: Reply = { correlationId, result: square * square };
  // A request that is delivered twice gets one reply. Nobody waits for a reply for longer than a minute.
  await sukkal.queue<Reply>(replyTo).post(reply, { idempotencyKey: id, ttl: 60 });
});
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => void consumer.stop({ timeout: 25_000 }));
await consumer.stopped;
