/**
 * The cost of authentication: the service with AUTH_STRATEGY=keys and keystone, each in turns with none. Keystone is a stand-in that
 * gets one request, as the real one would: requests with a cached credential are measured.
 */
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import type { Workload } from "./load/workloads.ts";
import { PROJECT, TRUSTED } from "./load/requests.ts";
import { measurePairs, type PairResult, type Side, type Sides } from "./pairs.ts";
import type { Bench } from "./rounds.ts";
import { Server } from "./server.ts";

interface Cell {
  readonly strategy: "keys" | "keystone";
  readonly workload: Workload;
  readonly connections: number;
}

/** First: with the strategy. Second: with `none`. */
export interface AccessSummary extends Cell, PairResult {}

const CELLS: readonly Cell[] = [
  { strategy: "keys", workload: "cycle", connections: 1 },
  { strategy: "keystone", workload: "cycle", connections: 1 },
  { strategy: "keys", workload: "cycle", connections: 64 },
  { strategy: "keystone", workload: "cycle", connections: 64 },
  { strategy: "keys", workload: "list 10", connections: 16 },
  { strategy: "keystone", workload: "list 10", connections: 16 },
];

const CLIENT_ID = "3381af92-2b9e-11e3-b191-71861300734c";
const ADMIN_API_KEY = `sk_admin_${"bench".repeat(8)}`;

interface Mode {
  readonly target: Server;
  readonly identity: string;
}

type Modes = Readonly<Record<"none" | Cell["strategy"], Mode>>;

export async function measureAccess(bench: Bench, folder: string): Promise<readonly AccessSummary[]> {
  await using stack = new AsyncDisposableStack();
  const keystoneUrl = await startKeystone(stack);
  const start = async (pair: AsyncDisposableStack, path: string) => {
    const modes = await startModes(pair, path, keystoneUrl);
    return async (cell: Cell): Promise<Sides> => ({
      first: await sideOf(modes[cell.strategy], cell),
      second: await sideOf(modes.none, cell),
    });
  };
  return await measurePairs(bench, "access", CELLS, start, folder);
}

async function startModes(stack: AsyncDisposableStack, folder: string, keystoneUrl: string): Promise<Modes> {
  const start = async (strategy: string, settings: Readonly<Record<string, string>>): Promise<Server> =>
    stack.adopt(
      await Server.start({ dataDir: join(folder, strategy), environment: { AUTH_STRATEGY: strategy, ...settings } }),
      async (server) => await server.stop(),
    );
  const keyed = await start("keys", { ADMIN_API_KEY });
  return {
    none: { target: await start("none", {}), identity: TRUSTED },
    keys: { target: keyed, identity: `Authorization: Bearer ${await makeKey(keyed)}` },
    keystone: { target: await start("keystone", { KEYSTONE_URL: keystoneUrl }), identity: "X-Auth-Token: token" },
  };
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
