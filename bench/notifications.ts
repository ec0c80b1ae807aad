/**
 * Notifications: the effect of subscribers on posts, the latency from post to receiver, the deliveries per second, and the
 * rows written per notification. The receiver answers at once. Receiver, load process and server share the machine.
 */
import { Agent, request } from "node:http";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { now } from "./instant.ts";
import { PROJECT } from "./load/requests.ts";
import { cpuSeconds } from "./process-facts.ts";
import { Receiver } from "./receiver.ts";
import type { RowCounts } from "./row-counts.ts";
import type { Bench, Target } from "./rounds.ts";
import { median, percentile } from "./statistics.ts";
import { Workerd } from "./workerd.ts";

/** Single posts at a constant rate to a queue with `subscriptions` subscribers. */
export interface PostSummary {
  readonly subscriptions: number;
  readonly postsPerSecond: number;
  readonly postP50Ms: number;
  readonly postP99Ms: number;
  /** From the start of the post to the arrival at the receiver; null without subscribers. */
  readonly arrivalP50Ms: number | null;
  readonly arrivalP99Ms: number | null;
  /** The medians of the rounds, in order. */
  readonly postP50MsRounds: readonly number[];
}

/** The maximum rate of notifications. */
export interface RateSummary {
  readonly subscriptions: number;
  readonly deliveriesPerSecond: number;
  readonly serverCpuMicroseconds: number | null;
  readonly rounds: readonly number[];
}

export interface NotificationSummary {
  readonly posts: readonly PostSummary[];
  readonly rates: readonly RateSummary[];
  /**
   * Rows written per notification that arrives at once, without those of the post: by the queue and by the DeliveryObject.
   */
  readonly rows: { readonly ofQueue: number; readonly ofDelivery: number; readonly notifications: number };
}

/** Rates at which all notifications are delivered before the next post, with 1,000 subscribers too. */
const PACES = [
  { subscriptions: 0, postsPerSecond: 20 },
  { subscriptions: 1, postsPerSecond: 20 },
  { subscriptions: 10, postsPerSecond: 20 },
  { subscriptions: 1000, postsPerSecond: 0.5 },
] as const;

const RATES = [
  { subscriptions: 1, messages: 1000 },
  { subscriptions: 100, messages: 20 },
] as const;

/** Messages per post: the maximum with the default settings. */
const BATCH = 100;

export async function measureNotifications(bench: Bench, folder: string): Promise<NotificationSummary> {
  await using stack = new AsyncDisposableStack();
  const config = await bundle({ entry: "bench/rows.ts", config: "config.capnp" }, folder);
  const environment = { AUTH_STRATEGY: "none", ALLOW_PRIVATE_SUBSCRIBERS: "true" };
  const workerd = stack.adopt(
    await Workerd.start({ config, dataDir: join(folder, "data"), environment }),
    async (each) => await each.end("SIGTERM"),
  );
  const receiver = stack.adopt(await Receiver.start(), (each) => each.stop());
  const client = stack.adopt(new Client(workerd), (each) => each.close());
  const parts = { bench, client, receiver, workerd };
  return { posts: await measurePosts(parts), rates: await measureRates(parts), rows: await measureRows(parts) };
}

interface Parts {
  readonly bench: Bench;
  readonly client: Client;
  readonly receiver: Receiver;
  readonly workerd: Target;
}

async function measurePosts({ bench, client, receiver }: Parts): Promise<readonly PostSummary[]> {
  const queues = await Promise.all(PACES.map(({ subscriptions }) => client.subscribe(subscriptions, receiver)));
  const seen = PACES.map(() => ({ posts: [] as number[][], arrivals: [] as (readonly [number, number])[] }));
  for (let round = 0; round <= bench.mode.rounds; round++) {
    bench.report(`notifications: posts, round ${round} of ${bench.mode.rounds}`);
    for (const [index, { subscriptions, postsPerSecond }] of PACES.entries()) {
      await receiver.begin();
      const count = Math.max(2, Math.round(2 * bench.mode.seconds * postsPerSecond));
      const posts: number[] = [];
      for (const start = now(); posts.length < count;) {
        await until(start + (posts.length * 1000) / postsPerSecond);
        posts.push(await client.post(queues[index] ?? "", 1));
      }
      const { p50Ms, p99Ms } = await receiver.until(subscriptions * count);
      // The first round only warms up.
      if (round === 0) continue;
      seen[index]?.posts.push(posts.toSorted((a, b) => a - b));
      seen[index]?.arrivals.push([p50Ms, p99Ms]);
    }
  }
  return PACES.map((pace, index) => {
    const { posts = [], arrivals = [] } = seen[index] ?? {};
    const arrived = pace.subscriptions > 0;
    return {
      ...pace,
      postP50Ms: median(posts.map((each) => percentile(each, 0.5))),
      postP99Ms: median(posts.map((each) => percentile(each, 0.99))),
      arrivalP50Ms: arrived ? median(arrivals.map(([p50]) => p50)) : null,
      arrivalP99Ms: arrived ? median(arrivals.map(([, p99]) => p99)) : null,
      postP50MsRounds: posts.map((each) => percentile(each, 0.5)),
    };
  });
}

