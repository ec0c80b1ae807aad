/**
 * Notifications: the effect of subscribers on posts, the latency from post to receiver, the deliveries per second, and the
 * rows written per notification. The receiver answers at once. Receiver, load process and server share the machine.
 */
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { Client } from "./client.ts";
import { now, until } from "./instant.ts";
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
  const queues = await Promise.all(PACES.map(({ subscriptions }) => subscribe({ client, receiver }, subscriptions)));
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
    const queue = await subscribe({ client, receiver }, subscriptions);
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
  const [bare, subscribed] = [await subscribe({ client, receiver }, 0), await subscribe({ client, receiver }, 1)];
  const run = async (queue: string, hasSubscriber: boolean): Promise<number> => {
    const before = await rowsOf(client, `queue/${queue}`);
    for (let post = 0; post < posts; post++) {
      await receiver.begin();
      await client.post(queue, 10);
      if (hasSubscriber) await receiver.until(10);
    }
    return (await rowsOf(client, `queue/${queue}`)) - before;
  };
  await run(bare, false);
  const [ofPosts, withNotifications] = [await run(bare, false), await run(subscribed, true)];
  const notifications = 10 * posts;
  const ofDelivery =
    (await rowsOf(client, `delivery/${subscribed}/${await subscriptionOf(client, subscribed)}`)) / notifications;
  return { ofQueue: (withNotifications - ofPosts) / notifications, ofDelivery, notifications };
}

/** Creates a queue with `subscriptions` subscribers, all of them at the same receiver. Returns its name. */
async function subscribe(
  { client, receiver }: Pick<Parts, "client" | "receiver">,
  subscriptions: number,
): Promise<string> {
  const queue = `notifications-${queues++}-${subscriptions}`;
  await client.createQueue(queue);
  for (let each = 0; each < subscriptions; each++) {
    await client.send("POST", `/v2/queues/${queue}/subscriptions`, { subscriber: `${receiver.url}/${each}` });
  }
  return queue;
}

let queues = 0;

async function subscriptionOf(client: Client, queue: string): Promise<string> {
  const list = await client.send("GET", `/v2/queues/${queue}/subscriptions`, null);
  return (JSON.parse(list) as { subscriptions: { id: string }[] }).subscriptions[0]?.id ?? "";
}

async function rowsOf(client: Client, object: string): Promise<number> {
  const [kind, ...name] = object.split("/");
  const counts = await client.send("GET", `/row-counts/${kind}/${PROJECT}/${name.join("/")}`, null);
  return (JSON.parse(counts) as RowCounts).written;
}
