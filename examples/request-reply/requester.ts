/**
 * Asks responders, and gets each reply in a queue of its own.
 *
 *   npx node examples/request-reply/requester.ts 3 4 5
 *
 * Environment: the address and credential of ../connection.ts, of the project of the responders.
 */
import { Sukkal } from "sukkal/client";
import { connection } from "../connection.ts";
import type { Reply, Request } from "./documents.ts";

const sukkal = new Sukkal(connection(process.env));
const requests = sukkal.queue<Request>("requests");
/** One queue for each process, not one for all: a consumer would get the replies of others. */
const replies = sukkal.queue<Reply>(`replies-${crypto.randomUUID()}`);
/** Milliseconds. */
const TIMEOUT_MS = 30_000;

/** What to do with a reply, by the id of its request. */
const waiting = new Map<string, (reply: Reply) => void>();

async function ask(square: number): Promise<number> {
  const correlationId = crypto.randomUUID();
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const timer = setTimeout(() => reject(new Error("no responder has replied in time")), TIMEOUT_MS);
  waiting.set(correlationId, resolve);
  try {
    // A request that nobody waits for any more needs no reply. 60 s is the least that the service allows.
    await requests.post({ correlationId, replyTo: replies.name, square }, { ttl: 60 });
    return (await promise).result;
  } finally {
    clearTimeout(timer);
    waiting.delete(correlationId);
  }
}

// A reply that comes too late, or again, is deleted like the others.
const consumer = replies.consume(({ body }) => waiting.get(body.correlationId)?.(body));
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => void close().then(() => process.exit(1)));

async function close(): Promise<void> {
  await consumer.stop({ force: true });
  // After a crash it stays, without messages: those expire.
  await replies.delete();
}

try {
  const numbers = process.argv.slice(2).map(Number);
  // At the same time, so that one slow reply does not hold up others.
  await Promise.all(numbers.map(async (number) => console.log(`${number}² = ${await ask(number)}`)));
} finally {
  await close();
}
