/**
 * The same work twice: by the TypeScript client, and by the shortest correct loop of `fetch`, as a program without a client has it.
 */
import { Sukkal } from "sukkal/client";
import { PROJECT } from "../load/requests.ts";

export type Means = "fetch" | "client";

export interface Work {
  readonly url: string;
  readonly queue: string;
  readonly messages: number;
  /** Messages that are handled at a time. */
  readonly concurrency: number;
}

type Loop = (work: Work) => Promise<void>;

/** About 1 KiB. */
const BODY = { event: "sukkal ".repeat(142) };
/** Messages per post: the default of the producer. */
const BATCH = 100;

const handle = async (): Promise<void> => {};

/** Both send an Idempotency-Key, without which a post that got no answer cannot be repeated. */
export const POST: Readonly<Record<Means, Loop>> = {
  fetch: async (work) => {
    for (let left = work.messages; left > 0; left -= BATCH) {
      const messages = Array.from({ length: Math.min(left, BATCH) }, () => ({ body: BODY }));
      await json(await send(work, "POST", "/messages", { messages }, { "Idempotency-Key": crypto.randomUUID() }));
    }
  },
  client: async ({ url, queue, messages }) => {
    await using producer = new Sukkal({ url, project: PROJECT }).queue(queue).producer();
    for (let left = messages; left > 0; left--) void producer.post(BODY);
  },
};

export const CONSUME: Readonly<Record<Means, Loop>> = {
  fetch: async (work) => {
    for (let left = work.messages; left > 0;) {
      const claim = await send(work, "POST", `/claims?limit=${work.concurrency}`, { ttl: 60, grace: 60 });
      const { messages } = await json<{ readonly messages: readonly { readonly id: string }[] }>(claim);
      await Promise.all(messages.map(handle));
      const ids = messages.map(({ id }) => id).join(",");
      await send(work, "DELETE", `/messages?ids=${ids}`);
      left -= messages.length;
    }
  },
  client: async ({ url, queue, messages, concurrency }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = messages;
    const consumer = new Sukkal({ url, project: PROJECT }).queue(queue).consume(handle, {
      concurrency,
      onEvent: (event) => {
        if (event.type === "settled" && (left -= event.ids.length) === 0) resolve();
      },
    });
    await promise;
    void consumer.stop();
  },
};

async function send(
  { url, queue }: Work,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const response = await fetch(`${url}/v2/queues/${queue}${path}`, {
    method,
    headers: { ...HEADERS, "Content-Type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}

const HEADERS = { "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c", "X-Project-ID": PROJECT };

async function json<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}
