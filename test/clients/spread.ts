/**
 * The part `spread`: clients of spread queues. They page through that of a service that is killed while the queue is spread and brought
 * back, and of one that is left alone, and do with others what they do with any queue.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildIfChanged } from "../../scripts/build.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { Service } from "../chaos/service.ts";
import { Random } from "../crash/random.ts";
import { resize } from "../crash/resizer.ts";
import { PROJECT, Zaqar } from "../crash/zaqar.ts";
import { runScript, type Script, type Tally } from "./python.ts";

const SETTINGS = { SHARDS: "8", SPREAD_ALWAYS: "true" };
const FILE = "with_spread_queues.py";
const QUEUE = "jobs";
/** The queue that exists when the changes are over. */
const CALM = "calm";
const CHANGE_MS = 8000;

/** What the scripts below need: the report of the health, signed URLs and encrypted queues. Fewer objects take less time. */
const EVERYTHING = {
  ...SETTINGS,
  SHARDS: "4",
  ADMIN_MODE: "true",
  SIGNED_URL_SECRET_KEY: "a key to sign URLs in tests",
  MESSAGE_ENCRYPTION_KEY: "a key to encrypt messages in tests",
};
const CLIENTS = [
  { file: "with_zaqarclient.py", only: ["QueueTest", "MessageTest", "ClaimTest"] },
  { file: "with_openstacksdk.py", only: ["MessageTest", "ClaimTest"] },
];
const ZAQAR = [{ file: "with_zaqar_tests.py" }];

/** All at the same time, because one of them only waits. */
export async function withSpreadQueues(folder: string): Promise<readonly Tally[]> {
  await buildIfChanged();
  const config = join(ROOT, "config.capnp");
  const parts = [
    { name: "changing", settings: SETTINGS, use: whileItChanges },
    { name: "idle", settings: SETTINGS, use: whileItIsIdle },
    { name: "clients", settings: EVERYTHING, use: whatRuns(CLIENTS) },
    { name: "zaqar", settings: EVERYTHING, use: whatRuns(ZAQAR) },
  ];
  const tallies = parts.map(async ({ name, settings, use }) => {
    const service = await Service.start(config, join(folder, name), settings);
    try {
      return await use(service);
    } finally {
      await service.end();
    }
  });
  return (await Promise.all(tallies)).flat();
}

async function whileItChanges(service: Service): Promise<readonly Tally[]> {
  const environment = { SUKKAL_URL: service.url, PROJECT, QUEUE, CALM };
  const running = runScript({ file: FILE, environment, only: ["ChangingTest"], isBeside: true });
  let hasEnded = false;
  const [tally] = await Promise.all([running.finally(() => (hasEnded = true)), change(service, () => hasEnded)]);
  return [tally];
}

/** Kills the service, spreads its queue and brings it back for CHANGE_MS from the queue's first message on. */
async function change(service: Service, hasEnded: () => boolean): Promise<void> {
  const zaqar = new Zaqar(randomUUID(), service.port);
  while (!hasEnded() && (await zaqar.call({ method: "GET", path: "/v2/queues" }))?.text.includes(QUEUE) !== true) {
    await sleep(20);
  }
  const random = new Random(Math.floor(Math.random() * 2 ** 31));
  const end = performance.now() + CHANGE_MS;
  const isOver = (): boolean => hasEnded() || performance.now() > end;
  const resizing = resize(service.port, { queues: [QUEUE], random, isOver });
  while (!isOver()) {
    await sleep(random.between(500, 2000));
    await service.crash();
  }
  await resizing;
  await zaqar.call({ method: "PUT", path: `/v2/queues/${CALM}` });
  zaqar.close();
}

async function whileItIsIdle({ url, pid }: Service): Promise<readonly Tally[]> {
  const environment = { SUKKAL_URL: url, SUKKAL_PID: String(pid) };
  return [await runScript({ file: FILE, environment, only: ["IdleTest"], isBeside: true })];
}

/** Runs what is done with any queue. */
function whatRuns(scripts: readonly Pick<Script, "file" | "only">[]): (service: Service) => Promise<readonly Tally[]> {
  return async ({ url }) => {
    const tallies: Tally[] = [];
    for (const script of scripts) {
      tallies.push(await runScript({ ...script, environment: { SUKKAL_URL: url }, isBeside: true }));
    }
    return tallies;
  };
}
