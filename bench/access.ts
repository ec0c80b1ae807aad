/**
 * The cost of authentication: the service with AUTH_STRATEGY=none, keys and keystone, each in its own process. They are
 * measured in turns, so that a slow phase of the machine affects all of them. Keystone is a stand-in that gets one request,
 * as the real one would: requests with a cached credential are measured.
 */
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import type { Sample } from "./load/job.ts";
import type { Workload } from "./load/workloads.ts";
import { PROJECT, TRUSTED } from "./load/requests.ts";
import type { Bench } from "./rounds.ts";
import { Server } from "./server.ts";
import { ratio, summarize, type Summary } from "./summary.ts";

export interface AccessSummary extends Summary {
  readonly strategy: string;
  readonly workload: Workload;
  readonly connections: number;
  /** The median over the rounds of requests/s divided by those of `none`; null for `none` itself. */
  readonly ratioToTrusting: number | null;
}

const CELLS = [
  { workload: "cycle", connections: 1 },
  { workload: "cycle", connections: 64 },
  { workload: "list 10", connections: 16 },
] as const;

const CLIENT_ID = "3381af92-2b9e-11e3-b191-71861300734c";
const ADMIN_API_KEY = `sk_admin_${"bench".repeat(8)}`;

interface Mode {
  readonly strategy: string;
  readonly server: Server;
  readonly identity: string;
}

export async function measureAccess(bench: Bench, folder: string): Promise<readonly AccessSummary[]> {
  await using stack = new AsyncDisposableStack();
  const keystone = createServer((request, response) => {
    const token = {
      user: { id: "u" },
      project: { id: PROJECT },
      roles: [{ name: "member" }],
      expires_at: "2100-01-01T00:00:00Z",
    };
    response.writeHead(request.headers["x-subject-token"] === "token" ? 200 : 404, {
      "Content-Type": "application/json",
    });
    response.end(JSON.stringify({ token }));
  });
  await once(keystone.listen(0, "127.0.0.1"), "listening");
  stack.defer(() => void keystone.close());
  const address = keystone.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const start = async (strategy: string, settings: Readonly<Record<string, string>>): Promise<Server> =>
    stack.adopt(
      await Server.start({ dataDir: join(folder, strategy), environment: { AUTH_STRATEGY: strategy, ...settings } }),
      async (server) => await server.stop(),
    );
  const keyed = await start("keys", { ADMIN_API_KEY });
  const modes: readonly Mode[] = [
    { strategy: "none", server: await start("none", {}), identity: TRUSTED },
    { strategy: "keys", server: keyed, identity: `Authorization: Bearer ${await makeKey(keyed)}` },
    {
      strategy: "keystone",
      server: await start("keystone", { KEYSTONE_URL: `http://127.0.0.1:${port}` }),
      identity: "X-Auth-Token: token",
    },
  ];
  // With AUTH_STRATEGY=none the list of a queue that does not exist would be answered without a call to its object.
  for (const mode of modes) for (const cell of CELLS) await createQueue(mode, queueOf(cell));
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round < 2 * bench.mode.rounds; round++) {
    bench.report(`access round ${round + 1} of ${2 * bench.mode.rounds}`);
    for (const cell of CELLS) {
      for (const mode of rotate(modes, round)) {
        const key = `${mode.strategy} ${cell.workload} ${cell.connections}`;
        samples.set(key, [...(samples.get(key) ?? []), await run(bench, mode, cell)]);
      }
    }
  }
  return CELLS.flatMap((cell) => {
    const of = ({ strategy }: Mode): Sample[] => samples.get(`${strategy} ${cell.workload} ${cell.connections}`) ?? [];
    const [trusting] = modes.map((mode) => summarize(of(mode)));
    return modes.map((mode) => {
      const summary = summarize(of(mode));
      const ratioToTrusting = mode.strategy === "none" ? null : ratio(summary.rounds, trusting?.rounds ?? []);
      return { strategy: mode.strategy, ...cell, ...summary, ratioToTrusting };
    });
  });
}

/** Changes the order in every round, because the first strategy in a round has emptier caches. */
function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

async function run(
  { generator, mode: { warmupSeconds, seconds } }: Bench,
  { server, identity }: Mode,
  cell: (typeof CELLS)[number],
): Promise<Sample> {
  const job = { ...cell, identity, queues: [queueOf(cell)], port: server.port };
  return await generator.run({ ...job, serverPid: server.pid, requests: null, warmupSeconds, seconds });
}

function queueOf({ connections }: (typeof CELLS)[number]): string {
  return `access-${connections}`;
}

async function createQueue({ server, identity }: Mode, queue: string): Promise<void> {
  const [name = "", value = ""] = identity.split(": ");
  const response = await fetch(`${server.url}/v2/queues/${queue}`, {
    method: "PUT",
    headers: { [name]: value, "Client-ID": CLIENT_ID },
  });
  if (!response.ok) throw new Error(`PUT of the queue ${queue}: ${response.status}`);
}

async function makeKey(server: Server): Promise<string> {
  const response = await fetch(`${server.url}/v2/keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${ADMIN_API_KEY}`, "Client-ID": CLIENT_ID },
    body: JSON.stringify({ project_id: PROJECT }),
  });
  return ((await response.json()) as { readonly key: string }).key;
}