async function measureRates({ bench, client, receiver, workerd }: Parts): Promise<readonly RateSummary[]> {
  const summaries: RateSummary[] = [];
  for (const { subscriptions, messages } of RATES) {
    bench.report(`notifications: deliveries to ${subscriptions} subscribers`);
    const queue = await client.subscribe(subscriptions, receiver);
    const rounds: number[] = [];
    let cpu: number | null = 0;
    for (let round = 0; round <= bench.mode.rounds; round++) {
      await receiver.begin();
      const cpuBefore = cpuSeconds(workerd.pid);
      const start = now();
      for (let left = messages; left > 0; left -= BATCH) await client.post(queue, Math.min(left, BATCH));
      const { lastAt } = await receiver.until(subscriptions * messages);
      const cpuAfter = cpuSeconds(workerd.pid);
      if (round === 0) continue;
      rounds.push((1000 * subscriptions * messages) / (lastAt - start));
      cpu = cpu === null || cpuBefore === null || cpuAfter === null ? null : cpu + cpuAfter - cpuBefore;
    }
    const serverCpuMicroseconds = cpu === null ? null : (1e6 * cpu) / (rounds.length * subscriptions * messages);
    summaries.push({ subscriptions, deliveriesPerSecond: median(rounds), serverCpuMicroseconds, rounds });
  }
  return summaries;
}

/** Measures posts of 10 messages. Each is delivered before the next post. */
async function measureRows({ bench, client, receiver }: Parts): Promise<NotificationSummary["rows"]> {
  bench.report("notifications: rows");
  const posts = Math.max(10, bench.mode.lives / 100);
  const [bare, subscribed] = [await client.subscribe(0, receiver), await client.subscribe(1, receiver)];
  const run = async (queue: string, hasSubscriber: boolean): Promise<number> => {
    const before = await client.rows(`queue/${queue}`);
    for (let post = 0; post < posts; post++) {
      await receiver.begin();
      await client.post(queue, 10);
      if (hasSubscriber) await receiver.until(10);
    }
    return (await client.rows(`queue/${queue}`)) - before;
  };
  await run(bare, false);
  const [ofPosts, withNotifications] = [await run(bare, false), await run(subscribed, true)];
  const notifications = 10 * posts;
  const ofDelivery =
    (await client.rows(`delivery/${queueOf(subscribed, await client.subscription(subscribed))}`)) / notifications;
  return { ofQueue: (withNotifications - ofPosts) / notifications, ofDelivery, notifications };
}

function queueOf(queue: string, subscription: string): string {
  return `${queue}/${subscription}`;
}

/** Waits until an instant. Returns at once if it is past. */
async function until(instant: number): Promise<void> {
  const wait = instant - now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}

/** A client of the service with one keep-alive connection. */
class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly port: number;
  private queues = 0;

  constructor({ port }: Target) {
    this.port = port;
  }

  /** Creates a queue with `subscriptions` subscribers, all of them at the same receiver. Returns its name. */
  async subscribe(subscriptions: number, receiver: Receiver): Promise<string> {
    const queue = `notifications-${this.queues++}-${subscriptions}`;
    await this.send("PUT", `/v2/queues/${queue}`, null);
    for (let each = 0; each < subscriptions; each++) {
      await this.send("POST", `/v2/queues/${queue}/subscriptions`, { subscriber: `${receiver.url}/${each}` });
    }
    return queue;
  }

  /** Posts `count` messages. Returns the duration in milliseconds. */
  async post(queue: string, count: number): Promise<number> {
    const t = now();
    const message = { body: { t, event: "sukkal ".repeat(140) } };
    await this.send("POST", `/v2/queues/${queue}/messages`, { messages: Array.from({ length: count }, () => message) });
    return now() - t;
  }

  async subscription(queue: string): Promise<string> {
    const list = await this.send("GET", `/v2/queues/${queue}/subscriptions`, null);
    return (JSON.parse(list) as { subscriptions: { id: string }[] }).subscriptions[0]?.id ?? "";
  }

  async rows(object: string): Promise<number> {
    const [kind, ...name] = object.split("/");
    const counts = await this.send("GET", `/row-counts/${kind}/${PROJECT}/${name.join("/")}`, null);
    return (JSON.parse(counts) as RowCounts).written;
  }

  close(): void {
    this.agent.destroy();
  }

  private async send(method: string, path: string, body: unknown): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const text = body === null ? "" : JSON.stringify(body);
    const headers = {
      "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c",
      "X-Project-ID": PROJECT,
      "Content-Length": Buffer.byteLength(text),
    };
    const options = { host: "127.0.0.1", port: this.port, method, path, headers, agent: this.agent };
    const outgoing = request(options, (response) => {
      let answer = "";
      response.on("data", (chunk) => (answer += String(chunk)));
      response.on("end", () => {
        if ((response.statusCode ?? 500) < 300) resolve(answer);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(text);
    return await promise;
  }
}
