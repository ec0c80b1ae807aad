/**
 * The cost of authentication: the service with AUTH_STRATEGY=keys and keystone, each in turns with none. Keystone is a stand-in
 * that gets one request, as the real one would: requests with a cached credential are measured.
 */
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import type { Workload } from "./load/workloads.ts";
import { PROJECT, TRUSTED } from "./load/requests.ts";
import { measurePairs, type PairResult, type Side, type Sides } from "./pairs.ts";
import type { Bench } from "./rounds.ts";
import { Server } from "./server.ts";

const STRATEGIES = ["keys", "keystone"] as const;

type Strategy = (typeof STRATEGIES)[number];

interface Cell {
  readonly workload: Workload;
  readonly connections: number;
}

/** First: with the strategy. Second: with `none`. */
export interface AccessSummary extends Cell, PairResult {
  readonly strategy: Strategy;
}

const CELLS: readonly Cell[] = [
  { workload: "cycle", connections: 1 },
  { workload: "cycle", connections: 64 },
  { workload: "list 10", connections: 16 },
];

const CLIENT_ID = "3381af92-2b9e-11e3-b191-71861300734c";
const ADMIN_API_KEY = `sk_admin_${"bench".repeat(8)}`;

interface Mode {
  readonly target: Server;
  readonly identity: string;
}

type StartMode = (stack: AsyncDisposableStack, folder: string) => Promise<Mode>;

export async function measureAccess(bench: Bench, folder: string): Promise<readonly AccessSummary[]> {
  await using stack = new AsyncDisposableStack();
  const keystoneUrl = await startKeystone(stack);
  const modes: Readonly<Record<Strategy, StartMode>> = {
    keys: startWithKeys,
    keystone: async (pair, path) => ({
      target: await start(pair, path, { AUTH_STRATEGY: "keystone", KEYSTONE_URL: keystoneUrl }),
      identity: "X-Auth-Token: token",
    }),
  };
  const summaries: AccessSummary[] = [];
  // Each with a `none` of its own: a process that has served more requests has more optimized code, which made 4 % in a trial.
  for (const strategy of STRATEGIES) {
    const startPair = async (pair: AsyncDisposableStack, path: string) => {
      const first = await modes[strategy](pair, join(path, strategy));
      const none = await start(pair, join(path, "none"), { AUTH_STRATEGY: "none" });
      return async (cell: Cell): Promise<Sides> => ({
        first: await sideOf(first, cell),
        second: await sideOf({ target: none, identity: TRUSTED }, cell),
      });
    };
    const results = await measurePairs(bench, `access by ${strategy}`, CELLS, startPair, join(folder, strategy));
    summaries.push(...results.map((result) => ({ strategy, ...result })));
  }
  return summaries;
}

async function start(
  stack: AsyncDisposableStack,
  dataDir: string,
  environment: Readonly<Record<string, string>>,
): Promise<Server> {
  return stack.adopt(await Server.start({ dataDir, environment }), async (server) => await server.stop());
}

async function startWithKeys(stack: AsyncDisposableStack, path: string): Promise<Mode> {
  const target = await start(stack, path, { AUTH_STRATEGY: "keys", ADMIN_API_KEY });
  return { target, identity: `Authorization: Bearer ${await makeKey(target)}` };
}

async function startKeystone(stack: AsyncDisposableStack): Promise<string> {
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
  return `http://127.0.0.1:${port}`;
}

/** Creates the queue: with `none` the list of a queue that does not exist would be answered without a call to its object. */
async function sideOf({ target, identity }: Mode, { workload, connections }: Cell): Promise<Side> {
  const queue = `access-${connections}`;
  const [name = "", value = ""] = identity.split(": ");
  const headers = { [name]: value, "Client-ID": CLIENT_ID };
  const response = await fetch(`${target.url}/v2/queues/${queue}`, { method: "PUT", headers });
  if (!response.ok) throw new Error(`PUT of the queue ${queue}: ${response.status}`);
  return { target, identity, workload, connections, queues: [queue] };
}

async function makeKey(server: Server): Promise<string> {
  const response = await fetch(`${server.url}/v2/keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${ADMIN_API_KEY}`, "Client-ID": CLIENT_ID },
    body: JSON.stringify({ project_id: PROJECT }),
  });
  return ((await response.json()) as { readonly key: string }).key;
}
