/**
 * Notifications: the effect of subscribers on posts, the latency from post to receiver, the deliveries per second, and the
 * rows written per notification. The receiver answers at once. Receiver, load process and server share the machine.
 */
import { join } from "node:path";
import { ArrivalProcess } from "./arrival-process.ts";
import { bundle } from "./bundle.ts";
import { Client } from "./client.ts";
import { PROJECT } from "./load/requests.ts";
import { inRounds, medianOf, postAtOnce, postAtPace, summarizeBursts, type BurstSummary, type Paced } from "./posts.ts";
import type { RowCounts } from "./row-counts.ts";
import type { Bench, Target } from "./rounds.ts";
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
export interface RateSummary extends BurstSummary {
  readonly subscriptions: number;
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

export async function measureNotifications(bench: Bench, folder: string): Promise<NotificationSummary> {
  await using stack = new AsyncDisposableStack();
  const config = await bundle({ entry: "bench/rows.ts", config: "config.capnp" }, folder);
  const environment = { AUTH_STRATEGY: "none", ALLOW_PRIVATE_SUBSCRIBERS: "true" };
  const workerd = stack.adopt(
    await Workerd.start({ config, dataDir: join(folder, "data"), environment }),
    async (each) => await each.end("SIGTERM"),
  );
  const receiver = stack.use(await ArrivalProcess.start(new URL("receiver-process.ts", import.meta.url), {}));
  const client = stack.adopt(new Client(workerd), (each) => each.close());
  const parts = { bench, client, receiver, workerd };
  return { posts: await measurePosts(parts), rates: await measureRates(parts), rows: await measureRows(parts) };
}

interface Parts {
  readonly bench: Bench;
  readonly client: Client;
  readonly receiver: ArrivalProcess;
  readonly workerd: Target;
}

async function measurePosts({ bench, client, receiver }: Parts): Promise<readonly PostSummary[]> {
  const queues = await Promise.all(PACES.map(({ subscriptions }) => subscribe({ client, receiver }, subscriptions)));
  const rounds = await inRounds(bench.mode.rounds, async (round) => {
    bench.report(`notifications: posts, round ${round} of ${bench.mode.rounds}`);
    const paced: Paced[] = [];
    for (const [index, { subscriptions, postsPerSecond }] of PACES.entries()) {
      const posting = { client, queue: queues[index] ?? "", arrivals: receiver, perMessage: subscriptions };
      paced.push(await postAtPace(posting, { postsPerSecond, seconds: 2 * bench.mode.seconds }));
    }
    return paced;
  });
  return PACES.map((pace, index) => {
    const paced = rounds.flatMap((round) => round[index] ?? []);
    const arrived = pace.subscriptions > 0;
    return {
      ...pace,
      postP50Ms: medianOf(paced, "postP50Ms"),
      postP99Ms: medianOf(paced, "postP99Ms"),
      arrivalP50Ms: arrived ? medianOf(paced, "p50Ms") : null,
      arrivalP99Ms: arrived ? medianOf(paced, "p99Ms") : null,
      postP50MsRounds: paced.map(({ postP50Ms }) => postP50Ms),
    };
  });
}

async function measureRates({ bench, client, receiver, workerd }: Parts): Promise<readonly RateSummary[]> {
  const summaries: RateSummary[] = [];
  for (const { subscriptions, messages } of RATES) {
    bench.report(`notifications: deliveries to ${subscriptions} subscribers`);
    const queue = await subscribe({ client, receiver }, subscriptions);
    const posting = { client, queue, arrivals: receiver, perMessage: subscriptions };
    const bursts = await inRounds(bench.mode.rounds, () => postAtOnce(posting, { messages, serverPid: workerd.pid }));
    summaries.push({ subscriptions, ...summarizeBursts(bursts) });
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
    await client.send("POST", `/v2/queues/${queue}/subscriptions`, {
      subscriber: `${String(receiver.greeting)}/${each}`,
    });
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
